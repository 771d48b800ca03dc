"""The numbers of one RL step: TRL's, under TRL's names and by TRL's definitions, and ours.

TRL's (GRPOTrainer): `reward_std` and the deviations of the components are of the whole batch, with Bessel's correction;
lengths are in tokens, the stop token included; `num_tokens` counts prompts and completions since the run began.

Ours: `accuracy`, `completions/mean_length/right|wrong|cut_off`, `solved_none|some|all` (shares of the problems), and,
from what `behaviours` reads, a response: `reflection/...`; of all claims: `claims/false`; of all checks:
`verification/precision` (accepted candidates that are right) and `verification/recall` (right ones accepted); of all
pairs of candidates: `transitions/...`, and what else `effects` says; what a text's surface shows, as in `surface`.
All that is read of families other than ours is named `foreign/...` and mixed with none of it.

Answers without a verdict are counted in `verifier/error_rate` and in nothing that needs a verdict. A mean over nothing
is left out of the step's line: it is neither 0 nor NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TypeVar

from scratchwork.observe.behaviours import Behaviours, read
from scratchwork.observe.effects import effects, gain_within
from scratchwork.observe.steps import Candidate
from scratchwork.observe.surface import changes_script, repetition
from scratchwork.types import Group, Rollout

T = TypeVar("T")
Values = dict[str, Sequence[float]]  # by the name of the metric that is their mean


@dataclass(frozen=True, slots=True)
class Seen:
    """A rollout, what it does, and the family it belongs to."""

    family: str
    rollout: Rollout
    does: Behaviours


def step_metrics(groups: Sequence[Group], *, opened: bool = True, tokens_before: int = 0) -> dict[str, float]:
    """The metrics of a step of at least one rollout.

    `opened` says whether the prompts opened a thinking block; `tokens_before` is the last step's `num_tokens`.
    """
    seen = [one for group in groups for one in look_at(group, opened)]
    rollouts = [s.rollout for s in seen]
    means = rewards(groups, rollouts) | outcomes(groups, rollouts) | lengths(rollouts)
    exact, foreign = ([s for s in seen if s.does.by == by] for by in ("exact", "foreign"))
    means |= surface(groups) | thinking(exact) | apart(thinking(foreign)) | by_family(seen)
    return {
        **{name: fmean(values) for name, values in means.items() if values},
        **spreads(rollouts),
        **densities(exact),
        **apart(densities(foreign)),
        "num_tokens": float(tokens_before + sum(len(r.prompt_ids) + r.length for r in rollouts)),
    }


def look_at(group: Group, opened: bool) -> list[Seen]:
    problem, judged = group.problem, dict[str, Candidate]()
    return [Seen(problem.family, r, read(problem, r.text, opened=opened, judged=judged)) for r in group.rollouts]


def thinking(seen: Sequence[Seen]) -> Values:
    does = [s.does for s in seen]
    return reflection(does) | effects(does)


def apart(metrics: dict[str, T]) -> dict[str, T]:
    """What was read of text that is not ours is an estimate, and has names of its own."""
    return {f"foreign/{name}": value for name, value in metrics.items()}


def rewards(groups: Sequence[Group], rollouts: Sequence[Rollout]) -> Values:
    return {
        "reward": [r.score.reward for r in rollouts if r.score.reward is not None],
        "reward/right": [r.score.reward for r in rollouts if r.score.correct is True and r.score.reward is not None],
        "reward/wrong": [r.score.reward for r in rollouts if r.score.correct is False and r.score.reward is not None],
        "frac_reward_zero_std": [not group.has_signal for group in groups],
        **{f"rewards/{name}/mean": values for name, values in components(rollouts).items()},
    }


def components(rollouts: Sequence[Rollout]) -> dict[str, list[float]]:
    """The values of each component of the rubric, where it gave one."""
    names = dict.fromkeys(name for r in rollouts for name in r.score.components)
    return {name: [r.score.components[name] for r in rollouts if name in r.score.components] for name in names}


def spreads(rollouts: Sequence[Rollout]) -> dict[str, float]:
    """What is not a mean: deviations, and the shortest and longest completion (of none that ended: 0, as in TRL)."""
    values = {"reward_std": [r.score.reward for r in rollouts if r.score.reward is not None]}
    values |= {f"rewards/{name}/std": own for name, own in components(rollouts).items()}
    all_lengths = [r.length for r in rollouts]
    ended = [r.length for r in rollouts if r.finish_reason == "stop"] or [0]
    return {
        **{name: stdev(own) for name, own in values.items() if len(own) > 1},
        "completions/min_length": float(min(all_lengths)),
        "completions/max_length": float(max(all_lengths)),
        "completions/min_terminated_length": float(min(ended)),
        "completions/max_terminated_length": float(max(ended)),
    }


def outcomes(groups: Sequence[Group], rollouts: Sequence[Rollout]) -> Values:
    """Accuracy, and how many problems were solved by none, some or all of their answers."""
    verdicts = [{r.score.correct for r in group.rollouts} - {None} for group in groups]
    judged = [verdict for verdict in verdicts if verdict]
    return {
        "accuracy": [r.score.correct for r in rollouts if r.score.correct is not None],
        "solved_none": [verdict == {False} for verdict in judged],
        "solved_some": [verdict == {False, True} for verdict in judged],
        "solved_all": [verdict == {True} for verdict in judged],
        "verifier/error_rate": [r.score.error is not None for r in rollouts],
    }


def lengths(rollouts: Sequence[Rollout]) -> Values:
    """Each answer is right, wrong or cut off: one that was cut off is that, whatever its verdict."""
    ended = [r for r in rollouts if r.finish_reason == "stop"]
    cut_off = [r.length for r in rollouts if r.finish_reason == "length"]
    return {
        "completions/mean_length": [r.length for r in rollouts],
        "completions/mean_terminated_length": [r.length for r in ended] or [0],
        "completions/clipped_ratio": [r.finish_reason == "length" for r in rollouts],
        "completions/mean_length/right": [r.length for r in ended if r.score.correct is True],
        "completions/mean_length/wrong": [r.length for r in ended if r.score.correct is False],
        "completions/mean_length/cut_off": cut_off,
    }


def surface(groups: Sequence[Group]) -> Values:
    """Whether there is an answer to read, whether a text goes round in circles, whether it changes its language."""
    pairs = [(group.problem, r) for group in groups for r in group.rollouts]
    return {
        "completions/unanswered": [r.score.answer is None for _, r in pairs if r.finish_reason == "stop"],
        "completions/repetition": [repetition(r.completion_ids) for _, r in pairs],
        "completions/foreign_script": [changes_script(problem.prompt, r.text) for problem, r in pairs],
    }


def reflection(does: Sequence[Behaviours]) -> Values:
    """What the thinking does, and how far it can be trusted."""
    checks = [check for b in does for check in b.checks if check.true is not None]
    return {
        "reflection/rate": [b.reflects for b in does],
        "reflection/backtracks": [b.backtracks for b in does],
        "reflection/checks": [len(b.checks) for b in does],
        "reflection/tries": [len(b.candidates) for b in does],
        "reflection/repeats": [b.repeats for b in does],
        "reflection/second_derivations": [b.second_derivations for b in does],
        "reflection/equations": [b.equations for b in does],
        "reflection/backwards": [b.backwards for b in does],
        "reflection/sub_goals": [b.count("sub-goal") for b in does],
        "reflection/enumerations": [b.count("enumeration") for b in does],
        "reflection/words": [sum(b.words.values()) for b in does],
        "claims/false": [not true for b in does for true in b.claims],
        "verification/precision": [check.candidate.right is True for check in checks if check.accepted],
        "verification/recall": [check.accepted for check in checks if check.candidate.right],
    }


def densities(seen: Sequence[Seen]) -> dict[str, float]:
    """Per 100 tokens: a longer response that does more of everything has not learnt to do more of it. And, where there
    are both, how much more often those that reflect are right than those on the same problem that do not."""
    if not seen:
        return {}
    tokens = sum(s.rollout.length for s in seen)
    own: dict[str, list[tuple[bool, bool]]] = {}
    for s in seen:
        if s.rollout.score.correct is not None:
            own.setdefault(s.rollout.problem_id, []).append((s.does.reflects, s.rollout.score.correct))
    gain = gain_within(own.values())
    return {
        "reflection/backtracks_per_100_tokens": 100 * sum(s.does.backtracks for s in seen) / tokens,
        "reflection/checks_per_100_tokens": 100 * sum(len(s.does.checks) for s in seen) / tokens,
        **({} if gain is None else {"reflection/gain_within_problem": gain}),
    }


def by_family(seen: Sequence[Seen]) -> Values:
    values: Values = {}
    for family in dict.fromkeys(s.family for s in seen):
        own = [s for s in seen if s.family == family]
        values[f"accuracy/{family}"] = [s.rollout.score.correct for s in own if s.rollout.score.correct is not None]
        values[f"length/{family}"] = [s.rollout.length for s in own]
        counts: Values = {
            f"reflection/backtracks/{family}": [s.does.backtracks for s in own],
            f"reflection/checks/{family}": [len(s.does.checks) for s in own],
        }
        values |= counts if own[0].does.by == "exact" else apart(counts)
    return values
