"""The aha moments of a run, found once and kept, in the background: reading what responses do takes seconds a step.

An answer tells what has been found so far, and how many steps are waiting. Of a long run evenly chosen steps are read.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scratchwork.observe.aha import Moment, common_from, find_moment
from scratchwork.observe.behaviours import read
from scratchwork.observe.finder import Example, keep
from scratchwork.observe.steps import Candidate
from scratchwork.rollout_table import problem_of
from scratchwork.watch.shards import Shard, Shards, Unreadable

KINDS = ("slip", "search", "false")
EXAMPLES = 10  # of each kind

Best = dict[str, dict[str, Example]]  # by kind, then problem


@dataclass(slots=True)
class Seen:
    """What one family's answers in one step had; the family None: all of them."""

    counts: Counter[str] = field(default_factory=Counter)
    judged: int = 0
    unread: int = 0  # answers that nothing tells how to judge


@dataclass
class Moments:
    """What was found in a run's rollouts. Any thread may ask."""

    shards: Shards
    most: int = 300  # steps to read; each takes a tenth of a second
    examples: int = EXAMPLES
    seen: dict[int, tuple[Shard, dict[str | None, Seen]]] = field(default_factory=dict)
    best: dict[str | None, Best] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    worker: threading.Thread | None = None
    closing: bool = False

    def close(self) -> None:
        self.closing = True
        if self.worker is not None:
            self.worker.join()

    def answer(self, family: str | None) -> dict[str, Any]:
        """What has been found so far, in all families or in one; "waiting": steps still to be read."""
        waiting = self.catch_up()
        with self.lock:
            seen = [(step, own[family]) for step, (_, own) in sorted(self.seen.items()) if family in own]
            examples = [
                example
                for kind in KINDS
                for example in sorted(self.best.get(family, {}).get(kind, {}).values(), key=lambda e: e.moment.rank)
            ]
        told = [(step, {kind: own.counts[kind] / own.judged for kind in KINDS}) for step, own in seen if own.judged]
        return {
            "examples": [shown(example) for example in examples],
            "shares": [{"step": step, **own} for step, own in told],
            "common_from": {kind: common_from([(step, own[kind]) for step, own in told]) for kind in KINDS},
            "unread": sum(own.unread for _, own in seen),
            "waiting": waiting,
        }

    def catch_up(self) -> int:
        """Have the background read what is new; how many steps it has to."""
        there = self.shards.listed()
        listed = list(there.values())[:: stride(len(there), self.most)]
        with self.lock:
            if any(there.get(step) != shard for step, (shard, _) in self.seen.items()):
                self.seen, self.best = {}, {}  # the run went back and on: what was best may be gone
            new = [shard for shard in listed if shard.step not in self.seen]
            if new and (self.worker is None or not self.worker.is_alive()):
                self.worker = threading.Thread(target=self.read_all, args=(new,), daemon=True)
                self.worker.start()
        return len(new)

    def wait(self) -> None:
        """Until all that is there is read, or nothing more can be."""
        left = self.catch_up()
        while left and self.worker is not None:
            self.worker.join()
            before, left = left, self.catch_up()
            if left >= before:
                return

    def read_all(self, shards: list[Shard]) -> None:
        for shard in shards:
            if self.closing:
                return
            self.read_one(shard)

    def read_one(self, shard: Shard) -> None:
        """Find the moments of one step."""
        own: dict[str | None, Seen] = {None: Seen()}
        judged: dict[str, dict[str, Candidate]] = {}
        found: list[tuple[dict[str, Any], Moment]] = []
        try:
            rows = self.shards.rows(shard)
        except Unreadable:
            rows = []
        for row in rows:
            ones = own[None], own.setdefault(row["family"], Seen())
            moment, known = look(row, judged)
            for one in ones:
                one.judged += known
                one.unread += not known
                if moment is not None:
                    one.counts[moment.kind] += 1
            if moment is not None:
                found.append((row, moment))
        with self.lock:
            self.seen[shard.step] = shard, own
            for row, moment in found:
                for family in (None, row["family"]):
                    best = self.best.setdefault(family, {kind: {} for kind in KINDS})
                    keep(best[moment.kind], {**row, "step": shard.step}, moment, self.examples)


def stride(count: int, most: int) -> int:
    """Every how manieth step is read: a power of two, so that as a run grows what was read stays among what is.

    >>> stride(300, 300), stride(301, 300), stride(4000, 300)
    (1, 2, 16)
    """
    every = 1
    while count > every * most:
        every *= 2
    return every


def look(row: Mapping[str, Any], judged: dict[str, dict[str, Candidate]]) -> tuple[Moment | None, bool]:
    """The best moment of an answer, and whether it could be judged at all."""
    if not row["verifier"] or None in (row["problem_id"], row["family"], row["prompt"], row["gold"], row["text"]):
        return None, False
    try:
        asked = problem_of(row)
        if not isinstance(asked.data, dict):
            return None, False
        does = read(asked, row["text"], judged=judged.setdefault(row["problem_id"], {}))
    except (ValueError, TypeError, KeyError, RecursionError):  # data that no writer of ours left
        return None, False
    return find_moment(does, row["correct"]), True


def shown(example: Example) -> dict[str, Any]:
    return {
        "kind": example.moment.kind,
        "step": example.step,
        "family": example.family,
        "prompt": example.prompt,
        "before": example.before,
        "during": example.during,
        "dropped": example.moment.dropped,
        "kept": example.moment.kept,
    }
