"""How well the readers agree with people: precision and recall of every behaviour on the labelled transcripts.

    python tests/observe/agreement.py          # the table of docs/instruments.md
    python tests/observe/agreement.py --why    # with every label missed and every step found without one

A step and a label agree when they are of one kind and share a character; each agrees with at most one.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scratchwork.observe.behaviours import Behaviours, read, scratch_work
from scratchwork.observe.steps import Step
from scratchwork.reward.grammar import parse
from scratchwork.types import Problem

FOLDER = Path(__file__).parent / "labelled"
PARTS = ("ours", "foreign", "held out", "enumerations")
KINDS = ("claim", "candidate", "check", "backtrack", "second derivation", "equation")
KINDS += ("sub-goal", "enumeration", "assignment")
LABELLED = {"enumerations": ("enumeration",)}  # a part that is labelled for some behaviours only


@dataclass
class Agreement:
    """Counts over all transcripts."""

    hits: int = 0
    missed: int = 0
    made_up: int = 0

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.made_up) if self.hits + self.made_up else 1.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0


@dataclass(frozen=True)
class Transcript:
    """One labelled transcript, and what was read of it. `offset`: where the scratch work starts in the text."""

    row: Mapping[str, Any]
    does: Behaviours
    offset: int

    def labels(self, kind: str, **more: Any) -> list[Mapping[str, Any]]:
        return [x for x in self.row["labels"] if x["kind"] == kind and all(x[k] == v for k, v in more.items())]

    def steps(self, kind: str, **more: Any) -> list[Step]:
        return [x for x in self.does.steps if x.kind == kind and all(getattr(x, k) == v for k, v in more.items())]


def transcripts(part: str) -> Iterator[Transcript]:
    """Of `ours`; `foreign`, and of it those `held out` when the reader was made; or the later `enumerations`."""
    name = "foreign" if part == "held out" else part
    for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if name == "foreign" and row["held_out"] != (part == "held out"):
            continue
        opened = part == "ours"
        does = read(Problem(**row["problem"]), row["text"], opened=opened)
        work = scratch_work(parse(row["text"], opened), does.by)
        yield Transcript(row, does, row["text"].index(work))


def agreements(part: str, why: Callable[[str], None] = lambda line: None) -> dict[str, Agreement]:
    """By behaviour; a false claim, a rejecting check and a right candidate are also counted by themselves."""
    found: dict[str, Agreement] = defaultdict(Agreement)
    special = {
        "false claim": ("claim", {"holds": False}),
        "rejecting check": ("check", {"accepted": False}),
        "right candidate": ("candidate", {"holds": True}),
    }
    for one in transcripts(part):
        for name, (kind, more) in {**{kind: (kind, {}) for kind in KINDS}, **special}.items():
            if name not in LABELLED.get(part, (*KINDS, *special)):
                continue
            left = one.steps(kind, **more)
            for label in one.labels(kind, **more):
                step = next((s for s in left if overlap(s, label, one.offset)), None)
                if step is None:
                    found[name].missed += 1
                    why(f"{one.row['problem']['id']}: missed {name} {label['quote']!r}")
                else:
                    found[name].hits += 1
                    left.remove(step)
            found[name].made_up += len(left)
            for step in left:
                quote = one.row["text"][step.start + one.offset : step.end + one.offset]
                why(f"{one.row['problem']['id']}: made up {name} {quote!r}")
    return dict(found)


def overlap(step: Step, label: Mapping[str, Any], offset: int) -> bool:
    return step.start + offset < label["end"] and label["start"] < step.end + offset


def main() -> None:
    why = print if "--why" in sys.argv else lambda line: None
    found = {part: agreements(part, why) for part in PARTS}
    counts = {part: sum(1 for _ in transcripts(part)) for part in PARTS}
    print("| behaviour |", *(f"{part} ({counts[part]}): labels, precision, recall |" for part in PARTS))
    print("|---|" + "---|" * len(PARTS))
    for name in found["ours"]:
        cells = (found[part].get(name) for part in PARTS)
        print(
            f"| {name} |", *(f"{a.hits + a.missed}, {a.precision:.2f}, {a.recall:.2f} |" if a else "– |" for a in cells)
        )


if __name__ == "__main__":
    main()
