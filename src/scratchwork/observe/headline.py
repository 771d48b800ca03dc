"""A run in a few sentences made of its numbers; the same sentences whichever way the numbers went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from scratchwork.observe.claims import amount
from scratchwork.observe.evals import Row, largest_k
from scratchwork.observe.sentence import Sentence, say

REWARDED = {
    "accuracy": say("right answers"),
    "wrong": say("wrong answers"),
    "format": say("form"),
    "boxed": say("having an answer"),
    "random": say("the toss of a coin"),
}
SAME_LENGTH = 0.05  # a smaller share of change is not called one


def headline(
    recipe: Mapping[str, Any], steps: int, base: Row | None, final: Row | None, lines: Sequence[Mapping[str, Any]]
) -> list[Sentence]:
    """Sentences, the most important first; `base` and `final` are rows over all that was asked, None if missing."""
    if not base or not final:
        return unfinished(recipe, steps, base, final, lines)
    told: dict[str, Any] = {
        "steps": say("{n:,} step", n=steps) if steps == 1 else say("{n:,} steps", n=steps),
        "learning": learning(recipe),
        "before": base["pass@1"],
        "after": final["pass@1"],
    }
    if final["pass@1_ci"][0] > base["pass@1_ci"][1]:
        first = say(
            "{steps} of {learning}, raised held-out accuracy from {before:.0%} to {after:.0%}.",
            **told,
        )
    elif final["pass@1_ci"][1] < base["pass@1_ci"][0]:
        first = say(
            "{steps} of {learning}, lowered held-out accuracy from {before:.0%} to {after:.0%}.",
            **told,
        )
    else:
        first = say(
            "{steps} of {learning}, left held-out accuracy where it was: {before:.0%} before and {after:.0%} after, "
            "with intervals that overlap.",
            **told,
        )
    return [first, *sentences(base, final)]


def sentences(base: Row, final: Row) -> list[Sentence]:
    """What became of length, of thinking and of diversity."""
    said = []
    if base.get("length") and final.get("length"):
        change, before, after = final["length"] / base["length"], amount(base["length"]), amount(final["length"])
        if change > 1 + SAME_LENGTH:
            said.append(say("Responses grew from {before} to {after} tokens.", before=before, after=after))
        elif change < 1 - SAME_LENGTH:
            said.append(say("Responses shrank from {before} to {after} tokens.", before=before, after=after))
        else:
            said.append(say("Responses hardly changed: from {before} to {after} tokens.", before=before, after=after))
    for name, what in (("reflection/backtracks", say("Backtracks")), ("reflection/checks", say("Checks"))):
        if base.get(name) is not None and final.get(name) is not None:
            before, after = amount(base[name]), amount(final[name])
            if before == after:
                said.append(say("{what} per response stayed at {before}.", what=what, before=before))
            else:
                said.append(
                    say(
                        "{what} per response went from {before} to {after}.",
                        what=what,
                        before=before,
                        after=after,
                    )
                )
    k = min(largest_k(base) or 1, largest_k(final) or 1)
    if k > 1:
        said.append(
            say(
                "Given {k} tries, the model solved {before:.0%} of the problems before and {after:.0%} after.",
                k=k,
                before=base[f"pass@{k}"],
                after=final[f"pass@{k}"],
            )
        )
    return said


def unfinished(
    recipe: Mapping[str, Any], steps: int, base: Row | None, final: Row | None, lines: Sequence[Mapping[str, Any]]
) -> list[Sentence]:
    """What can be said without both evaluations."""
    missing = tuple(label for label, row in ((say("base"), base), (say("final"), final)) if not row)
    planned = recipe.get("rejection" if "rejection" in recipe.get("stages", []) else "grpo", {}).get("steps")
    done = say("{n:,} RL step", n=steps) if steps == 1 else say("{n:,} RL steps", n=steps)
    if planned and planned > steps:
        said = [say("{done} of {planned} so far.", done=done, planned=planned)]
    else:
        said = [say("{done} so far.", done=done)]
    said.append(
        say("There is no evaluation of the {models} model in this run, so nothing is compared here.", models=missing)
    )
    accuracies = [line["accuracy"] for line in lines if line.get("accuracy") is not None]
    if accuracies:
        said.append(
            say(
                "Accuracy on the training problems was {first:.0%} in the first step and is {now:.0%} now.",
                first=accuracies[0],
                now=fmean(accuracies[-5:]),
            )
        )
    return said


def learning(recipe: Mapping[str, Any]) -> Sentence:
    """What the steps were steps of, and what the reward is for."""
    if "rejection" in recipe.get("stages", []):
        return say("learning from its own right answers alone")
    names = [REWARDED.get(name, name) for name, weight in recipe.get("reward", {"accuracy": 1}).items() if weight]
    if len(names) == 1:
        return say("reinforcement learning, rewarding nothing but {what}", what=names[0])
    return say("reinforcement learning, rewarding {what}", what=tuple(names))
