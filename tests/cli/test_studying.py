"""The verb `study`: what it would do, what it refuses, and the page it writes."""

from __future__ import annotations

import json
import shutil

import pytest

from scratchwork.study.page import BEGIN, END


def test_a_dry_run_lists_every_run_and_leaves_nothing(scratchwork, tmp_path):
    status, out, _ = scratchwork("study", "--small", "--seeds", "2", "--jobs", "2", "--dry-run")
    *runs, last = out.splitlines()
    assert status == 0 and len(runs) == 22 and last.startswith("22 of 22 runs to go: ")
    assert runs[0].startswith("correct-seed-0: new, ") and " scratchwork run zero --set grpo.steps=" in runs[0]
    assert list(tmp_path.iterdir()) == []


def test_one_arm_of_it(scratchwork):
    _, out, _ = scratchwork("study", "--arm", "random", "--seeds", "1", "--dry-run", "--set", "grpo.steps=3")
    assert out.splitlines()[0].endswith("scratchwork run zero-random --set grpo.steps=3 --set seed=0")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["study", "emergenc"], "no recipe is called 'emergenc'"),
        (["study", "--arm", "corect"], "the study has no arm 'corect'; did you mean 'correct'?"),
        (["study", "zero", "--small"], "--small is for the study emergence; make 'zero' smaller with --set"),
        (["study", "zero", "--set", "grpo.stps=1"], "unknown key 'stps' in [grpo]; did you mean 'steps'"),
    ],
)
def test_what_it_refuses(scratchwork, tmp_path, words, sentence):
    status, _, err = scratchwork(*words)
    assert status == 2 and sentence in err and list(tmp_path.iterdir()) == []


def test_finished_runs_are_tabulated_without_being_run_again(scratchwork, finished, quick, tmp_path):
    """The run of another test stands for the one seed; the study finds it finished and writes its table and page."""
    shutil.copytree(finished / "done", tmp_path / "runs" / "study-smoke" / "smoke-seed-0")
    (tmp_path / "page.md").write_text(f"# Mine\n{BEGIN}\n{END}\n")
    words = [word for word in quick if word not in ("--threads", "1")]
    status, out, err = scratchwork("study", "smoke", "--seeds", "1", *words, "--write", "page.md")
    assert status == 0, err
    assert "smoke-seed-0: finished" in out and "begins" not in out and "goes on" not in out
    page = (tmp_path / "page.md").read_text()
    assert page.startswith("# Mine\n") and "| countdown (1) | base |" in page
    assert "scratchwork study smoke --seeds 1 --set grpo.steps=3" in page and str(tmp_path) not in page
    table = json.loads((tmp_path / "runs" / "study-smoke" / "table.json").read_text())
    assert [run["seed"] for run in table["arms"]["smoke"]["runs"]] == [0] and table["claims"] == []
