"""A step's foreign answers as our groups, rows and numbers.

A group is the answers of a step to one prompt. `family` is "foreign". Where the ground truth is told and one of our
verifiers can judge by it, the problem names that verifier, so that candidates in the thinking are judged as in our own
runs; the final verdict stays theirs (`verdict`).

What is not known is left empty: log-probabilities, versions of the policy, and how an answer ended where no log says
how many were cut off. Where it does and is of these very answers, those are the longest ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from scratchwork.foreign.lengths import Cut, in_pieces
from scratchwork.foreign.source import Answer, Shard
from scratchwork.observe.metrics import step_metrics
from scratchwork.reward.grammar import parse
from scratchwork.rollout_table import rollout_row
from scratchwork.statistics import pass_at_k
from scratchwork.tasks.base import TaskError
from scratchwork.tasks.jsonl import row_problem
from scratchwork.types import FinishReason, Group, Problem, Rollout, Score

FAMILY = "foreign"
SAME = 1e-3  # a mean reward that differs by less is of the same answers; what is printed has four digits
END = -1  # stands for the token that ends a response
PER_TOKEN = "_per_100_tokens"
# Said of what is not known here: prompts are not cut into tokens, and how an answer is written is their affair.
NOT_OURS = ("num_tokens", "completions/unanswered")
OF_ENDS = ("completions/clipped_ratio", "terminated_length", "/cut_off")


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for a whole run: which score is the verdict, what each counts in the reward, how texts are cut."""

    verdict: str | None
    weights: Mapping[str, float]
    cut: Cut = in_pieces

    def score(self, answer: Answer) -> Score:
        """With the verdict as the component `accuracy`; no reward where no score that counts was given."""
        paid = [weight * answer.scores[name] for name, weight in self.weights.items() if name in answer.scores]
        components = dict(answer.scores)
        if self.verdict in components:
            components["accuracy"] = float(components[self.verdict] > 0)
        said = parse(answer.text).answer if answer.said is None else answer.said
        error = None if paid or not self.weights else "no reward function gave a score"
        return Score(sum(paid) if paid else None, components, said, error)


@dataclass(frozen=True, slots=True)
class Converted:
    """A step as we keep it: the rows of its table, the numbers of its line, and what turns its lengths into tokens."""

    rows: list[dict[str, Any]]
    metrics: dict[str, float]
    scale: float


def convert(
    shard: Shard, answers: Sequence[Answer], rules: Rules, log: Mapping[str, float], scale: float = 1.0
) -> Converted:
    """`log` is what the trainer says of the step, `scale` what to multiply a length by where it does not tell.

    Where both count the same, theirs stands: it is of all the step's answers, and in tokens.
    """
    scores = [rules.score(answer) for answer in answers]
    ids = rules.cut([answer.text for answer in answers])
    ends = finish_reasons([len(own) for own in ids], scores, log)
    scale = to_tokens(rules, [len(own) + (end != "length") for own, end in zip(ids, ends, strict=True)], log, scale)
    problems: dict[str, Problem] = {}
    rollouts: dict[str, list[Rollout]] = {}
    rows: list[dict[str, Any]] = []
    for answer, score, own, end in zip(answers, scores, ids, ends, strict=True):
        if answer.prompt not in problems:
            problems[answer.prompt] = problem_of(answer)
        problem = problems[answer.prompt]
        one = rollout_of(problem, answer, score, own, end)
        rollouts.setdefault(answer.prompt, []).append(one)
        unknown = {"finish_reason": end, "policy_version": None, "mean_logprob": None}
        rows.append(rollout_row(shard.step, problem, one) | unknown | {"length": round(one.length * scale)})
    groups = [Group(problem, tuple(rollouts[prompt])) for prompt, problem in problems.items()]
    metrics = ours(groups, scale, ends_known=None not in ends)
    if not any("accuracy" in answer.scores for answer in answers):  # our word for the verdict, no score of theirs
        metrics = {name: value for name, value in metrics.items() if not name.startswith("rewards/accuracy/")}
    return Converted(rows, metrics | (passed(groups) if shard.kind == "held_out" else dict(log)), scale)


def ours(groups: Sequence[Group], scale: float, *, ends_known: bool) -> dict[str, float]:
    """What our instruments count, without what is not known of these answers."""
    unknown = NOT_OURS + (() if ends_known else OF_ENDS)
    metrics = rescaled(step_metrics(groups), scale)
    return {name: value for name, value in metrics.items() if not any(part in name for part in unknown)}


def problem_of(answer: Answer) -> Problem:
    """What was asked; its id is a digest of the prompt. The verifier "" where none of ours can judge."""
    key = hashlib.blake2s(answer.prompt.encode(errors="replace"), digest_size=8).hexdigest()
    try:
        known = row_problem({**answer.gold, "question": answer.prompt}, "the ground truth") if answer.gold else None
    except TaskError:
        known = None
    if known is not None:
        return Problem(key, FAMILY, 1, answer.prompt, known.answer, known.verifier, known.data)
    return Problem(key, FAMILY, 1, answer.prompt, str(answer.gold.get("answer", "")), "")


def rollout_of(
    problem: Problem, answer: Answer, score: Score, ids: tuple[int, ...], end: FinishReason | None
) -> Rollout:
    """With log-probabilities of 0, which nothing that reads a foreign run looks at."""
    ids = ids if end == "length" and ids else (*ids, END)
    return Rollout(problem.id, (), ids, (1,) * len(ids), (0.0,) * len(ids), end or "stop", 0, answer.text, score)


def finish_reasons(
    lengths: Sequence[int], scores: Sequence[Score], log: Mapping[str, float]
) -> list[FinishReason | None]:
    """How each answer ended; None for all where the log does not tell it of these answers.

    >>> log = {"reward": 0.5, "completions/clipped_ratio": 0.5}
    >>> finish_reasons([3, 9], [Score(0.0), Score(1.0)], log), finish_reasons([3, 9], [Score(0.0), Score(0.0)], log)
    (['stop', 'length'], [None, None])
    """
    rewards, share = [s.reward for s in scores if s.reward is not None], log.get("completions/clipped_ratio")
    if share is None or not rewards or "reward" not in log or abs(fmean(rewards) - log["reward"]) > SAME:
        return [None] * len(lengths)
    longest = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)[: round(share * len(lengths))]
    return ["length" if i in longest else "stop" for i in range(len(lengths))]


def to_tokens(rules: Rules, lengths: Sequence[int], log: Mapping[str, float], scale: float) -> float:
    """What to multiply a length by: 1 for tokens; for words and signs what gives the log's mean, or `scale`."""
    if rules.cut is not in_pieces:
        return 1.0
    told = log.get("completions/mean_length")
    return told * len(lengths) / sum(lengths) if told else scale


def rescaled(metrics: Mapping[str, float], scale: float) -> dict[str, float]:
    """Lengths, and rates over lengths, in other units.

    >>> rescaled({"length/foreign": 10.0, "reflection/checks_per_100_tokens": 3.0, "reward": 0.5}, 1.5)
    {'length/foreign': 15.0, 'reflection/checks_per_100_tokens': 2.0, 'reward': 0.5}
    """
    by = {name: scale for name in metrics if "_length" in name or name.startswith("length/")}
    by |= {name: 1 / scale for name in metrics if name.endswith(PER_TOKEN)}
    return {name: value * by.get(name, 1.0) for name, value in metrics.items()}


def passed(groups: Sequence[Group]) -> dict[str, float]:
    """pass@1, 2, 4 and 8 of the problems that have so many judged answers."""
    verdicts = [[r.score.correct for r in group.rollouts if r.score.correct is not None] for group in groups]
    found = {k: [pass_at_k(len(own), sum(own), k) for own in verdicts if len(own) >= k] for k in (1, 2, 4, 8)}
    return {f"pass@{k}": fmean(values) for k, values in found.items() if values}
