"""The run folder that a foreign folder is taken over into: where it is, and what is in it before the first step."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from scratchwork.errors import UserError, suggestion
from scratchwork.foreign.follower import Follower
from scratchwork.foreign.lengths import find_tokenizer, in_pieces, in_tokens
from scratchwork.foreign.source import ForeignError, Source
from scratchwork.foreign.trl import TrlFolder
from scratchwork.foreign.verdict import Verdicts
from scratchwork.foreign.verl import VerlFolder
from scratchwork.observe.text import visible
from scratchwork.runs import RunFolder, is_run

SOURCES: dict[str, Callable[[Path, Sequence[Path]], Source]] = {"trl": TrlFolder, "verl": VerlFolder}
PAUSE = 2.0  # seconds between two looks at a folder that is watched


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user may say beside the folder: logs elsewhere, the tokenizer, and which score is the verdict."""

    logs: tuple[Path, ...] = ()
    tokenizer: Path | None = None  # a tokenizer.json, or a folder that has one
    correct: str | None = None


def follow_foreign(kind: str, folder: Path, run: Path, wanted: Wanted | None = None) -> Follower:
    """A follower of `folder` into the run folder `run`, which is made or gone on with. Nothing is read yet.

    Raises ForeignError when `folder` is not of this kind or `run` is of something else, RunError when another process
    writes it.
    """
    wanted = wanted or Wanted()
    if kind not in SOURCES:
        raise ForeignError(f"{kind!r} is no trainer whose runs can be read; {suggestion(kind, SOURCES)}")
    if not folder.is_dir():
        raise ForeignError(f"{folder} is not a folder; give the one that {kind} wrote its completions into")
    source = SOURCES[kind](folder, wanted.logs)
    if is_run(run) and not (run / "foreign.json").exists():
        raise ForeignError(f"{run} is a run that was not taken over from elsewhere; choose another --name")
    recipe = recipe_toml(kind, source.folder)
    if is_run(run):
        opened = RunFolder.open(run)
        if (run / "recipe.toml").read_text() != recipe:
            opened.close()
            raise ForeignError(f"{run} was taken over from another folder; choose another --name")
    else:
        opened = RunFolder.create(run.parent, kind, recipe, run.name)
        opened.write_json("foreign.json", {})
    found = find_tokenizer(wanted.tokenizer or source.folder) if not is_file(wanted.tokenizer) else wanted.tokenizer
    if found is None and wanted.tokenizer is not None:
        raise ForeignError(f"{wanted.tokenizer} has no tokenizer.json; give the folder of the model that was trained")
    return Follower(source, opened, Verdicts(wanted.correct), in_tokens(found) if found else in_pieces)


def is_file(path: Path | None) -> bool:
    return path is not None and path.is_file()


def recipe_toml(kind: str, folder: Path) -> str:
    """A recipe that says where the run is from. Only the folder's own name: a run can be given away as it is."""
    name = json.dumps(folder.resolve().name)
    digest = hashlib.blake2s(str(folder.resolve()).encode(errors="replace"), digest_size=8).hexdigest()
    return (
        f"name = {json.dumps(kind)}\ndescription = {json.dumps(f'taken over from a run of {kind}')}\nstages = []\n\n"
        f"[foreign]\nkind = {json.dumps(kind)}\nfolder = {name}\ndigest = {json.dumps(digest)}  # of its whole path\n"
    )


def cache_of(kind: str, folder: Path) -> Path:
    """Where a folder that is only watched is taken over into: in the user's cache, never beside what is theirs."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.blake2s(str(folder.resolve()).encode(errors="replace"), digest_size=4).hexdigest()
    return root / "scratchwork" / "foreign" / f"{folder.resolve().name or kind}-{digest}"


@dataclass
class ForeignRuns:
    """A foreign folder as runs to watch: whoever asks for them gets what is in the folder now."""

    follower: Follower
    at: float = 0.0  # of the last look
    trouble: str = ""  # of the last look, said on stderr when it is another one
    lock: Lock = field(default_factory=Lock)

    def all(self) -> list[RunFolder]:
        """The one run. Only one asker at a time looks into the folder, the others take what there is."""
        if time.monotonic() - self.at > PAUSE and self.lock.acquire(blocking=False):
            try:
                self.follower.refresh()
            except UserError as error:
                if str(error) != self.trouble:
                    self.trouble = str(error)
                    print(f"scratchwork: {visible(self.trouble, 1_000)}", file=sys.stderr)
            finally:
                self.at = time.monotonic()
                self.lock.release()
        return [self.follower.run]


def open_foreign(kind: str, folder: Path, wanted: Wanted | None = None) -> ForeignRuns:
    """Take `folder` over into the cache and go on doing so. Raises what `follow_foreign` and `refresh` raise."""
    follower = follow_foreign(kind, folder, cache_of(kind, folder), wanted)
    follower.refresh()
    return ForeignRuns(follower, time.monotonic())
