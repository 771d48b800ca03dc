"""Every question about runs, answered: a request path and its query to what goes back as JSON.

It knows nothing of HTTP, so that a server and a report frozen into a file give the same answers. Per run it keeps what
has been read, so that the next look costs what is new.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from scratchwork.errors import UserError
from scratchwork.runs import RunFolder
from scratchwork.watch import followed, groups, questions, states
from scratchwork.watch.index import Index
from scratchwork.watch.lines import Journal
from scratchwork.watch.moments import Moments
from scratchwork.watch.overview import overview
from scratchwork.watch.shards import Shards
from scratchwork.watch.sources import NotHere, Source, find
from scratchwork.watch.tokens import Tokens
from scratchwork.watch.transcripts import side_by_side

KEPT = 8  # runs of which what was read stays in memory

Query = Mapping[str, Any]
T = TypeVar("T")


@dataclass
class Open:
    """What has been read of a run."""

    run: RunFolder
    journal: Journal
    rollouts: Shards
    held_out: Shards
    moments: Moments
    lock: threading.RLock = field(default_factory=threading.RLock)
    index: Index | None = None

    @classmethod
    def of(cls, run: RunFolder, most_read: int) -> Open:
        journal, rollouts = Journal(run.path / "journal.jsonl", settings=settings(run)), Shards(run.path / "rollouts")
        return cls(run, journal, rollouts, Shards(run.path / "held_out"), Moments(rollouts, most_read))

    def fresh(self) -> Journal:
        """The journal as it is now. To be used under the lock."""
        try:
            self.journal.refresh()
        except OSError as error:
            raise UserError(f"the journal cannot be read: {error.strerror}") from error
        return self.journal

    def searched(self) -> Index:
        with self.lock:
            if self.index is None:
                self.index = Index(self.rollouts)
            return self.index

    def close(self) -> None:
        self.moments.close()
        self.journal.rounds.closing = True
        if self.index is not None:
            self.index.close()


@dataclass
class Desk:
    """Answers about the runs of a source. Any number of threads may ask; `close` when the last has."""

    source: Source
    begin: Callable[[str], Path] | None = None  # see Tokens
    most_read: int = 300  # steps in which moments are looked for
    opened: OrderedDict[Path, Open] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.begin)

    def answer(self, parts: tuple[str, ...], query: Query) -> dict[str, Any]:
        """The answer to a path, taken apart and decoded, below /v1/watch.

        Raises NotHere when there is no such thing, UserError when the question is wrong.
        """
        match parts:
            case ("runs",):
                questions.understood(query, questions.Question)
                return states.list_all(self.source)
            case ("search",):
                asked = questions.understood(query, questions.Search)
                return self.open(asked.run).searched().search(asked)
            case ("runs", name, *rest):
                return self.about(self.open(name), tuple(rest), query)
        raise NotHere(f"there is nothing at /{'/'.join(parts)[:200]}")

    def about(self, own: Open, parts: tuple[str, ...], query: Query) -> dict[str, Any]:
        match parts:
            case ():
                questions.understood(query, questions.Question)
                with own.lock:
                    return overview(own.run, own.fresh(), own.rollouts)
            case ("journal",):
                lines = questions.understood(query, questions.Lines)
                with own.lock:
                    return own.fresh().answer(lines.stage, lines.after, lines.most)
            case ("ahas",):
                return own.moments.answer(questions.understood(query, questions.Family).family or None)
            case ("steps",):
                questions.understood(query, questions.Question)
                return {"steps": list(own.rollouts.listed())}
            case ("steps", step, "groups", *rest):
                return self.of_step(own, whole(step), tuple(rest), query)
            case ("followed",):
                questions.understood(query, questions.Question)
                return followed.list_followed(own.held_out)
            case ("followed", problem):
                return followed.follow(own.held_out, problem, questions.understood(query, questions.Samples).samples)
            case ("transcripts",):
                questions.understood(query, questions.Question)
                return {"transcripts": side_by_side(own.run)}
        raise NotHere(f"a run has nothing called {'/'.join(parts)[:200]!r}")

    def of_step(self, own: Open, step: int, parts: tuple[str, ...], query: Query) -> dict[str, Any]:
        """The groups of a step, one of them, an answer, or its tokens."""
        match parts:
            case ():
                page = questions.understood(query, questions.Page)
                rows = own.rollouts.rows(own.rollouts.of(step))
                return groups.list_groups(rows, page.family or None, page.offset, page.limit)
            case (problem, *rest):
                asked = questions.understood(query, questions.Answer)
                shards = own.held_out if asked.from_ == "held_out" else own.rollouts
                return self.of_group(own, shards, step, shards.rows(shards.of(step), problem), tuple(rest))
        raise NotHere("a step has groups and nothing else")

    def of_group(
        self, own: Open, shards: Shards, step: int, rows: list[dict[str, Any]], parts: tuple[str, ...]
    ) -> dict[str, Any]:
        match parts:
            case ():
                return groups.one_group(rows)
            case (sample,):
                return groups.one_rollout(rows, whole(sample))
            case (sample, "tokens"):
                row = groups.one_row(rows, whole(sample))
                with own.lock:
                    journal = own.fresh()
                updates = step if shards is own.held_out else step - 1  # a step answers before it learns
                return self.tokens.answer(own.run, journal, updates, row)
        raise NotHere(f"a group has no {'/'.join(parts)[:200]}")

    def open(self, name: str) -> Open:
        """What is known of the run of that name. Raises NotHere."""
        run = find(self.source, name)
        with self.lock:
            own = self.opened.pop(run.path, None) or Open.of(run, self.most_read)
            self.opened[run.path] = own
            old = self.opened.popitem(last=False)[1] if len(self.opened) > KEPT else None
        if old is not None:
            threading.Thread(target=old.close, daemon=True).start()  # it may have to wait for its own reading
        return own

    def close(self) -> None:
        """Stop reading, and remove what was kept outside the runs."""
        with self.lock:
            opened, self.opened = list(self.opened.values()), OrderedDict()
        for own in opened:
            own.close()


def settings(run: RunFolder) -> Mapping[str, Any]:
    """The recipe's table of reinforcement learning, as far as there is one that can be read."""
    try:
        table = run.recipe().get("grpo")
    except UserError:
        return {}
    return table if isinstance(table, Mapping) else {}


def whole(text: str) -> int:
    """A number in a path. Raises NotHere for what is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise NotHere(f"{text[:40]!r} is not a whole number")
    return int(text)
