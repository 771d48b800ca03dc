"""Sequences that come and go between steps, each drawn its own way, are answered as if they were alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.model.cache import blocks
from scratchwork.rollout.decoding import Decoding, Entry, Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.rows import Rows
from scratchwork.rollout.sampling import Sampling
from scratchwork.types import Completion
from tests.rollout.engine_contract import STOPS, random_model, some_prompts

WAYS = (
    Sampling(20, stop_ids=STOPS),
    Sampling(7, temperature=0, stop_ids=STOPS),
    Sampling(16, temperature=0.6, top_p=0.9, stop_ids=(1, 2)),
    Sampling(12, temperature=1.2, top_k=5),
)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def entries() -> list[Entry]:
    return [Entry(i, prompt, WAYS[i % len(WAYS)]) for i, prompt in enumerate(some_prompts(count=9, group=2))]


def run(decoding: Decoding, waiting: list[Entry], between: Callable[[int], None] = lambda step: None) -> dict:
    """Enter an entry a step for as long as there are any; the completions by owner."""
    done: dict[tuple[int, int], Completion] = {}
    step = 0
    while waiting or decoding.count:
        decoding.enter([waiting.pop(0)] if waiting else [])
        between(step)
        done |= {ended.owner: ended.completion for ended in decoding.step()}
        step += 1
    return done


def alone(entry: Entry) -> list[tuple[int, ...]]:
    return [c.ids for c in TorchEngine(random_model()).generate([entry.prompt], entry.sampling)[0]]


def test_ways_of_drawing_do_not_touch_each_other() -> None:
    done = run(Decoding(random_model(), slots=18, room=40), entries())
    assert len(done) == 18
    for entry in entries():
        assert [done[entry.owner, g].ids for g in range(2)] == alone(entry)


def test_who_leaves_frees_the_rows_and_changes_no_one_else() -> None:
    decoding = Decoding(random_model(), slots=18, room=40)
    counts: list[int] = []

    def leaves(step: int) -> None:
        if step == 4:
            before = decoding.count
            decoding.leave(2, 0)
            decoding.leave(2, 0)  # once gone, gone
            decoding.leave(3, 1)
            counts.append(before - decoding.count)

    done = run(decoding, entries(), leaves)
    assert counts == [2]
    assert set(done) == {(owner, sample) for owner in range(9) for sample in range(2)} - {(2, 0), (3, 1)}
    for entry in entries():
        assert [done.get((entry.owner, g)) and done[entry.owner, g].ids for g in range(2)] == [
            None if (entry.owner, g) in ((2, 0), (3, 1)) else ids for g, ids in enumerate(alone(entry))
        ]


def test_a_steered_token_counts_as_if_it_had_been_drawn() -> None:
    """The token put in place of the drawn one is said, is fed, and stops a sequence where it is a stop token."""
    model, entry = random_model(), Entry(5, Prompt((1, 2, 3), (0,)), Sampling(20, temperature=0, stop_ids=STOPS))
    decoding = Decoding(model, slots=2, room=30)
    forced = [40, 41, STOPS[0]]

    def steer(owners: np.ndarray, ids: np.ndarray) -> None:
        assert owners.tolist() == [[5, 0]]
        if asked[0] >= 2:
            ids[0] = forced[asked[0] - 2]
        asked[0] += 1

    asked, done = [0], []
    decoding.enter([entry])
    while decoding.count:
        done += decoding.step(steer)
    [ended] = done
    greedy = TorchEngine(model).generate([entry.prompt], Sampling(2, temperature=0))[0][0].ids
    assert list(ended.completion.ids) == [*greedy, *forced]
    assert ended.completion.finish_reason == "stop"


def test_what_was_steered_is_what_the_next_token_follows() -> None:
    model, decoding = random_model(), Decoding(random_model(), slots=1, room=30)

    def steer(owners: np.ndarray, ids: np.ndarray) -> None:
        if not said:
            ids[0] = 40
        said.append(int(ids[0]))

    said: list[int] = []
    decoding.enter([Entry(0, Prompt((1, 2, 3), (0,)), Sampling(5, temperature=0))])
    while decoding.count:
        decoding.step(steer)
    [[rest]] = TorchEngine(model).generate([Prompt((1, 2, 3, 40), (0,))], Sampling(4, temperature=0))
    assert said == [40, *rest.ids]


def test_rows_of_mixed_lengths_are_sorted_read_in_blocks_and_say_the_same(monkeypatch) -> None:
    model, prompts = random_model(), some_prompts(40, 4)
    sampling = Sampling(40, 1.0, stop_ids=STOPS)
    alone = TorchEngine(model, 4).generate(prompts, sampling)
    calls: list[int] = []
    sort = Rows.sort
    monkeypatch.setattr(Rows, "sort", lambda self: (calls.append(self.count), sort(self)))
    monkeypatch.setattr("scratchwork.rollout.decoding.SORTED", 3)
    monkeypatch.setattr("scratchwork.model.cache.BLOCK", 4)
    together = TorchEngine(model, 16).generate(prompts, sampling)
    assert len(calls) > 3
    assert [[c.ids for c in group] for group in together] == [[c.ids for c in group] for group in alone]


@given(st.lists(st.integers(0, 600), min_size=1, max_size=300))
def test_blocks_cover_each_row_once_and_reach_as_far_as_it_does(positions: list[int]) -> None:
    parts = blocks(torch.tensor(positions))
    assert [row for rows, _ in parts for row in range(rows.start, rows.stop)] == list(range(len(positions)))
    assert all(length == max(positions[rows]) + 1 for rows, length in parts)
