"""Alternatives gone through one after another: cases by number, values of a letter, things tried."""

from __future__ import annotations

from collections.abc import Hashable

FAR = 250  # characters from the end of one alternative to the start of the next
FEWEST = 3
FEWEST_CASES = 2  # where they are called cases

Place = tuple[int, int]


class Alternatives:
    """Runs of alternatives of one sort. The same one twice counts once.

    >>> seen = Alternatives()
    >>> for i, value in enumerate("1233"):
    ...     seen.add("n", value, (10 * i, 10 * i + 5))
    >>> seen.finish()
    [(0, 35)]
    """

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.sort: Hashable = None
        self.different: set[str] = set()
        self.place: Place = (0, 0)

    def add(self, sort: Hashable, which: str, place: Place) -> None:
        if sort != self.sort or place[0] - self.place[1] > FAR:
            self.finish()
            self.sort, self.place = sort, place
        self.different.add(which)
        self.place = self.place[0], max(place[1], self.place[1])

    def reach(self, end: int) -> None:
        """Work on the alternative goes on to `end`."""
        if self.different and end - self.place[1] <= FAR:
            self.place = self.place[0], end

    def finish(self) -> list[Place]:
        """Where the runs that were long enough are."""
        if len(self.different) >= (FEWEST_CASES if self.sort == "case" else FEWEST):
            self.places.append(self.place)
        self.sort, self.different = None, set()
        return self.places
