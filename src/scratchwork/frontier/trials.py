"""The answers that the frontier is drawn from: quick ones, and thinking ones cut short at every budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scratchwork.evaluate import sample_seed
from scratchwork.model.transformer import Transformer
from scratchwork.reward.grammar import parse
from scratchwork.reward.verify import verify
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from scratchwork.serve.codec import Codec, Message
from scratchwork.types import Completion, Problem

ANSWER = 64  # tokens that an answer may take once the thinking was closed by force
SLOTS = 256


@dataclass(frozen=True)
class Speaking:
    """A model that answers, and how it is asked."""

    model: Transformer
    codec: Codec
    max_tokens: int
    temperature: float = 1.0

    def answers(self, prompts: Sequence[Prompt], max_tokens: int) -> list[list[Completion]]:
        sampling = Sampling(max_tokens, self.temperature, stop_ids=self.codec.stop_ids)
        return TorchEngine(self.model, SLOTS).generate(prompts, sampling)

    def text(self, ids: Sequence[int]) -> str:
        return b"".join(self.codec.pieces[i] for i in ids).decode(errors="replace")

    def seeds(self, problem: Problem, samples: int, seed: int) -> tuple[int, ...]:
        return tuple(sample_seed(seed, problem, i) for i in range(samples))

    def prompt(self, problem: Problem, think: bool) -> tuple[int, ...]:
        return self.codec.prompt([Message("user", problem.prompt)], think).ids


@dataclass(frozen=True)
class Quick:
    """N problems, K quick answers each: whether right (N, K), tokens (N, K), boxes and confidence."""

    right: np.ndarray
    tokens: np.ndarray
    boxes: list[list[str | None]]
    logprobs: np.ndarray  # mean of a token, (N, K)

    def at(self, which: np.ndarray) -> Quick:
        """Those to some of the problems."""
        boxes = [self.boxes[i] for i in which]
        return Quick(self.right[which], self.tokens[which], boxes, self.logprobs[which])


@dataclass(frozen=True)
class Deep:
    """Thinking answers under B budgets, the last without limit: whether right (B, N, S), tokens (B, N, S)."""

    budgets: tuple[int | None, ...]
    right: np.ndarray
    tokens: np.ndarray

    def at(self, which: np.ndarray) -> Deep:
        """Those to some of the problems."""
        return Deep(self.budgets, self.right[:, which], self.tokens[:, which])


def ask_quickly(speaking: Speaking, problems: Sequence[Problem], samples: int, seed: int) -> Quick:
    """`samples` answers to each problem without thinking."""
    prompts = [Prompt(speaking.prompt(p, False), speaking.seeds(p, samples, seed)) for p in problems]
    groups = speaking.answers(prompts, min(ANSWER, speaking.max_tokens))
    boxes = [[parse(speaking.text(one.ids), opened=False).answer for one in group] for group in groups]
    right = [[verify(box, problem) for box in own] for own, problem in zip(boxes, problems, strict=True)]
    tokens = [[len(one.ids) for one in group] for group in groups]
    logprobs = [[float(np.mean(one.sampled_logprobs)) if len(one.ids) else 0.0 for one in group] for group in groups]
    return Quick(np.array(right), np.array(tokens), boxes, np.array(logprobs))


def ask_deeply(
    speaking: Speaking, problems: Sequence[Problem], samples: int, budgets: Sequence[int], seed: int
) -> Deep:
    """`samples` answers to each problem with as much thinking as it takes, and what they become under each budget.

    A thinking longer than the budget is cut there and closed, as the server does it; the answer is sampled anew.
    """
    prompts = [Prompt(speaking.prompt(p, True), speaking.seeds(p, samples, seed)) for p in problems]
    close = speaking.codec.close_ids("")
    free = [[list(one.ids) for one in group] for group in speaking.answers(prompts, speaking.max_tokens)]
    rows = [[] for _ in range(len(budgets) + 1)]  # type: list[list[list[tuple[bool, int]]]]
    for b, budget in enumerate([*budgets, None]):
        cut = free if budget is None else cut_short(speaking, prompts, free, budget, close)
        for own, problem in zip(cut, problems, strict=True):
            told = [parse(speaking.text(ids), opened=True).answer for ids in own]
            rows[b].append([(verify(t, problem), len(ids)) for t, ids in zip(told, own, strict=True)])
    table = np.array(rows)  # (B, N, S, 2)
    return Deep((*budgets, None), table[..., 0].astype(bool), table[..., 1])


def cut_short(
    speaking: Speaking,
    prompts: Sequence[Prompt],
    free: Sequence[Sequence[list[int]]],
    budget: int,
    close: Sequence[int],
) -> list[list[list[int]]]:
    """The same answers, those that thought longer than `budget` (the closing tag counted) closed there."""
    cut = [[list(ids) for ids in own] for own in free]
    asked: list[tuple[int, int, list[int]]] = []
    for i, own in enumerate(free):
        for s, ids in enumerate(own):
            thought = ids.index(close[-1]) + 1 if close[-1] in ids else len(ids) + 1
            if thought > budget:
                asked.append((i, s, [*ids[: max(0, budget - len(close))], *close]))
    again = [Prompt((*prompts[i].ids, *begun), (prompts[i].seeds[s] ^ budget,)) for i, s, begun in asked]
    for (i, s, begun), [end] in zip(asked, speaking.answers(again, ANSWER), strict=True):
        cut[i][s] = [*begun, *end.ids]
    return cut
