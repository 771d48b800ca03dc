"""The claims of the field against the numbers of one run: holds, does not hold, or not tested.

Each claim has one rule, said beside it and the same for every family, so that a run cannot choose what counts. What one
run by itself cannot show is listed too, as not tested, with what would test it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scratchwork.observe.evals import Row, largest_k
from scratchwork.observe.sentence import Sentence, say

Verdict = Literal["holds", "does not hold", "not tested"]

LENGTHENS = 1.2  # times; shorter than that is not worth the name
MULTIPLIES = 2.0
AT_LEAST = 0.05  # a response; twice next to nothing is next to nothing
KEPT = 0.02


@dataclass(frozen=True, slots=True)
class Cell:
    """A claim in one family."""

    verdict: Verdict
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, the rule that decides it, and what the rule says by family; `elsewhere` tells what would test it."""

    text: Sentence
    rule: Sentence
    cells: Mapping[str, Cell]
    elsewhere: Sentence | None = None


def judge(base: Mapping[str, Row], final: Mapping[str, Row], probe: Mapping[str, Any] | None = None) -> list[Claim]:
    """The claims for the pooled rows (see `evals.compared_rows`) of both models, by family.

    `probe`: probe.json, where interventions were tried.
    """
    k = min((largest_k(row) or 1 for row in (*base.values(), *final.values())), default=1)

    multiple = say("at least {times:g} times base, and {more} more", times=MULTIPLIES, more=AT_LEAST)

    def cells(rule: Callable[[Row, Row], Cell]) -> dict[str, Cell]:
        return {family: rule(base[family], row) for family, row in final.items() if family in base}

    return [
        Claim(
            say("Accuracy on held-out problems climbs"),
            say("pass@1: final above base, and their 95% intervals do not overlap"),
            cells(climbs),
        ),
        Claim(
            say("Responses lengthen by themselves"),
            say("mean length in tokens: final at least {times:g} times base", times=LENGTHENS),
            cells(lambda b, f: grows("length", LENGTHENS, 0.0, b, f)),
        ),
        Claim(
            say("Backtracks multiply"),
            say("rejected candidates followed by another attempt, per response: {multiple}", multiple=multiple),
            cells(lambda b, f: grows("reflection/backtracks", MULTIPLIES, AT_LEAST, b, f)),
        ),
        Claim(
            say("Checks multiply"),
            say("verdicts on an own candidate, per response: {multiple}", multiple=multiple),
            cells(lambda b, f: grows("reflection/checks", MULTIPLIES, AT_LEAST, b, f)),
        ),
        Claim(
            say("What many tries can solve is kept"),
            say("pass@{k}: final at most {points:.0f} points below base", k=k, points=100 * KEPT),
            cells(lambda b, f: keeps(k, b, f)),
        ),
        Claim(
            say("It comes from rewarding right answers only"),
            say("a reward for form or for nothing must not do the same"),
            {},
            say("needs two more runs: {commands}", commands="scratchwork run zero-random, scratchwork run zero-format"),
        ),
        Claim(
            say("The thinking does work"),
            say("with none of it before the answer, accuracy falls: the 95% intervals do not overlap"),
            works(probe, [family for family in final if family in base]),
            say("needs interventions: {commands}", commands="scratchwork probe RUN"),
        ),
    ]


def climbs(base: Row, final: Row) -> Cell:
    if "pass@1_ci" not in base or "pass@1_ci" not in final:
        return Cell("not tested")
    return decided(final["pass@1_ci"][0] > base["pass@1_ci"][1], f"{base['pass@1']:.0%} → {final['pass@1']:.0%}")


def grows(name: str, times: float, at_least: float, base: Row, final: Row) -> Cell:
    """Whether a mean is `times` what it was, and `at_least` more."""
    before, after = base.get(name), final.get(name)
    if before is None or after is None:
        return Cell("not tested")
    numbers = f"{amount(before)} → {amount(after)}" + (f" ({after / before:.1f}×)" if before else "")
    return decided(after >= times * before and after >= before + at_least, numbers)


def keeps(k: int, base: Row, final: Row) -> Cell:
    before, after = base.get(f"pass@{k}"), final.get(f"pass@{k}")
    if k == 1 or not before or after is None:  # nothing that could be kept
        return Cell("not tested")
    return decided(after >= before - KEPT, f"{before:.0%} → {after:.0%}")


def works(probe: Mapping[str, Any] | None, families: Sequence[str]) -> dict[str, Cell]:
    """Of the final model; none where it was not probed."""
    final = (probe or {}).get("models", {}).get("final")
    if final is None:
        return {}
    cells = {}
    for family in families:
        whole, without = (final["arms"].get(arm, {}).get("families", {}).get(family) for arm in ("untouched", "keep-0"))
        if whole is None or without is None:
            cells[family] = Cell("not tested")
            continue
        numbers = f"{whole['accuracy']:.0%} → {without['accuracy']:.0%}"
        cells[family] = decided(without["accuracy_ci"][1] < whole["accuracy_ci"][0], numbers)
    return cells


def decided(holds: bool, numbers: str) -> Cell:
    return Cell("holds" if holds else "does not hold", numbers)


def amount(value: Any) -> str:
    """A mean as a person reads it.

    >>> amount(84.2), amount(1.236), amount(None)
    ('84', '1.24', '–')
    """
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2f}"
