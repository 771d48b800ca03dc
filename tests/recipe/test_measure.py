"""A run measured again, and a model spoken to."""

from __future__ import annotations

import pytest

from scratchwork.errors import UserError
from scratchwork.recipe.measure import describe, measure_models, measure_named
from scratchwork.recipe.speaker import Speaker, held_out


def test_measuring_a_run_again_gives_what_it_kept(recipe, run_to_end):
    r = recipe(stages=["eval", "grpo", "eval"])
    run = run_to_end(r, "r")
    again = measure_models(run, r)
    assert {label: {"label": label, **result} for label, (result, _) in again.items()} == run.evals()
    assert measure_named(str(run.path), r) == again["final"][0]


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


def test_a_question_too_long_is_refused(base):
    speaker = Speaker.load(str(base), None, 1.0, 100, threads=1)
    with pytest.raises(UserError, match="the model ends at 128"):
        speaker.reply("why " * 100, (0,))


def test_held_out_problems_of_an_unknown_family():
    with pytest.raises(UserError, match="did you mean 'facts'"):
        held_out("fact", 1, 3, 0)
