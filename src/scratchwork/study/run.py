"""Runs what a study has not run yet, a process a run, so that being stopped at any moment loses a few steps at most.

An arm under a seed is a run folder like any other, `ARM-seed-N` in the study's folder: one that is finished is not run
again, one that was stopped goes on, and one that follows another recipe than the study's would is refused. What a run
prints is kept in `logs/`. A run that fails does not keep the others from running.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Literal

from scratchwork.errors import UserError
from scratchwork.files import file_errors
from scratchwork.runs import RunFolder, is_run
from scratchwork.study.arms import Arm, Version

if TYPE_CHECKING:
    from scratchwork.config import Recipe

State = Literal["finished", "stopped", "new"]
Say = Callable[[str], None]


class Interrupted(Exception):
    """Someone asked to stop; every run under way was told so too, and saved."""


@dataclass(frozen=True, slots=True)
class Study:
    """What is run, and where. `extra` are settings of every arm; `threads` of each run, 0 for all free cores."""

    name: str  # emergence, or a recipe
    folder: Path
    arms: tuple[Arm, ...]
    seeds: int
    small: bool = False
    threads: int = 0
    extra: tuple[str, ...] = ()

    def trials(self) -> Iterator[Trial]:
        """Each arm under each seed, all arms of a seed first: a study cut short has seeds that are whole."""
        for seed in range(self.seeds):
            for arm in self.arms:
                yield Trial(self.folder, arm, seed, arm.version(self.small, (*self.extra, f"seed={seed}")))


@dataclass(frozen=True, slots=True)
class Trial:
    """An arm under a seed."""

    root: Path
    arm: Arm
    seed: int
    version: Version

    @property
    def path(self) -> Path:
        return self.root / f"{self.arm.name}-seed-{self.seed}"

    def recipe(self) -> Recipe:
        """Raises RecipeError when it cannot be run."""
        from scratchwork.toml import load_recipe

        return load_recipe(self.version.recipe, self.version.settings)

    def state(self) -> State:
        """How far it is. Raises UserError when its folder is that of another recipe, or cannot be read."""
        if not is_run(self.path):
            return "new"
        from scratchwork.toml import load_recipe

        own, wanted = load_recipe(str(self.path / "recipe.toml")), self.recipe()
        if own.model_copy(update={"threads": wanted.threads}) != wanted:
            differ = [key for key in type(own).model_fields if getattr(own, key) != getattr(wanted, key)]
            raise UserError(
                f"run {self.path} was started with another recipe than this study's ({', '.join(differ)} differ); "
                "give the study another --name, or remove the run"
            )
        done = (RunFolder(self.path).read_json("progress.json") or {}).get("stages", 0)
        return "finished" if done == len(own.stages) else "stopped"

    def command(self, state: State, threads: int) -> list[str]:
        """What runs it, or goes on with it."""
        words = [sys.executable, "-m", "scratchwork", "run"]
        if state == "stopped":
            words += [self.path.name, "--resume"]
        else:
            words += [self.version.recipe, "--name", self.path.name, "--threads", str(threads)]
            words += [word for one in self.version.settings for word in ("--set", one)]
        return [*words, "--runs-root", str(self.root)]


def run_all(study: Study, jobs: int, say: Say) -> None:
    """Run what is left, `jobs` at a time.

    Raises UserError when a run is another recipe's, before any is started, and in the end when some failed; Interrupted
    when someone asked to stop.
    """
    left = [(trial, state) for trial in study.trials() if (state := trial.state()) != "finished"]
    with file_errors(study.folder, "make"):
        (study.folder / "logs").mkdir(parents=True, exist_ok=True)
    crew, failed = Crew(study.threads, say), list[str]()
    with sigterm_interrupts(), ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(crew.run, trial, state): trial for trial, state in left}
        began = time.monotonic()
        try:
            for ended, done in enumerate(as_completed(waiting), 1):
                if done.result():
                    failed.append(waiting[done].path.name)
                if ended < len(left):  # runs differ in length, so this is a rough reckoning
                    minutes = (time.monotonic() - began) / ended * (len(left) - ended) / 60
                    say(f"{ended} of {len(left)} runs ended, about {minutes:.0f} minutes to go")
        except KeyboardInterrupt:
            say("stopping: the runs under way finish their step and save; once more stops them at once")
            crew.stop()
            try:
                pool.shutdown(cancel_futures=True)
            except KeyboardInterrupt:
                crew.stop()
            raise Interrupted("stopped; the same command goes on with what is left") from None
    if failed:
        names, logs = ", ".join(sorted(failed)), study.folder / "logs"
        raise UserError(f"{len(failed)} of {len(left)} runs failed ({names}); the ends of their logs in {logs} say why")


class Crew:
    """The processes under way. They are in sessions of their own, so that a Ctrl-C reaches each of them once."""

    def __init__(self, threads: int, say: Say) -> None:
        self.threads, self.say = threads, say
        self.under_way: set[subprocess.Popen[bytes]] = set()
        self.stopping = threading.Event()

    def run(self, trial: Trial, state: State) -> int:
        """One run to its end; its exit status."""
        name, log = trial.path.name, trial.root / "logs" / f"{trial.path.name}.log"
        if self.stopping.is_set():
            return 130
        self.say(f"{name}: {'goes on' if state == 'stopped' else 'begins'}")
        with file_errors(log), log.open("ab") as out:
            command = trial.command(state, self.threads)
            with subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True) as process:
                self.under_way.add(process)
                status = process.wait()
                self.under_way.discard(process)
        self.say(f"{name}: {'done' if not status else f'ended with status {status}, see {log}'}")
        return status

    def stop(self) -> None:
        """Ask every run to stop as Ctrl-C does, and begin no other."""
        self.stopping.set()
        for process in list(self.under_way):
            process.send_signal(signal.SIGINT)


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Within the block SIGTERM is a Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
