"""A folder that TRL left is a run of ours: its own numbers, the same lengths, and the weights it does not tell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import scratchwork
from scratchwork.foreign.source import ForeignError
from scratchwork.foreign.trl import TrlFolder, printed_steps, solve_weights
from scratchwork.observe.metrics import step_metrics
from scratchwork.observe.report import build_report
from scratchwork.watch.moments import Moments
from scratchwork.watch.shards import Shards

HERE = Path(__file__).parent
BASE = Path(scratchwork.__file__).parent / "base_model"
HISTORY = {
    line["step"]: line
    for line in json.loads((HERE / "trl_sample/trainer_state.json").read_text())["log_history"]
    if "reward" in line
}


def test_lengths_and_ends_are_those_that_trl_counted(take):
    """TRL kept no lengths of single answers, but their mean, least and most: cut again, they come out the same."""
    follower = take("trl", tokenizer=BASE)
    for step in (1, 2, 3):
        rows, log = follower.run.read_rollouts(step), HISTORY[step]
        lengths = [row["length"] for row in rows]
        assert sum(lengths) / len(lengths) == pytest.approx(log["completions/mean_length"])
        assert (min(lengths), max(lengths)) == (log["completions/min_length"], log["completions/max_length"])
        ended = [row["length"] for row in rows if row["finish_reason"] == "stop"]
        assert sum(ended) / len(ended) == pytest.approx(log["completions/mean_terminated_length"])
        assert 1 - len(ended) / len(rows) == pytest.approx(log["completions/clipped_ratio"])


def test_without_the_tokenizer_lengths_have_the_mean_that_trl_counted(take):
    for line in take("trl").run.journal()[:3]:
        assert line["length/foreign"] == pytest.approx(HISTORY[line["step"]]["completions/mean_length"])


def test_rewards_are_weighted_as_trl_weighted_them(take):
    follower = take("trl")
    assert follower.rules.weights == {"accuracy_reward": 1.0, "format_reward": 0.2}
    for step in (1, 2, 3):
        rewards = [row["reward"] for row in follower.run.read_rollouts(step)]
        assert sum(rewards) / len(rewards) == pytest.approx(HISTORY[step]["reward"], abs=1e-6)


def test_its_line_has_theirs_and_ours(take):
    line = take("trl").run.journal()[2]
    theirs = {name: value for name, value in HISTORY[3].items() if name not in ("epoch", "step")}
    assert theirs.items() <= line.items()
    assert line["accuracy"] == pytest.approx(2 / 12) == HISTORY[3]["rewards/accuracy_reward/mean"]
    assert (line["solved_none"], line["solved_some"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert {"foreign/reflection/rate", "foreign/reflection/checks"} <= line.keys()
    assert "completions/unanswered" not in line and "rewards/accuracy/mean" not in line


def test_a_row_has_the_problem_and_the_answer(take):
    apples = [row for row in take("trl").run.read_rollouts(2) if "pears" in row["prompt"]]
    assert len(apples) == 4 and len({row["problem_id"] for row in apples}) == 1
    row = apples[0]
    assert (row["prompt"][:16], row["gold"], row["verifier"]) == ("Ben buys 2 pears", "8", "number")
    assert (row["text"], row["answer"]) == ("</think>Each pear costs \\boxed{1} dollars.", "1")
    assert (row["correct"], row["mean_logprob"], row["policy_version"]) == (False, None, None)


def test_every_instrument_reads_it(take):
    run = take("trl").run
    moments = Moments(Shards(run.path / "rollouts"))
    moments.wait()
    told = moments.answer(None)
    assert [share["step"] for share in told["shares"]] == [2, 3]  # the golds of step 1 are of no verifier of ours
    assert "trl" in build_report(run)


def test_a_step_without_completions_is_told_from_the_log(take):
    follower = take("trl")
    assert follower.run.rollout_steps() == [1, 2, 3] and follower.gaps == [4]
    assert follower.run.journal()[3]["loss"] == HISTORY[4]["loss"]
    assert any("have no completions: 4" in sentence for sentence in follower.sentences())


def test_what_was_printed_tells_before_a_checkpoint_does(take):
    def only_printed(folder):
        for path in folder.rglob("trainer_state.json"):
            path.unlink()
        shutil.copy(HERE / "trl_printed.txt", folder / "train.log")

    lines = take("trl", only_printed).run.journal()
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    for line in lines:
        assert line["reward"] == pytest.approx(HISTORY[line["step"]]["reward"], rel=1e-3)
        assert line["grad_norm"] == pytest.approx(HISTORY[line["step"]]["grad_norm"], rel=1e-3)


def test_printed_numbers_need_the_title_that_names_their_step():
    assert printed_steps("{'loss': '1', 'reward': '0.5'}\n╭── Step 7 ──╮\n╭── Step 8 ──╮") == {
        7: {"loss": 1.0, "reward": 0.5}
    }
    assert printed_steps("{'loss': '1', 'reward': '0.5'}\n") == {}


def test_weights_that_the_log_does_not_settle_are_1(take):
    def one_line(folder):
        state = {"log_history": [HISTORY[1]]}
        (folder / "trainer_state.json").write_text(json.dumps(state))
        shutil.rmtree(folder / "checkpoint-2")

    follower = take("trl", one_line)
    assert set(follower.rules.weights.values()) == {1.0}
    assert {row["finish_reason"] for row in follower.run.read_rollouts(1)} == {None}  # the log is of other rewards
    assert "completions/mean_terminated_length" in follower.run.journal()[0]  # theirs stands all the same
    assert solve_weights([], {}) is None


def test_a_file_that_is_not_whole_is_passed_over_until_it_is(take):
    path = Path("completions/completions_00002.parquet")
    whole = (HERE / "trl_sample" / path).read_bytes()
    follower = take("trl", lambda folder: (folder / path).write_bytes(whole[:-100]))
    assert follower.run.rollout_steps() == [1, 3]
    assert "not whole yet" in follower.run.journal()[1]["note"]
    again = take("trl", lambda folder: (folder / path).write_bytes(whole))
    assert again.run.rollout_steps() == [1, 2, 3] and "note" not in again.run.journal()[1]


def test_scores_that_were_not_given(take):
    """TRL keeps None as NaN. A row without any score has no reward, and is no wrong answer."""

    def unscored(folder):
        path = folder / "completions/completions_00001.parquet"
        table = pq.read_table(path)
        accuracy = pa.array([None, float("nan"), *table["accuracy_reward"].to_pylist()[2:]])
        form = pa.array([None, *table["format_reward"].to_pylist()[1:]])
        table = table.set_column(3, "accuracy_reward", accuracy).set_column(4, "format_reward", form)
        pq.write_table(table, path)

    follower = take("trl", unscored)
    rows = follower.run.read_rollouts(1)
    assert [row["correct"] for row in rows[:2]] == [None, None]
    assert rows[0]["reward"] is None and rows[1]["components"] == {"format_reward": 0.5}
    assert follower.run.journal()[0]["verifier/error_rate"] == pytest.approx(1 / 12)


@pytest.mark.parametrize("inner", ["", "completions"])
def test_the_folder_or_its_completions(inner):
    assert len(TrlFolder(HERE / "trl_sample" / inner).shards()) == 3


def test_a_folder_of_another_kind_is_refused():
    with pytest.raises(ForeignError, match="log_completions=True"):
        TrlFolder(HERE)
    with pytest.raises(ForeignError, match="use `verl`"):
        TrlFolder(HERE / "verl_sample/rollout")


def test_step_metrics_still_needs_rollouts():
    """Why a step without answers is made from the log alone."""
    with pytest.raises((ValueError, ZeroDivisionError)):
        step_metrics([])
