"""A run in a few sentences made of its numbers; the same sentences whichever way the numbers went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from scratchwork.observe.claims import amount
from scratchwork.observe.evals import Row, largest_k

REWARDED = {
    "accuracy": "right answers",
    "wrong": "wrong answers",
    "format": "form",
    "boxed": "having an answer",
    "random": "the toss of a coin",
}
SAME_LENGTH = 0.05  # a smaller share of change is not called one


def headline(
    recipe: Mapping[str, Any], steps: int, base: Row | None, final: Row | None, lines: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Sentences, the most important first; `base` and `final` are rows over all that was asked, None if missing."""
    if not base or not final:
        return unfinished(recipe, steps, base, final, lines)
    began = f"{counted(steps, 'step')} of {learning(recipe)},"
    before, after = f"{base['pass@1']:.0%}", f"{final['pass@1']:.0%}"
    if final["pass@1_ci"][0] > base["pass@1_ci"][1]:
        first = f"{began} raised held-out accuracy from {before} to {after}."
    elif final["pass@1_ci"][1] < base["pass@1_ci"][0]:
        first = f"{began} lowered held-out accuracy from {before} to {after}."
    else:
        change = f"{before} before and {after} after, with intervals that overlap"
        first = f"{began} left held-out accuracy where it was: {change}."
    return [first, *sentences(base, final)]


def sentences(base: Row, final: Row) -> list[str]:
    """What became of length, of thinking and of diversity."""
    said = []
    if base.get("length") and final.get("length"):
        change = final["length"] / base["length"]
        verb = "grew" if change > 1 + SAME_LENGTH else "shrank" if change < 1 - SAME_LENGTH else "hardly changed:"
        said.append(f"Responses {verb} from {amount(base['length'])} to {amount(final['length'])} tokens.")
    for name, noun in (("reflection/backtracks", "Backtracks"), ("reflection/checks", "Checks")):
        if base.get(name) is not None and final.get(name) is not None:
            before, after = amount(base[name]), amount(final[name])
            said.append(
                f"{noun} per response "
                + (f"went from {before} to {after}." if before != after else f"stayed at {before}.")
            )
    k = min(largest_k(base) or 1, largest_k(final) or 1)
    if k > 1:
        before, after = base[f"pass@{k}"], final[f"pass@{k}"]
        said.append(f"Given {k} tries, the model solved {before:.0%} of the problems before and {after:.0%} after.")
    return said


def unfinished(
    recipe: Mapping[str, Any], steps: int, base: Row | None, final: Row | None, lines: Sequence[Mapping[str, Any]]
) -> list[str]:
    """What can be said without both evaluations."""
    missing = " and ".join(label for label, row in (("base", base), ("final", final)) if not row)
    planned = recipe.get("rejection" if "rejection" in recipe.get("stages", []) else "grpo", {}).get("steps")
    said = [f"{counted(steps, 'RL step')}{f' of {planned}' if planned and planned > steps else ''} so far."]
    said.append(f"There is no evaluation of the {missing} model in this run, so nothing is compared here.")
    accuracies = [line["accuracy"] for line in lines if line.get("accuracy") is not None]
    if accuracies:
        first, now = accuracies[0], fmean(accuracies[-5:])
        said.append(f"Accuracy on the training problems was {first:.0%} in the first step and is {now:.0%} now.")
    return said


def learning(recipe: Mapping[str, Any]) -> str:
    """What the steps were steps of."""
    if "rejection" in recipe.get("stages", []):
        return "learning from its own right answers alone"
    return f"reinforcement learning, rewarding {rewarded(recipe)}"


def rewarded(recipe: Mapping[str, Any]) -> str:
    """What the reward is for: `nothing but right answers`."""
    names = [REWARDED.get(name, name) for name, weight in recipe.get("reward", {"accuracy": 1}).items() if weight]
    return f"nothing but {names[0]}" if len(names) == 1 else " and ".join(names)


def counted(number: int, noun: str) -> str:
    """
    >>> counted(1, "step"), counted(1200, "step")
    ('1 step', '1,200 steps')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
