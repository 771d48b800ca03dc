"""A damaged file of a run is a sentence that names it, and one damaged run is in nobody's way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scratchwork.errors import UserError
from scratchwork.runs import RunError, RunFolder, latest_run

EVALUATION: dict[str, Any] = {
    "samples": 2,
    "temperature": 1.0,
    "max_tokens": 9,
    "seed": 1,
    "families": {"apples": {"1": {"problems": 3, "pass@1": 0.5, "pass@1_ci": [0.4, 0.6], "length": 7}}},
}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, "zero", 'name = "zero"\n', "a")


def evaluation(**row: Any) -> dict[str, Any]:
    """EVALUATION with other values in its one row."""
    own = EVALUATION["families"]["apples"]["1"] | row
    return EVALUATION | {"families": {"apples": {"1": own}}}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{}", "step is missing"),
        ("[]", r"it is \[\]; it should be a table"),
        ("3", "it is 3; it should be a table"),
        ('{"step": "1", "stage": "grpo"}', "step is '1'; it should be a valid integer"),
        ('{"step": 1, "stage": null}', "stage is None; it should be a valid string"),
        ('{"step": 1, "stage": "grpo", "accuracy": "0.5"}', "accuracy is '0.5'; it should be a valid number"),
        ('{"step": 1, "stage": "grpo", "loss": [1.0]}', r"loss is \[1.0\]; it should be a valid number"),
        ('{"step": 1, "stage": "grpo", "loss": NaN}', "loss is nan; it should be a finite number"),
        ('{"step": 1, "stage": "grpo", "note": 5}', "note is 5; it should be a valid string"),
    ],
)
def test_a_line_that_is_no_step_is_named(run: RunFolder, line: str, why: str) -> None:
    run.append("grpo", 1, {"loss": float("nan"), "reward": 1})
    with (run.path / "journal.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(RunError, match=rf"journal\.jsonl line 2 is no step of a run: {why}; remove the line"):
        run.journal()


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("progress.json", [], r"it is \[\]; it should be a table"),
        ("progress.json", {"stages": "2"}, "stages is '2'; it should be a valid integer"),
        ("progress.json", {"stages": -1}, "stages is -1; it should be greater than or equal to 0"),
        ("progress.json", {"seconds": {}}, r"seconds is {}; it should be a valid number"),
        ("manifest.json", {"data": ["x"]}, r"data is \['x'\]; it should be a table"),
        ("manifest.json", {"packages": {"torch": 2}}, "packages.torch is 2; it should be a valid string"),
        ("base.json", "x", "it is 'x'; it should be a table"),
        ("base.json", {"recipe": {"name": "b", "corpus": {"habits": {"terse": "1"}}}}, "recipe.corpus.habits.terse is"),
        ("evals/base.json", [1], r"it is \[1\]; it should be a table"),
        ("evals/base.json", EVALUATION | {"families": []}, r"families is \[\]; it should be a table"),
        ("evals/base.json", EVALUATION | {"families": {"apples": {"x": {"problems": 1}}}}, "families.apples.x"),
        ("evals/base.json", EVALUATION | {"classic_apple": 1}, "classic_apple is 1; it should be a table"),
        ("evals/base.json", evaluation(length="7"), "families.apples.1.length is '7'; it should be a valid number"),
        ("evals/base.json", evaluation(problems=0), "families.apples.1.problems is 0; it should be greater than 0"),
        ("evals/base.json", evaluation(**{"pass@1_ci": [0.5]}), "pass@1_ci is .*at least 2 items"),
    ],
)
def test_a_file_of_other_types_is_named_by_what_is_wrong(run: RunFolder, name: str, data: Any, why: str) -> None:
    run.write_eval("base", EVALUATION)
    assert run.evals() == {"base": EVALUATION}
    run.write_json(name, data)
    with pytest.raises(RunError, match=rf"{name} is damaged: .*{why}.*; (restore|remove) it"):
        run.read_json(name)


def test_text_nested_too_deep_is_damage(run: RunFolder) -> None:
    deep = "[" * 100_000
    (run.path / "progress.json").write_text(deep)
    with pytest.raises(RunError, match=r"progress\.json is damaged"):
        run.read_json("progress.json")
    (run.path / "journal.jsonl").write_text(deep + "\n")
    with pytest.raises(RunError, match=r"journal\.jsonl line 1 is not JSON"):
        run.journal()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name = ", "Invalid value"),
        (b"name = 3", "name is 3; it should be a valid string"),
        (b"seed = 1", "name is missing"),
        (b'name = "\xff"', "can't decode byte 0xff"),
        (b'name = "zero"\ntasks = [1]', "tasks.0 is 1; it should be a table"),
        (b'name = "zero"\ngrpo = 1', "grpo is 1; it should be a table"),
    ],
)
def test_a_recipe_that_cannot_be_read(run: RunFolder, content: bytes, why: str) -> None:
    (run.path / "recipe.toml").write_bytes(content)
    for read in (run.recipe, lambda: run.recipe_name):
        with pytest.raises(RunError, match=rf"recipe\.toml is damaged.*{why}.*; restore it from a copy of the run"):
            read()


def test_a_recipe_of_another_version_is_read_all_the_same(run: RunFolder) -> None:
    run.write_text("recipe.toml", 'name = "zero"\nfuture = [1, 2]\n[grpo]\nsteps = 3\nother = "x"\n')
    assert run.recipe() == {"name": "zero", "future": [1, 2], "grpo": {"steps": 3, "other": "x"}}


@pytest.mark.parametrize("damage", ["recipe", "journal", "unreadable"])
@pytest.mark.parametrize("recipe", [None, "zero"])
def test_the_latest_run_is_the_latest_that_can_be_read(tmp_path: Path, capsys, damage: str, recipe: str | None) -> None:
    RunFolder.create(tmp_path, "zero", 'name = "zero"', "good").append("grpo", 1, {})
    bad = RunFolder.create(tmp_path, "zero", 'name = "zero"', "bad")
    if damage == "recipe":
        (bad.path / "recipe.toml").write_text("name")
    elif damage == "journal":
        (bad.path / "journal.jsonl").write_text("{}\n")
    else:
        (bad.path / "journal.jsonl").mkdir()  # what may not be read is no file, even to an administrator
    assert latest_run(tmp_path, recipe).path.name == "good"
    said = capsys.readouterr().err
    assert said.startswith("scratchwork: passed over run bad: ") and said.count("\n") == 1
    (tmp_path / "good" / "recipe.toml").unlink()
    with pytest.raises(UserError, match="there is no run"):
        latest_run(tmp_path, recipe)


def test_every_file_of_a_run_may_hold_more(run: RunFolder) -> None:
    for name in ("progress.json", "manifest.json", "base.json"):
        run.write_json(name, {"more": [1]})
        assert run.read_json(name) == {"more": [1]}
    run.write_json("evals/final.json", EVALUATION | {"more": None})
    assert json.loads((run.path / "evals" / "final.json").read_text()) == run.evals()["final"]
