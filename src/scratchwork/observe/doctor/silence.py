"""Why a step taught nothing, in a sentence, with what to change.

Under a group baseline only a group whose rewards differ moves a weight. When no group has any, what the answers have in
common says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scratchwork.types import Group, Rollout

ADVICE = {
    "failed": "the verifier could not judge: correct the problems' answers, or choose another verifier",
    "cut off": "the answers do not fit: raise grpo.max_tokens",
    "unreadable": "they have no box to read: pretrain longer, run the stage 'sft' first, or add reward.format",
    "right": "the problems are too easy: raise tasks.levels",
    "wrong": "the problems are too hard: lower tasks.levels, raise grpo.group_size, or start from a better base",
    "all or nothing": "no problem is solved by only some answers: raise grpo.group_size, or set grpo.dynamic_sampling",
    "blind": "the reward is the same for right and wrong: give reward.accuracy a weight",
}


def no_signal_sentence(groups: Sequence[Group]) -> str | None:
    """None when some group has a signal; else what became of the answers, and which key of the recipe to change."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    if not rollouts or any(group.has_signal for group in groups):
        return None
    fates = Counter(map(fate, rollouts))
    error = next((r.score.error for r in rollouts if r.score.error), None)
    listed = ", ".join(f"{count} {name}" for name, count in fates.most_common())
    return f"no signal: of {len(rollouts)} answers {listed}; {ADVICE[cause(groups, fates)]}" + (
        f" (first error: {error})" if error else ""
    )


def fate(rollout: Rollout) -> str:
    """What became of an answer, by the first of these that holds."""
    score = rollout.score
    if score.reward is None:
        return "failed"
    if rollout.finish_reason == "length":
        return "cut off"
    if score.answer is None:
        return "unreadable"
    return {True: "right", False: "wrong", None: "not judged"}[score.correct]


def cause(groups: Sequence[Group], fates: Counter[str]) -> str:
    """The key of the advice to give: on what happened most often, unless the rewards themselves are the cause."""
    paid_alike = any({True, False} <= {r.score.correct for r in group.rollouts} for group in groups)
    if paid_alike or "not judged" in fates:
        return "blind"
    if set(fates) == {"right", "wrong"}:
        return "all or nothing"
    return fates.most_common(1)[0][0]
