"""Runs to watch: one that was really trained, and one whose answers writers gave, since a small model says nothing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scratchwork.recipe.job import Job
from scratchwork.recipe.models import find_model
from scratchwork.recipe.stages import run_stages
from scratchwork.runs import RunFolder
from scratchwork.serve.door import Rules
from scratchwork.serve.watching import create_watch_app
from scratchwork.tasks.corpus import TASKS
from scratchwork.toml import parse_recipe
from scratchwork.watch.desk import Desk
from scratchwork.watch.sources import Runs
from tests.observe.conftest import RECIPE, group, step_line, write_eval
from tests.recipe.conftest import TABLE, Watcher
from tests.recipe.conftest import base as base  # a fixture

STAGES = ["eval", "grpo", "eval"]
FAMILIES = ("apples", "countdown")
Get = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def trained(base: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Six steps of a very small model, with checkpoints after 2, 4 and 6."""
    held_out = {"every": 2, "problems": 3, "samples": 2}
    recipe = parse_recipe({**TABLE, "base": str(base), "stages": STAGES, "held_out": held_out})
    with Job.begin(recipe, tmp_path_factory.mktemp("trained"), "small-1") as job:
        run_stages(job, Watcher())
    return job.run


def write_run(root: Path, name: str = "zero-1", steps: int = 5) -> RunFolder:
    """A run whose answers get better from step to step, with both evaluations and problems asked again."""
    run = RunFolder.create(root, "zero", RECIPE, name)
    run.write_json("progress.json", {"stages": 4, "seconds": 60.0, "peak_memory_mb": 500.0})
    rng = random.Random(0)
    drawn = [[TASKS[family]().draw(rng, 1 + i % 2) for family in FAMILIES for i in range(2)] for _ in range(steps + 1)]
    for step in range(steps + 1):
        label = "final" if step > steps // 2 else "base"
        if step:
            run.append("grpo", step, step_line(step, steps))
            run.write_rollouts(step, [group(problem, label, 4) for problem in drawn[step]])
        if step % 2 == 0:
            run.append("held_out", step, {"accuracy": 0.25 + step / 20, "pass@8": 0.5})
            run.write_held_out(step, [group(problem, label, 3) for problem in drawn[0]])
    for label in ("base", "final"):
        write_eval(run, label)
    run.close()
    return run


@pytest.fixture
def written(whole: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of one's own, to damage."""
    shutil.copytree(whole.path, tmp_path / "runs" / whole.path.name)
    return RunFolder(tmp_path / "runs" / whole.path.name)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A whole run; to be read only."""
    return write_run(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def desk_of() -> Iterator[Callable[[RunFolder], Desk]]:
    """A desk for the folder that a run is in; closed at the end."""
    desks: list[Desk] = []

    def make(run: RunFolder) -> Desk:
        desks.append(Desk(Runs(run.path.parent), find_model))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def ask(desk_of: Callable[[RunFolder], Desk]) -> Callable[[RunFolder], Get]:
    """`ask(run)("journal", stage="grpo")`: what the desk answers about the run."""

    def of(run: RunFolder) -> Get:
        desk = desk_of(run)
        return lambda *parts, **query: desk.answer(
            ("runs", run.path.name, *map(str, parts)), {name: str(value) for name, value in query.items()}
        )

    return of


@pytest.fixture
def client(whole: RunFolder) -> Iterator[TestClient]:
    """Over HTTP, behind the door."""
    app = create_watch_app(Desk(Runs(whole.path.parent), find_model), Rules())
    with TestClient(app, base_url="http://localhost") as client:
        yield client
