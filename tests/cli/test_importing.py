"""The verb that takes over a run of another trainer: what it says, and what can be done with what it made."""

from __future__ import annotations

import shutil
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "foreign"


def test_import_and_look(scratchwork, tmp_path):
    shutil.copytree(SAMPLES / "trl_sample", tmp_path / "theirs")
    status, out, err = scratchwork("import", "trl", "theirs", "--name", "ours")
    assert (status, err) == (0, "")
    assert "3 steps of trl" in out and "'accuracy_reward' above 0" in out and "no completions: 4" in out
    assert "1 x accuracy_reward, 0.2 x format_reward" in out
    status, out, _ = scratchwork("runs")
    assert status == 0 and "ours" in out and "grpo 4" in out
    assert scratchwork("aha", "ours")[0] == scratchwork("report", "ours")[0] == scratchwork("doctor", "ours")[0] == 0


def test_what_cannot_be_imported_is_a_sentence(scratchwork, tmp_path):
    (tmp_path / "empty").mkdir()
    for arguments, why in (
        (("verl", "empty"), "trainer.rollout_data_dir says"),
        (("trl", "nowhere"), "nowhere is not a folder"),
        (("trl", str(SAMPLES / "verl_sample/rollout")), "use `verl`"),
    ):
        status, _, err = scratchwork("import", *arguments)
        assert status == 2 and why in err and "Traceback" not in err
