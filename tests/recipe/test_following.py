"""The problems that are asked again: held out, the same each time, and nothing is learnt of them."""

from __future__ import annotations

import json

import pytest
import torch

from scratchwork.model.checkpoint import checkpoints, load_checkpoint
from scratchwork.recipe import world
from scratchwork.tasks.apples import classic_apple_problem
from scratchwork.tasks.base import is_held_out
from scratchwork.toml import load_recipe


def test_what_is_asked_is_held_out_and_of_every_kind() -> None:
    recipe = load_recipe("zero")
    problems = world.followed_problems(recipe)
    assert problems[0] == classic_apple_problem()
    assert len({problem.id for problem in problems}) == len(problems) == recipe.held_out.problems
    assert all(is_held_out(problem) for problem in problems)
    kinds = {(share.family, level) for share in recipe.tasks for level in share.levels}
    assert {(problem.family, problem.level) for problem in problems[1:]} == kinds
    assert problems == world.followed_problems(recipe.model_copy(update={"seed": 5}))


def test_a_file_too_short_to_hold_any_out_is_left_out(recipe, tmp_path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({"question": "What is 1+1?", "answer": "2"}) + "\n")
    own = recipe(tasks=[{"family": "jsonl", "path": str(path), "levels": [1]}])
    assert world.followed_problems(own) == [classic_apple_problem()]


def test_the_same_problems_each_time(recipe, run_to_end) -> None:
    run = run_to_end(recipe(), "r")
    tables = [run.read_held_out(step) for step in run.held_out_steps()]
    asked = [[(row["problem_id"], row["step"]) for row in table] for table in tables]
    assert [len(table) for table in tables] == [3 * 2] * 3
    assert [{step for _, step in own} for own in asked] == [{0}, {4}, {6}]
    assert len({tuple(problem for problem, _ in own) for own in asked}) == 1
    lines = [line for line in run.journal() if line["stage"] == "held_out"]
    assert all({"pass@1", "pass@2", "reflection/rate", "completions/mean_length"} <= set(line) for line in lines)
    assert lines[0]["pass@1"] == pytest.approx(lines[0]["accuracy"])


def test_asking_changes_nothing_of_the_training(recipe, run_to_end) -> None:
    runs = [run_to_end(recipe(held_out={"every": every}), f"every-{every}") for every in (0, 1)]
    weights = [load_checkpoint(checkpoints(run.path / "checkpoints")[-1]).model.state_dict() for run in runs]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert runs[0].held_out_steps() == []
