"""Held-out evaluation: the same problems, seeds, template, parser and judge for a base model and a trained one.

An evaluation is a list of groups, as a training step is; `summary` and `table` are the numbers of one. Greedy decoding
is the same with temperature 0 and one sample.

An answer that no verifier could judge is counted in `verifier_errors` and is in no share: neither right nor wrong.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Hashable, Mapping, Sequence
from statistics import fmean
from typing import Any

from scratchwork.errors import UserError
from scratchwork.reward.expression import parse_expression
from scratchwork.reward.number import parse_number
from scratchwork.reward.rubric import Rubric
from scratchwork.reward.verify import words
from scratchwork.rollout.collect import TextCodec, collect
from scratchwork.rollout.engine import Engine
from scratchwork.rollout.sampling import Sampling
from scratchwork.statistics import clustered_interval, majority, pass_at_k
from scratchwork.tasks.base import Task, TaskError, draw_split
from scratchwork.types import Group, Problem, Rollout

KS = (1, 2, 4, 8, 16, 32, 64)
MAX_REPEATS = 1_000  # draws in a row that bring no new problem: there are no more


def held_out_problems(
    tasks: Mapping[str, Task], levels: Mapping[str, Sequence[int]], each: int, seed: int
) -> list[Problem]:
    """`each` different held-out problems of every family and level, the same for the same arguments.

    A problem that two levels could make counts for the first. Raises TaskError when a level has too few.
    """
    problems: dict[str, Problem] = {}
    for family, own_levels in levels.items():
        for level in own_levels:
            rng = random.Random(f"evaluate/{seed}/{family}/{level}")
            wanted, repeats = len(problems) + each, 0
            while len(problems) < wanted:
                problem = draw_split(tasks[family], rng, level, "held_out")
                repeats = repeats + 1 if problem.id in problems else 0
                problems.setdefault(problem.id, problem)
                if repeats == MAX_REPEATS:
                    raise TaskError(
                        f"{each} held-out problems were asked for, but family {family!r} has only "
                        f"{each - wanted + len(problems)} more at level {level}; ask for fewer"
                    )
    return list(problems.values())


def evaluate(
    engine: Engine,
    tokenizer: TextCodec,
    problems: Sequence[Problem],
    rubric: Rubric,
    *,
    samples: int,
    sampling: Sampling,
    seed: int,
    think: bool = True,
) -> list[Group]:
    """Answer each problem `samples` times and judge; one Group a problem, in order.

    Raises UserError for a rubric that does not measure accuracy.
    """
    if "accuracy" not in rubric.weights:
        raise UserError(
            f"reward is {dict(rubric.weights)}; an evaluation needs accuracy in it, of weight 0 to only measure"
        )
    seeds = [tuple(sample_seed(seed, problem, i) for i in range(samples)) for problem in problems]
    return collect(engine, tokenizer, rubric, problems, seeds, sampling, think=think)


def sample_seed(seed: int, problem: Problem, sample: int) -> int:
    """The seed of one answer: of the evaluation, the problem and the sample, never of the model or the batch."""
    key = f"{seed}/{problem.id}/{sample}".encode()
    return int.from_bytes(hashlib.blake2s(key, digest_size=8).digest())


def table(groups: Sequence[Group]) -> dict[str, dict[str, dict[str, Any]]]:
    """`table(groups)[family][level]` is a `summary`; level "all" is the whole family, family "all" everything."""
    rows: dict[str, dict[str, dict[str, Any]]] = {"all": {"all": summary(groups)}}
    for family in dict.fromkeys(group.problem.family for group in groups):
        own = [group for group in groups if group.problem.family == family]
        rows[family] = {"all": summary(own)}
        for level in sorted({group.problem.level for group in own}):
            rows[family][str(level)] = summary([group for group in own if group.problem.level == level])
    return rows


def summary(groups: Sequence[Group]) -> dict[str, Any]:
    """The numbers of an evaluation, ready for JSON; one that would be a mean over nothing is left out.

    `pass@k` for k = 1, 2, 4, ... to the number of samples; `pass@1_ci` its 95 % interval (see
    `statistics.clustered_interval`); `maj@k` for the same k and for all samples: the vote of the first k, the next k
    and so on, ties broken by lot; `length` in tokens, also of answers that are right, wrong, and cut off
    (whatever they say); `clipped_ratio` the share that is cut off.
    """
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    judged = [
        Group(group.problem, answers) for group in groups if (answers := tuple(filter(is_judged, group.rollouts)))
    ]
    row: dict[str, Any] = {
        "problems": len(groups),
        "samples": len(rollouts),
        "verifier_errors": len(rollouts) - sum(len(group.rollouts) for group in judged),
    }
    return row | (solved(judged) if judged else {}) | lengths(rollouts)


def is_judged(answer: Rollout) -> bool:
    return answer.score.correct is not None


def solved(judged: Sequence[Group]) -> dict[str, Any]:
    """How many problems are solved; one with fewer than k judged answers is not in pass@k."""
    counts = [(len(group.rollouts), sum(r.score.correct is True for r in group.rollouts)) for group in judged]
    most, ballots = max(n for n, _ in counts), [votes(group) for group in judged]
    return {
        **{f"pass@{k}": fmean(pass_at_k(n, right, k) for n, right in counts if n >= k) for k in KS if k <= most},
        "pass@1_ci": list(clustered_interval([right / n for n, right in counts], sum(n for n, _ in counts))),
        **{f"maj@{k}": fmean(majority_at_k(ballots, k)) for k in sorted({k for k in KS if k <= most} | {most})},
    }


Vote = tuple[Hashable, bool]  # what an answer says, and whether it is right


def votes(judged: Group) -> list[Vote | None]:
    """The vote of each answer; None for one without an answer to read."""
    return [
        None if r.score.answer is None else (meaning(r.score.answer, judged.problem), r.score.correct is True)
        for r in judged.rollouts
    ]


def majority_at_k(ballots: Sequence[Sequence[Vote | None]], k: int) -> list[float]:
    """For each problem with k answers or more, the mean outcome of a vote over its every k answers in turn."""
    return [
        fmean(majority([v for v in own[i : i + k] if v is not None]) for i in range(0, len(own) - k + 1, k))
        for own in ballots
        if len(own) >= k
    ]


def meaning(answer: str, problem: Problem) -> Hashable:
    """What makes two answers the same vote: their value; for countdown with the numbers used; else their words.

    >>> problem = Problem("p-0", "sums", 1, "500+500?", "1000", "number")
    >>> meaning("1,000.0", problem) == meaning("1000", problem)
    True
    """
    if problem.verifier == "number" and (number := parse_number(answer)) is not None:
        return number
    if problem.verifier == "countdown" and (expression := parse_expression(answer)) is not None:
        return expression.value, tuple(sorted(expression.numbers))
    return tuple(words(answer))


def lengths(rollouts: Sequence[Rollout]) -> dict[str, float]:
    """Mean lengths in tokens; an answer that was cut off is neither right nor wrong here."""
    ended = [r for r in rollouts if r.finish_reason == "stop"]
    kinds: dict[str, Sequence[float]] = {
        "length": [r.length for r in rollouts],
        "length/right": [r.length for r in ended if r.score.correct is True],
        "length/wrong": [r.length for r in ended if r.score.correct is False],
        "length/cut_off": [r.length for r in rollouts if r.finish_reason == "length"],
        "clipped_ratio": [r.finish_reason == "length" for r in rollouts],
    }
    return {name: fmean(values) for name, values in kinds.items() if values}
