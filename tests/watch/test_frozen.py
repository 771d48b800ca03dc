"""The report in one file: what the page asks is in it, nothing in it is markup, and it has a bound."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scratchwork.runs import RunFolder
from scratchwork.watch import frozen
from scratchwork.watch.frozen import SLOT, freeze_report, frozen_answers
from tests.watch.conftest import Get
from tests.watch.test_bad_input import HOSTILE, hostile_group

Asks = Callable[[RunFolder], Get]
RUN = "/v1/watch/runs/zero-1"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with a slot, where the build would leave it."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "frozen.html").write_text(f"<!doctype html><title>验</title>{SLOT}<p>end</p>", encoding="utf-8")
    monkeypatch.setattr(frozen, "PLACES", (tmp_path / "none", folder))
    return folder


def inside(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="frozen">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    answers: dict[str, Any] = json.loads(found[1])
    return answers


def test_what_the_page_asks_is_in_it(whole: RunFolder, ask: Asks) -> None:
    answers, get = json.loads(frozen_answers(whole)), ask(whole)
    assert answers[f"{RUN}/journal?stage=grpo"]["series"] == get("journal")["series"]
    assert answers[f"{RUN}/journal?stage=held_out"]["step"] == [0, 2, 4]
    assert answers[RUN]["claims"] == get()["claims"] and answers[f"{RUN}/ahas"]["waiting"] == 0
    for problem in answers[f"{RUN}/followed"]["problems"]:
        steps = answers[f"{RUN}/followed/{problem['problem_id']}"]["steps"]
        assert [len(step["rollouts"]) for step in steps] == [2, 2, 2]
    assert answers[f"{RUN}/steps"]["steps"] == [1, 2, 3, 5]
    for step in (1, 2, 3, 5):
        own = answers[f"{RUN}/steps/{step}/groups"]["groups"]
        there = [group for group in own if f"{RUN}/steps/{step}/groups/{group['problem_id']}/3" in answers]
        assert len(there) == 3
    assert len(answers[f"{RUN}/transcripts"]["transcripts"]) == 10


def test_no_markup_comes_from_what_is_in_it(written: RunFolder, built: Path) -> None:
    evil = "</script><script>alert(1)</script><!--"
    written.write_rollouts(6, [hostile_group(evil, f"{evil}</think>{evil}")])
    written.append("grpo", 6, {"note": evil})
    page = freeze_report(written).read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script") == 1 and "<!--" not in page
    assert page.startswith("<!doctype html><title>验</title>") and page.endswith("<p>end</p>")
    answers = inside(page)
    assert answers[RUN]["notes"][-1]["text"] == evil
    group = next(own for path, own in answers.items() if path.endswith("steps/6/groups"))["groups"][0]
    assert group["prompt"] == HOSTILE and group["problem_id"] == evil


def test_it_has_a_bound(written: RunFolder, built: Path) -> None:
    for step in (6, 7):
        written.write_rollouts(step, [hostile_group(f"{step}-{i}", "<&>" * 40_000) for i in range(30)])
        written.write_held_out(step, [hostile_group(f"{step}-{i}", "é" * 90_000) for i in range(30)])
    page = freeze_report(written)
    assert page.stat().st_size < 5_000_000 and RUN in inside(page.read_text(encoding="utf-8"))


def test_without_a_built_page_there_is_the_plain_report(written: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "PLACES", ())
    page = freeze_report(written).read_text()
    assert "<script" not in page and "Emily buys 3 apples" in page
    assert not (written.path / "report-plain.html").exists()


def test_a_damaged_run_has_a_report_as_far_as_readable(
    written: RunFolder, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (written.path / "journal.jsonl").open("a") as file:
        file.write("broken\n")
    (written.path / "rollouts" / "step-000003.parquet").write_bytes(b"x")
    answers = inside(freeze_report(written).read_text(encoding="utf-8"))
    lost = next(sentence for sentence in answers[RUN]["missing"] if "cannot be read" in sentence)
    assert lost in (written.path / "report-plain.html").read_text() and capsys.readouterr().err == ""
    (written.path / "evals" / "base.json").write_text("x")
    assert "final" in inside(freeze_report(written).read_text(encoding="utf-8"))[RUN]["evaluations"]
    assert "no plain report" in capsys.readouterr().err


def test_the_plain_report_stands_beside_it(written: RunFolder, built: Path) -> None:
    freeze_report(written)
    plain = (written.path / "report-plain.html").read_text()
    assert "<script" not in plain and "Emily buys 3 apples" in plain
    assert any((written.path / "figures").glob("*.png"))


def test_at_the_end_of_a_run_it_says_that_it_is_over(written: RunFolder, built: Path) -> None:
    with RunFolder.open(written.path) as held:
        running, over = (inside(freeze_report(held, ended=ended).read_text("utf-8")) for ended in (False, True))
    assert running[RUN]["state"] == running["/v1/watch/runs"]["runs"][0]["state"] == "running"
    assert over[RUN]["state"] == over["/v1/watch/runs"]["runs"][0]["state"] == "finished"
