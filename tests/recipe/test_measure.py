"""A run measured again, and a model spoken to."""

from __future__ import annotations

import pytest

from scratchwork.errors import UserError
from scratchwork.model.checkpoint import checkpoints
from scratchwork.recipe.export import export
from scratchwork.recipe.job import Job
from scratchwork.recipe.measure import describe, measure_models, measure_named
from scratchwork.recipe.speaker import Speaker, held_out


def test_measuring_a_run_again_gives_what_it_kept(recipe, run_to_end):
    r = recipe(stages=["eval", "grpo", "eval"])
    run = run_to_end(r, "r")
    again = measure_models(run, r)
    assert {label: {"label": label, **result} for label, (result, _) in again.items()} == run.evals()
    assert measure_named(str(run.path), r) == again["final"][0]


def test_an_evaluation_tells_of_each_of_its_answers(base, recipe, watcher):
    view = watcher()
    measure_named(str(base), recipe(stages=["eval"]), view=view)
    done, totals = zip(*view.told, strict=True)
    assert list(done) == sorted(set(done)) and set(totals) == {done[-1]}


def test_a_run_that_pretrains_has_its_own_base(recipe, run_to_end):
    r = recipe(stages=["tokenizer", "pretrain", "eval", "grpo"])
    run = run_to_end(r, "r")
    results = measure_models(run, r)
    assert {"label": "base", **results["base"][0]} == run.evals()["base"]
    assert set(results) == {"base", "final"}


def test_a_run_in_one_line(recipe, run_to_end):
    run = run_to_end(recipe(stages=["eval"]), "r")
    assert describe("base", run.evals()["base"]).startswith("base: countdown 0% in ")
    assert describe("base", run.evals()["base"]).endswith("the classic apple problem 0 of 10")


def test_a_speaker_repeats_itself_by_seed_alone(base):
    speaker = Speaker.load(str(base), None, 1.0, 12, threads=1)
    one, same, other = (speaker.reply("Use 3, 4 and 5 to make 17.", (0, turn)) for turn in (1, 1, 2))
    assert speaker.think and one == same != other
    assert 1 <= one.tokens <= 12


def test_a_speaker_thinks_as_it_was_trained_to(recipe, run_to_end):
    run = run_to_end(recipe(stages=["sft"]), "r")
    assert not Speaker.load(str(run.path), None, 1.0, 12, threads=1).think
    thinking = Speaker.load(str(run.path), True, 0.0, 12, threads=1)
    assert thinking.think and thinking.reply("2+2?", (0,)) == thinking.reply("2+2?", (1,))  # greedy


def test_a_checkpoint_tells_whether_it_thinks(recipe, run_to_end):
    """By the stage that made it, not by the last one of its run."""
    run = run_to_end(recipe(stages=["sft", "grpo"], grpo={"steps": 2}), "r")
    after_sft, after_grpo = (checkpoints(run.path / "checkpoints")[i] for i in (0, -1))
    r = recipe(stages=["eval"])
    assert not measure_named(str(after_sft), r)["think"] and measure_named(str(after_grpo), r)["think"]
    assert measure_named(str(after_sft), r, think=True)["think"]
    assert not Speaker.load(str(after_sft), None, 1.0, 12, threads=1).think


def test_an_exported_folder_tells_whether_it_thinks(recipe, run_to_end, base, tmp_path):
    for stage, thinking in (("sft", False), ("grpo", True)):
        run = run_to_end(recipe(stages=[stage], grpo={"steps": 2}), stage)
        with Job.resume(run.path) as job:
            export(job, tmp_path / stage)
        assert measure_named(str(tmp_path / stage), recipe(stages=["eval"]))["think"] is thinking
    assert measure_named(str(base), recipe(stages=["eval"]))["think"]  # nothing tells


def test_a_run_is_measured_as_asked(recipe, run_to_end):
    r = recipe(stages=["sft"])
    run = run_to_end(r, "r")
    assert {label: result["think"] for label, (result, _) in measure_models(run, r).items()} == {
        "base": False,
        "final": False,
    }
    assert {result["think"] for result, _ in measure_models(run, r, think=True).values()} == {True}


def test_a_question_too_long_is_refused(base):
    speaker = Speaker.load(str(base), None, 1.0, 100, threads=1)
    with pytest.raises(UserError, match="the model ends at 128"):
        speaker.reply("why " * 100, (0,))


def test_held_out_problems_of_an_unknown_family():
    with pytest.raises(UserError, match="did you mean 'facts'"):
        held_out("fact", 1, 3, 0)
