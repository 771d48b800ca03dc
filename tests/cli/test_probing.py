"""`scratchwork probe` on a finished smoke run, and on runs that have nothing to probe."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scratchwork.observe.report import build_report
from scratchwork.probe.arms import ARMS
from scratchwork.runs import RunFolder


@pytest.fixture
def root(finished, tmp_path) -> Path:
    """A copy of the finished run to work on."""
    return shutil.copytree(finished, tmp_path / "runs")


def test_a_probe_is_kept_shown_drawn_and_told_in_the_report(root, scratchwork):
    small = ("--count", "2", "--samples", "1", "--threads", "1")
    status, out, _ = scratchwork("probe", "done", *small)
    assert status == 0
    assert all(f"{arm.name}: " in out and f"\n {arm.name} " in out for arm in ARMS)
    assert "countdown" in out and "kept in runs/done/probe.json" in out
    run = RunFolder(root / "done")
    kept = run.read_json("probe.json")["models"]["final"]
    assert list(kept["arms"]) == [arm.name for arm in ARMS] and kept["samples"] == 1
    assert set(kept["arms"]["vote"]["families"]) == {"all", "apples", "countdown"}
    assert kept["arms"]["untouched"]["families"]["all"]["problems"] == 4
    assert kept["arms"]["forbid-wait"]["still_said"] == 0
    assert (root / "done" / "figures" / "causes.png").read_bytes().startswith(b"\x89PNG")

    assert scratchwork("probe", "done", *small, "--checkpoint", "base", "--families", "apples", "--seed", "7")[0] == 0
    models = run.read_json("probe.json")["models"]
    assert models["final"] == kept and models["base"]["seed"] == 7  # one beside the other
    assert set(models["base"]["arms"]["dots"]["families"]) == {"all", "apples"}
    page = build_report(run)
    assert "needs interventions" not in page and "Accuracy by the share of thinking kept" in page


def test_a_dry_run_says_what_would_be_asked_and_asks_nothing(root, scratchwork):
    status, out, _ = scratchwork("probe", "done", "--count", "3", "--samples", "2", "--dry-run")
    assert status == 0 and out.startswith(f"6 held-out problems, 2 answers to each, in {len(ARMS)} arms:")
    assert not (root / "done" / "probe.json").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--families", "aples"), "--families has 'aples'; did you mean 'apples'?"),
        (("--checkpoint", "999"), "checkpoint is '999'; give 'final', 'base', or a step that was kept: "),
        (("--checkpoint", "last"), "checkpoint is 'last'; give"),
    ],
)
def test_what_is_not_there_is_a_sentence(root, scratchwork, arguments, why):
    status, _, err = scratchwork("probe", "done", "--count", "2", *arguments)
    assert status == 2 and why in err and "Traceback" not in err


def test_a_run_without_a_model_is_a_sentence(root, scratchwork):
    shutil.rmtree(root / "done" / "checkpoints")
    status, _, err = scratchwork("probe", "done", "--count", "2")
    assert status == 2 and "has no checkpoint yet" in err


def test_a_model_that_answers_at_once_has_no_thinking_to_probe(scratchwork):
    small = ("sft.tokens=512", "sft.sequence_length=256", "sft.batch_tokens=512", "pretrain.tokens=4000")
    sets = [word for own in (*small, 'stages=["tokenizer", "pretrain", "sft"]') for word in ("--set", own)]
    assert scratchwork("run", "smoke", "--name", "quick", "--threads", "1", *sets)[0] == 0
    status, _, err = scratchwork("probe", "quick", "--count", "2")
    assert status == 2 and "final of run quick was last trained to answer at once" in err
    assert not Path("runs/quick/probe.json").exists()


def test_damage_is_named(root, scratchwork):
    (root / "done" / "probe.json").write_text('{"models": {"final": {"arms": {}}}}')
    status, _, err = scratchwork("probe", "done", "--count", "2")
    assert status == 2 and "probe.json is damaged: models.final.checkpoint is missing" in err
