"""The claims of the field against the arms of a study: a rule each, decided seed by seed.

A claim holds where it holds under every seed, with the thresholds of a single run (`observe.claims`); what no finished
run can show is not tested. The rules name no arm's success: a control that does what it should not is said as loudly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from scratchwork.observe.claims import AT_LEAST, LENGTHENS, MULTIPLIES, Cell, Verdict, climbs, decided, grows, works
from scratchwork.observe.evals import Row, families, levels
from scratchwork.study.outcomes import Outcome, Outcomes

BACKTRACKS, CHECKS = "reflection/backtracks", "reflection/checks"
NOT_TESTED = Cell("not tested")


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim with its number in the list of the field's, its rule, and what came of it."""

    number: str
    text: str
    rule: str
    verdict: Verdict
    numbers: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A claim and what decides it: `decide` takes the runs of one seed, one of each arm."""

    number: str
    text: str
    rule: str
    arms: tuple[str, ...]
    decide: Callable[..., Cell]


def judge(found: Outcomes) -> list[Finding]:
    """Every claim, in order."""
    return [finding(rule, [found.get(arm, []) for arm in rule.arms]) for rule in RULES]


def finding(rule: Rule, arms: Sequence[Sequence[Outcome]]) -> Finding:
    """Decided on the seeds under which every arm of the rule has a run."""
    seeds = sorted(set.intersection(*({one.seed for one in own} for own in arms)))
    cells = [rule.decide(*(next(one for one in own if one.seed == seed) for own in arms)) for seed in seeds]
    tested = [cell for cell in cells if cell.verdict != "not tested"]
    if not tested:
        return Finding(rule.number, rule.text, rule.rule, "not tested", "")
    held = sum(cell.verdict == "holds" for cell in tested)
    numbers = f"{held} of {len(tested)} seeds: {'; '.join(cell.numbers for cell in tested)}"
    return Finding(rule.number, rule.text, rule.rule, "holds" if held == len(tested) else "does not hold", numbers)


def climbing(own: Outcome) -> Cell:
    return climbs(own.row("base"), own.row("final"))


def lengthening(own: Outcome) -> Cell:
    return grows("length", LENGTHENS, 0.0, own.row("base"), own.row("final"))


def growing(name: str, own: Outcome) -> Cell:
    return grows(name, MULTIPLIES, AT_LEAST, own.row("base"), own.row("final"))


def alike(one: Outcome, other: Outcome) -> Cell:
    a, b = one.row("final")["length"], other.row("final")["length"]
    return decided(max(a, b) < LENGTHENS * min(a, b), f"{b:.0f} under grpo, {a:.0f} under dr_grpo")


def nothing(own: Outcome) -> Cell:
    cells = {"accuracy": climbing(own), "length": lengthening(own), "backtracks": growing(BACKTRACKS, own)}
    numbers = ", ".join(f"{name} {cell.numbers}" for name, cell in cells.items())
    return decided(all(cell.verdict != "holds" for cell in cells.values()), numbers)


def working(own: Outcome) -> Cell:
    cells = {name: cell for name, cell in works(own.probe, list(own.final)).items() if cell.verdict != "not tested"}
    if not cells:
        return NOT_TESTED
    numbers = ", ".join(f"{name} {cell.numbers}" for name, cell in cells.items())
    return decided(all(cell.verdict == "holds" for cell in cells.values()), numbers)


def helping(own: Outcome) -> Cell:
    better, worse = own.effects.get("transitions/wrong_right"), own.effects.get("transitions/right_wrong")
    if better is None or worse is None:
        return NOT_TESTED
    return decided(better > worse, f"{better:.1%} against {worse:.1%} of pairs")


def paying(thinking: Outcome, quick: Outcome) -> Cell:
    easy, hard = [], []
    for family in families(thinking.levels, quick.levels):
        ours, theirs = levels(thinking.levels, family), levels(quick.levels, family)
        if shared := ours.keys() & theirs.keys():
            easy.append(apart(ours[min(shared)], theirs[min(shared)]))
            hard.append(apart(ours[max(shared)], theirs[max(shared)]))
    if not hard:
        return NOT_TESTED
    numbers = f"pays at the highest level in {sum(hard)} of {len(hard)} families, at the lowest in {sum(easy)}"
    return decided(all(hard) and not any(easy), numbers)


def apart(higher: Row, lower: Row) -> bool:
    """Whether the first's pass@1 is above the second's, with intervals that do not overlap."""
    return bool(higher["pass@1_ci"][0] > lower["pass@1_ci"][1])


def inherited(none: Outcome, full: Outcome) -> Cell:
    a, b = none.row("final").get(CHECKS), full.row("final").get(CHECKS)
    if a is None or b is None:
        return NOT_TESTED
    return decided(a < AT_LEAST <= b, f"{a:.2f} without, {b:.2f} with")


def beating(learnt: Outcome, imitated: Outcome) -> Cell:
    a, b = learnt.row("final"), imitated.row("final")
    return decided(apart(a, b), f"{a['pass@1']:.0%} against {b['pass@1']:.0%}")


def shrinking(own: Outcome) -> Cell:
    before, after = own.row("base")["length"], own.row("final")["length"]
    return decided(before >= LENGTHENS * after, f"{before:.0f} → {after:.0f}")


MULTIPLY = f"a response: at least {MULTIPLIES:g} times base and {AT_LEAST} more"
NOTHING = "accuracy does not climb, answers do not lengthen, backtracks do not multiply"
RULES = (
    Rule(
        "1",
        "Accuracy on held-out problems climbs",
        "pass@1: final above base, 95 % intervals apart",
        ("correct",),
        climbing,
    ),
    Rule("2", "Responses lengthen by themselves", f"at least {LENGTHENS:g} times base", ("correct",), lengthening),
    Rule(
        "2",
        "How the loss is averaged does not make the length",
        f"under grpo and dr_grpo final lengths are less than {LENGTHENS:g} times apart",
        ("correct", "grpo"),
        alike,
    ),
    Rule("3", "Backtracks multiply", MULTIPLY, ("correct",), partial(growing, BACKTRACKS)),
    Rule("3", "Checks multiply", MULTIPLY, ("correct",), partial(growing, CHECKS)),
    Rule("4", "Not with a random reward", NOTHING, ("random",), nothing),
    Rule("4", "Not with an inverted reward", NOTHING, ("inverted",), nothing),
    Rule("4", "Not with a reward for form", NOTHING, ("format",), nothing),
    Rule("5", "The thinking does work", "without it accuracy falls, intervals apart (probe)", ("correct",), working),
    Rule(
        "5",
        "Second thoughts help more than they harm",
        "late in training candidates turn from wrong to right more often than from right to wrong",
        ("correct",),
        helping,
    ),
    Rule(
        "6",
        "Thinking pays on hard problems and not on easy ones",
        "pass@1 above the model that answers at once, intervals apart, at every family's highest level, at no lowest",
        ("correct", "at-once"),
        paying,
    ),
    Rule(
        "dial",
        "Strategies come from the text",
        f"fewer than {AT_LEAST} checks a response in the end without reflective text, more with the shipped share",
        ("reflective-none", "reflective-full"),
        inherited,
    ),
    Rule("control", "Reinforcement beats imitation", "pass@1, intervals apart", ("correct", "rejection"), beating),
    Rule("world", "Where a guess pays, answers shrink", f"{LENGTHENS:g} times or more", ("guessable",), shrinking),
)
