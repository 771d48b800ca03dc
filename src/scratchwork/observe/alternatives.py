"""Alternatives gone through one after another: cases by number, values of a letter, things tried."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

FAR = 250  # characters from the end of one alternative to the start of the next
FAR_CASES = 1_500  # where they are called cases: one may be a page
FEWEST = 3
FEWEST_CASES = 2  # where they are called cases
JOINED = 60  # characters between two enumerations that are one: the pairs listed, then each of them tested

Place = tuple[int, int]


@dataclass(slots=True)
class Going:
    """A run of alternatives of one sort that may go on."""

    sort: Hashable
    place: Place
    different: set[str] = field(default_factory=set)


class Alternatives:
    """Runs of alternatives of one sort. The same one twice counts once.

    A letter's values end with those of another letter, but neither ends cases: each case has letters of its own.

    >>> seen = Alternatives()
    >>> for i, value in enumerate("1233"):
    ...     seen.add("letter", "n", value, (10 * i, 10 * i + 5))
    >>> seen.finish()
    [(0, 35)]
    """

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.going: dict[str, Going] = {}

    def add(self, kind: str, sort: Hashable, which: str, place: Place) -> None:
        run = self.going.get(kind)
        if run is None or run.sort != sort or place[0] - run.place[1] > (FAR_CASES if kind == "case" else FAR):
            self.end(kind)
            run = self.going[kind] = Going(sort, place)
        run.different.add(which)
        run.place = run.place[0], max(run.place[1], place[1])
        self.reach(place[1])

    def reach(self, end: int) -> None:
        """Work on the alternatives goes on to `end`."""
        for run in self.going.values():
            if 0 <= end - run.place[1] <= FAR:
                run.place = run.place[0], end

    def end(self, kind: str) -> None:
        run = self.going.pop(kind, None)
        if run is not None and len(run.different) >= (FEWEST_CASES if kind == "case" else FEWEST):
            self.places.append(run.place)

    def finish(self) -> list[Place]:
        """Where the runs that were long enough are."""
        for kind in list(self.going):
            self.end(kind)
        return self.places


def merged(places: Iterable[Place]) -> list[Place]:
    """Enumerations that overlap, or all but touch, are one that was seen in two ways.

    >>> merged([(300, 400), (0, 50), (40, 90), (100, 120)])
    [(0, 120), (300, 400)]
    """
    found: list[Place] = []
    for start, end in sorted(places):
        if found and start - found[-1][1] <= JOINED:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
