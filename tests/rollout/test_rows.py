"""Rows come, go and move; what belongs to a sequence stays with it."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchwork.config import ModelConfig
from scratchwork.model.transformer import Transformer
from scratchwork.rollout.decoder import TorchDecoder
from scratchwork.rollout.rows import Rows
from scratchwork.rollout.sampling import Sampling

STOP, CAP, SLOTS = 9, 6, 5
WAYS = (Sampling(CAP, stop_ids=(STOP,)), Sampling(CAP, temperature=0, stop_ids=(8, STOP)))
CONFIG = ModelConfig(hidden_size=2, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1, head_dim=2)


@settings(max_examples=30)
@given(st.lists(st.integers(1, CAP + 2), min_size=1, max_size=20))
def test_every_sequence_keeps_its_tokens_logprobs_and_memory(lengths: list[int]) -> None:
    """Sequence i says 1000 i + t at its token t and stops after lengths[i] tokens, or at the cap before that."""
    decoder = TorchDecoder(Transformer(CONFIG), SLOTS, 2 + CAP)
    cache, rows = decoder.cache, Rows(decoder, SLOTS, CAP)
    waiting, ended = list(enumerate(lengths)), {}
    while waiting or rows.count:
        while waiting and rows.count < SLOTS:
            i, _ = waiting.pop(0)
            [row] = rows.enter(i, seeds=(i,), last=1000 * i - 1, position=1, sampling=WAYS[i % 2])
            cache.keys[0, row, 0, 0] = i  # the prompt's one position before the last
        ids, positions = rows.inputs()
        owners, said = rows.owners[: rows.count, 0].tolist(), rows.sampled[: rows.count].tolist()
        assert ids.tolist() == [1000 * i + t - 1 for i, t in zip(owners, said, strict=True)]
        assert positions.tolist() == [1 + t for t in said]
        assert rows.seeds[: rows.count].tolist() == owners
        for row, (i, t) in enumerate(zip(owners, said, strict=True)):
            assert cache.keys[0, row, 0, : 1 + t, 0].tolist() == [i] * (1 + t)
            cache.keys[0, row, 0, 1 + t] = i
        drawn = [STOP if t + 1 == lengths[i] else 1000 * i + t for i, t in zip(owners, said, strict=True)]
        for one in rows.extend(torch.tensor(drawn), torch.tensor([-float(i) for i in owners])):
            assert one.owner not in ended
            ended[one.owner] = one.completion
    assert sorted(ended) == [(i, 0) for i in range(len(lengths))]
    for (i, _), completion in ended.items():
        stopped = lengths[i] <= CAP
        expected = [1000 * i + t for t in range(min(lengths[i], CAP))]
        assert list(completion.ids) == ([*expected[:-1], STOP] if stopped else expected)
        assert completion.finish_reason == ("stop" if stopped else "length")
        assert set(completion.sampled_logprobs) == {-float(i)}


def test_a_stop_at_the_cap_is_a_stop() -> None:
    rows = Rows(TorchDecoder(Transformer(CONFIG), 1, 4), 1, 1)
    rows.enter(0, (0,), last=1, position=0, sampling=Sampling(1, stop_ids=(STOP,)))
    [ended] = rows.extend(torch.tensor([STOP]), torch.zeros(1))
    assert ended.completion.finish_reason == "stop"
    assert rows.count == 0
