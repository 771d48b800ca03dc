"""Log-probabilities and entropies made again are those that sampling had."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from scratchwork.runs import RunFolder
from scratchwork.watch.desk import Desk
from scratchwork.watch.sources import NotHere, Runs
from scratchwork.watch.tokens import END
from tests.watch.conftest import Get

Asks = Callable[[RunFolder], Get]


@pytest.mark.parametrize(("step", "checkpoint"), [(1, 0), (3, 2), (5, 4), (2, 0), (6, 4)])
def test_they_are_those_of_the_nearest_weights_before(
    trained: RunFolder, ask: Asks, step: int, checkpoint: int
) -> None:
    get = ask(trained)
    exact = checkpoint == step - 1
    for own in get("steps", step, "groups")["groups"]:
        rows = [row for row in trained.read_rollouts(step) if row["problem_id"] == own["problem_id"]]
        for sample, row in enumerate(rows):
            told = get("steps", step, "groups", own["problem_id"], sample, "tokens")
            assert told["checkpoint"] == checkpoint
            assert len(told["pieces"]) == len(told["logprob"]) == len(told["entropy"])
            text = row["text"] + (END if row["finish_reason"] == "stop" else "")
            assert "".join(told["pieces"]) == text
            assert all(value <= 0 for value in told["logprob"]) and all(value >= 0 for value in told["entropy"])
            if exact and len(told["pieces"]) == row["length"]:  # else its text is written with other tokens
                assert math.fsum(told["logprob"]) / row["length"] == pytest.approx(row["mean_logprob"], abs=1e-3)


def test_held_out_answers_are_given_after_their_step(trained: RunFolder, ask: Asks) -> None:
    get = ask(trained)
    problem = get("followed")["problems"][0]["problem_id"]
    told = [get("steps", n, "groups", problem, 0, "tokens", **{"from": "held_out"})["checkpoint"] for n in (0, 2, 6)]
    assert told == [0, 2, 6]


def test_without_a_model_there_is_a_sentence(whole: RunFolder) -> None:
    desk = Desk(Runs(whole.path.parent))
    problem = whole.read_rollouts(1)[0]["problem_id"]
    with pytest.raises(NotHere, match="no checkpoint of step 0"):
        desk.answer(("runs", "zero-1", "steps", "1", "groups", problem, "0", "tokens"), {})


def test_a_damaged_checkpoint_is_a_sentence(trained: RunFolder, ask: Asks, tmp_path: object) -> None:
    import shutil
    from pathlib import Path

    copy = Path(str(tmp_path)) / "runs" / "small-1"
    shutil.copytree(trained.path, copy)
    (copy / "checkpoints" / "step-000002" / "model.safetensors").write_bytes(b"x")
    get, problem = ask(RunFolder(copy)), trained.read_rollouts(3)[0]["problem_id"]
    with pytest.raises(NotHere, match="does not match its checksum"):
        get("steps", 3, "groups", problem, 0, "tokens")
