"""Takes a foreign folder over into a run folder, and what comes new in it afterwards.

foreign.json in the run says which files were taken over, in which state and by which rules. A step is made anew when
its file, its line of the log or a rule has changed, and goes when its file has gone: the run is what the folder is now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scratchwork.answers import Answers
from scratchwork.files import atomic_write
from scratchwork.foreign.convert import Rules, convert
from scratchwork.foreign.lengths import Cut, in_pieces
from scratchwork.foreign.logs import modified
from scratchwork.foreign.source import Kind, Log, Shard, Source
from scratchwork.foreign.verdict import Verdicts
from scratchwork.rollout_table import rows_to_parquet
from scratchwork.runs import RunFolder

STAGES: dict[Kind, str] = {"rollouts": "grpo", "held_out": "held_out"}
AT_ONCE = 50  # steps after which what was taken over is written, so that it can be looked at

Line = dict[str, Any]
Key = tuple[str, int]  # stage and step


@dataclass
class Follower:
    """A foreign folder and the run that is made of it; `unread` says what could not be read, by the file's name."""

    source: Source
    run: RunFolder
    verdicts: Verdicts
    cut: Cut = in_pieces
    rules: Rules = field(init=False)
    unread: dict[str, str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)  # file -> mark of what it was made of
    looked: dict[Path, tuple[int, int]] = field(default_factory=dict)  # files whose scores were seen, by their state
    scale: float = 1.0  # from words and signs to tokens, as the newest step that tells has it
    gaps: list[int] = field(default_factory=list)  # steps that only the log tells of
    written: float = 0.0  # when the trainer last wrote; seconds since the epoch, 0 when that was never seen

    def __post_init__(self) -> None:
        known = self.run.read_json("foreign.json") or {}
        self.taken, self.scale = dict(known.get("taken", {})), known.get("scale", 1.0)
        self.written = known.get("written", 0.0)
        self.rules = Rules(None, {}, self.cut)

    def refresh(self) -> bool:
        """Take over what is new or has changed; whether anything was. Raises ForeignError for a verdict not to be had,
        FileError when the run cannot be written."""
        log, shards = self.source.log(), [shard for shard in self.source.shards() if state_of(shard.path)]
        if not shards:  # moved away, or on a disk that is not there: no reason to forget what was taken over
            return False
        self.look(shards)
        weights = self.source.weights(list(self.verdicts.values), log)
        self.rules = Rules(self.verdicts.column(weights), weights, self.cut)
        logs = {shard: log.get(shard.step, {}) if shard.kind == "rollouts" else {} for shard in shards}
        marks = {shard: self.mark(shard, line) for shard, line in logs.items()}
        stale = [shard for shard, mark in marks.items() if self.taken.get(name_of(shard)) != mark]
        lines = {(line["stage"], line["step"]): line for line in self.run.journal()}
        kept = dict(lines)
        self.drop_gone(shards)
        self.settle(log, shards, lines)
        before, self.written = self.written, max([self.written, *map(modified, self.source.files())])
        for i in range(0, len(stale), AT_ONCE):
            for shard in stale[i : i + AT_ONCE]:
                lines[STAGES[shard.kind], shard.step] = self.take(shard, logs[shard])
                self.taken[name_of(shard)] = marks[shard]
            self.write(lines)
        if not stale and lines != kept:
            self.write(lines)
        elif not stale and self.written != before:
            self.write_known()
        return bool(stale) or lines != kept

    def look(self, shards: Iterable[Shard]) -> None:
        """See the scores of the files that are new: the rules are about all of them."""
        for shard in shards:
            state = state_of(shard.path)
            if state and self.looked.get(shard.path) != state:
                self.verdicts.see(self.source.read(shard)[0])
                self.looked[shard.path] = state

    def mark(self, shard: Shard, line: dict[str, float]) -> str:
        """What a step is made of, as a digest."""
        parts = [state_of(shard.path), line, self.rules.verdict, self.rules.weights, self.cut is in_pieces]
        return hashlib.blake2s(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()

    def take(self, shard: Shard, log: dict[str, float]) -> Line:
        """Write the table of a step; its line of the journal."""
        state = state_of(shard.path)
        answers, why = self.source.read(shard)
        self.unread.pop(name_of(shard), None)
        if why:
            self.unread[name_of(shard)] = why
        metrics: dict[str, float] = dict(log)
        table = Answers(self.run.path / shard.kind).path(shard.step)
        if answers:
            made = convert(shard, answers, self.rules, log, self.scale)
            atomic_write(table, rows_to_parquet(made.rows))
            metrics, self.scale = made.metrics, made.scale
        else:
            table.unlink(missing_ok=True)
        when = {"time": state[1] / 1e9} if state else {}
        line = {"step": shard.step, "stage": STAGES[shard.kind], **when, **metrics}
        return line | ({"note": why} if why else {})

    def drop_gone(self, shards: Sequence[Shard]) -> None:
        """Forget the steps whose files are not there any more."""
        there = {name_of(shard) for shard in shards}
        for name in [name for name in self.taken if name not in there]:
            kind, _, step = name.partition("/")
            Answers(self.run.path / kind).path(int(step)).unlink(missing_ok=True)
            del self.taken[name]
            self.unread.pop(name, None)

    def settle(self, log: Log, shards: Sequence[Shard], lines: dict[Key, Line]) -> None:
        """Leave the lines of steps that there are, and of those that only the log tells of."""
        there = {(STAGES[shard.kind], shard.step) for shard in shards}
        self.gaps = sorted(step for step in log if ("grpo", step) not in there)
        for key in [key for key in lines if key not in there]:
            del lines[key]
        for step in self.gaps:
            lines["grpo", step] = {"step": step, "stage": "grpo", **log[step]}

    def write(self, lines: dict[Key, Line]) -> None:
        """The journal anew, and what has been taken over."""
        ordered = sorted(lines.values(), key=lambda line: (line["step"], line["stage"]))
        self.run.write_text("journal.jsonl", "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in ordered))
        self.write_known()

    def write_known(self) -> None:
        """What has been taken over, by which rules, and when the trainer last wrote."""
        known = {"taken": self.taken, "verdict": self.rules.verdict, "scale": self.scale, "written": self.written}
        self.run.write_json("foreign.json", known)

    def sentences(self) -> list[str]:
        """What was taken how, and what is missing."""
        steps, verdict = len([name for name in self.taken if name.startswith("rollouts/")]), self.rules.verdict
        said = [f"{steps:,} steps of {self.source.name} in {self.run.path}"]
        said.append(
            f"right is what has {verdict!r} above 0"
            if verdict
            else "no score says what is right; name one by --correct"
        )
        if len(self.rules.weights) > 1:
            listed = ", ".join(f"{weight:g} x {name}" for name, weight in self.rules.weights.items())
            said.append(f"the reward is {listed}")
        if self.cut is in_pieces:
            said.append("lengths are counted in words and signs, scaled to the log's tokens; exact ones by --tokenizer")
        if self.gaps:
            listed = ", ".join(map(str, self.gaps[:5])) + (", ..." if len(self.gaps) > 5 else "")
            said.append(f"the log tells of steps that have no completions: {listed}")
        return said + [f"passed over: {why}" for why in self.unread.values()]


def name_of(shard: Shard) -> str:
    return f"{shard.kind}/{shard.step}"


def state_of(path: Path) -> tuple[int, int] | None:
    """Size and time of a file, which change when it does; None when it has gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
