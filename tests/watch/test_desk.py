"""Every question, asked of a run that was trained and of one that writers wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scratchwork.errors import UserError
from scratchwork.observe.evals import compared_rows
from scratchwork.runs import RunFolder
from scratchwork.watch.desk import Desk
from scratchwork.watch.sources import NotHere
from tests.watch.conftest import Get

Asks = Callable[[RunFolder], Get]


def test_the_list_says_how_every_run_stands(trained: RunFolder, desk_of: Callable[[RunFolder], Desk]) -> None:
    (line,) = desk_of(trained).answer(("runs",), {})["runs"]
    assert line["name"] == "small-1" and line["recipe"] == "small" and line["state"] == "finished"
    assert (line["stage"], line["step"], line["steps"]) == ("grpo", 6, 6)
    assert line["accuracy"] == pytest.approx(trained.journal()[-1].get("accuracy", line["accuracy"]))
    assert line["written"] == trained.last_written()


def test_a_run_on_one_page(trained: RunFolder, ask: Asks) -> None:
    page = ask(trained)()
    assert page["toml"] == (trained.path / "recipe.toml").read_text()
    assert page["missing"] == [] and page["failed"] is None and page["eta"] is None
    assert set(page["evaluations"]) == {"base", "final"}
    table = trained.read_json("evals/base.json")["families"]
    assert {name: own["1"] for name, own in page["evaluations"]["base"].items() if name != "all"} == {
        name: own["1"] for name, own in table.items() if name != "all"
    }
    assert {name: own["all"] for name, own in page["evaluations"]["base"].items()} == compared_rows(table)
    assert page["classic_apple"]["final"] == trained.read_json("evals/final.json")["classic_apple"]
    assert page["cost"]["seconds"] == trained.read_json("progress.json")["seconds"] > 0
    assert page["manifest"]["seeds"]["run"] == 0
    assert {claim["text"]["en"] for claim in page["claims"]} >= {"Accuracy on held-out problems climbs"}
    assert page["headline"][0]["en"].startswith("6 steps of reinforcement learning")
    assert page["headline"][0]["zh"].startswith("6 步的强化学习")


def test_the_journal_is_the_journal(trained: RunFolder, ask: Asks) -> None:
    told = ask(trained)("journal")
    lines = [line for line in trained.journal() if line["stage"] == "grpo"]
    assert told["step"] == [line["step"] for line in lines] and told["stages"] == ["held_out", "grpo"]
    assert told["time"] == [line["time"] for line in lines]
    for name in ("reward", "completions/mean_length", "grad_norm"):
        assert told["series"][name] == pytest.approx([line[name] for line in lines], rel=1e-6)
    assert ask(trained)("journal", stage="held_out")["step"] == [0, 2, 4, 6]
    assert ask(trained)("journal", stage="nothing")["step"] == []


def test_groups_are_those_of_the_step(trained: RunFolder, ask: Asks) -> None:
    get = ask(trained)
    assert get("steps") == {"steps": [1, 2, 3, 4, 5, 6]}
    told, rows = get("steps", 3, "groups"), trained.read_rollouts(3)
    assert told["total"] == 2 and [len(own["rewards"]) for own in told["groups"]] == [4, 4]
    assert [reward for own in told["groups"] for reward in own["rewards"]] == [row["reward"] for row in rows]
    for own in told["groups"]:
        assert own["signal"] == (len(set(own["rewards"])) > 1)
        one = get("steps", 3, "groups", own["problem_id"])
        assert one["problem"] == {name: own[name] for name in ("problem_id", "family", "level", "prompt", "gold")}
        assert [rollout["length"] for rollout in one["rollouts"]] == own["lengths"]
    family = told["groups"][0]["family"]
    assert {own["family"] for own in get("steps", 3, "groups", family=family)["groups"]} == {family}
    assert get("steps", 3, "groups", offset=1, limit=1)["groups"] == told["groups"][1:2]


def test_an_answer_is_whole_and_its_steps_are_in_it(whole: RunFolder, ask: Asks) -> None:
    get, seen = ask(whole), set()
    for own in get("steps", 5, "groups")["groups"]:
        rows = [row for row in whole.read_rollouts(5) if row["problem_id"] == own["problem_id"]]
        for sample, row in enumerate(rows):
            told = get("steps", 5, "groups", own["problem_id"], sample)
            assert f"{told['thinking']}</think>{told['answer_text']}" == row["text"] and not told["cut"]
            assert told["components"] == row["components"] and told["chars"] == len(row["text"])
            for step in told["steps"]:
                assert 0 <= step["start"] < step["end"] <= len(told["thinking"])
                seen.add(step["kind"])
                if step["kind"] == "claim":
                    assert "=" in told["thinking"][step["start"] : step["end"]]
    assert {"claim", "candidate", "check"} <= seen


def test_problems_are_followed_over_training(whole: RunFolder, ask: Asks) -> None:
    get = ask(whole)
    told = get("followed")
    assert told["steps"] == [0, 2, 4] and len(told["problems"]) == 4
    problem = told["problems"][0]
    own = get("followed", problem["problem_id"])
    assert own["problem"] == problem and [step["step"] for step in own["steps"]] == [0, 2, 4]
    texts = [row["text"] for row in whole.read_held_out(4) if row["problem_id"] == problem["problem_id"]]
    assert [f"{one['thinking']}</think>{one['answer_text']}" for one in own["steps"][-1]["rollouts"]] == texts
    assert [len(step["rollouts"]) for step in get("followed", problem["problem_id"], samples=1)["steps"]] == [1, 1, 1]
    assert get("steps", 4, "groups", problem["problem_id"], 1, **{"from": "held_out"})["sample"] == 1


def test_base_stands_beside_final(whole: RunFolder, ask: Asks) -> None:
    told = ask(whole)("transcripts")["transcripts"]
    assert len(told) == 10 and told[0]["problem"]["prompt"].startswith("Emily buys 3 apples")
    assert all(own["base"]["thinking"] != own["final"]["thinking"] for own in told[:1])


@pytest.mark.parametrize(
    "parts",
    [
        ("nothing",),
        ("steps", "x"),
        ("steps", "99", "groups"),
        ("steps", "-1", "groups"),
        ("steps", "1e3", "groups"),
        ("steps", "9" * 40, "groups"),
        ("steps", "1", "groups", "no such problem"),
        ("steps", "1", "groups", "../../recipe.toml"),
        ("followed", "../recipe"),
        ("steps", "1", "groups", "x", "y", "z", "w"),
        ("..", "recipe.toml"),
        ("",),
    ],
)
def test_what_is_not_there_is_a_sentence(whole: RunFolder, ask: Asks, parts: tuple[str, ...]) -> None:
    with pytest.raises(NotHere) as error:
        ask(whole)(*parts)
    assert len(str(error.value)) > 15


@pytest.mark.parametrize("name", ["", ".", "..", "../whole0", "/", "zero-1/", "ZERO-1", "zero-1\0", "\udc80"])
def test_a_name_finds_a_run_or_nothing(whole: RunFolder, desk_of: Callable[[RunFolder], Desk], name: str) -> None:
    with pytest.raises(NotHere, match="there is no run"):
        desk_of(whole).answer(("runs", name), {})


@pytest.mark.parametrize(
    ("parts", "query", "field"),
    [
        (("journal",), {"after": "x"}, "after"),
        (("journal",), {"most": "1"}, "most"),
        (("journal",), {"stages": "grpo"}, "stages"),
        (("steps", "1", "groups"), {"limit": "0"}, "limit"),
        (("steps", "1", "groups", "p"), {"from": "/etc"}, "from"),
        ((), {"x": "1"}, "x"),
    ],
)
def test_a_wrong_field_is_named(whole: RunFolder, ask: Asks, parts: Any, query: dict[str, str], field: str) -> None:
    with pytest.raises(UserError, match=field):
        ask(whole)(*parts, **query)


def test_runs_of_one_name_are_one(whole: RunFolder, tmp_path: Path) -> None:
    from scratchwork.watch.sources import Runs, find

    other = RunFolder.create(tmp_path, "zero", 'name = "other"\n', "zero-1")
    runs = Runs(whole.path.parent, (other,))
    assert [run.path for run in runs.all()] == [other.path] and find(runs, "zero-1").path == other.path
