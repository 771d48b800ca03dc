"""A recipe that cannot work is refused with a sentence, before there is a run folder."""

from __future__ import annotations

import json

import pytest

from scratchwork.errors import UserError
from scratchwork.recipe.job import Job
from scratchwork.recipe.world import check, thinks
from scratchwork.tasks.base import is_held_out

APPLES = [{"family": "apples", "levels": [1]}]


def refusal(make, tmp_path, **tables) -> str:
    """The sentence, once it is sure that nothing was left behind."""
    with pytest.raises(UserError) as error:
        Job.begin(make(**tables), tmp_path / "runs", "r")
    assert not (tmp_path / "runs").exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"stages": ["grpo", "grpo"]}, "stages lists 'grpo' twice"),
        ({"stages": ["pretrain", "tokenizer"]}, "it comes first"),
        ({"stages": ["midtrain", "pretrain"]}, "'pretrain' after 'midtrain'"),
        ({"stages": ["midtrain"], "midtrain": {"sequence_length": 256}}, "midtrain.sequence_length is 256, but the mo"),
        ({"stages": ["tokenizer", "eval"]}, "'tokenizer' without 'pretrain'"),
        ({"stages": ["sft"], "tasks": []}, r"add at least one \[\[tasks\]\] table"),
        ({"tasks": [{"family": "aples"}]}, "tasks.family is 'aples'; did you mean 'apples'"),
        ({"reward": {"acuracy": 1.0}}, "'acuracy' is unknown; did you mean 'accuracy'"),
        ({"reward": {"format": 0.0}}, "at least one must not be 0"),
        ({"stages": ["eval"], "eval": {"families": {"aples": [1]}}}, "eval.families names 'aples'; did you mean 'app"),
        ({"stages": ["eval"], "eval": {"families": {"jsonl": [1]}}}, "'jsonl', but .* 0 files; it needs exactly one"),
        ({"stages": ["eval"], "eval": {"problems": 900, "families": {"facts": [1]}}}, "ask for fewer"),
        (
            {"stages": ["pretrain"], "corpus": {"families": {"sums": 1.0}}},
            "corpus.families names .*families with writers are",
        ),
        (
            {"stages": ["rejection"], "reward": {"accuracy": 1.0, "format": 0.5}},
            "the stage 'rejection' keeps right answers and looks at nothing else",
        ),
        (
            {"stages": ["rejection"], "reward": {"accuracy": 1.0}, "rejection": {"max_tokens": 2}},
            "rejection.max_tokens is 2, but the shortest right answer takes",
        ),
        ({"grpo": {"max_tokens": 2}}, "grpo.max_tokens is 2, but the shortest right answer takes .* tokens; raise it"),
        ({"grpo": {"max_tokens": 120}}, "beyond the model's 128 .*; set it to .* at most"),
        ({"stages": ["eval"], "eval": {"max_tokens": 3}}, "eval.max_tokens is 3"),
        ({"stages": ["sft"], "sft": {"sequence_length": 256}}, "sft.sequence_length is 256, but the model ends at 128"),
        ({"base": "no/such/model"}, "there is no model at no/such/model; give a model's folder"),
    ],
)
def test_what_cannot_work_is_refused(recipe, tmp_path, tables, sentence):
    refused = refusal(recipe, tmp_path, **tables)
    import re

    assert re.search(sentence, refused), refused


def test_a_task_that_cannot_make_the_asked_problems(recipe, tmp_path):
    """Nothing in this file is at level 4, and nothing that is held out is at level 1."""
    path = tmp_path / "mine.jsonl"
    questions = [f"What is {i} and {i}?" for i in range(40)]
    path.write_text("".join(json.dumps({"question": q, "answer": str(2 * i)}) + "\n" for i, q in enumerate(questions)))
    mine = {"family": "jsonl", "path": str(path)}
    assert "no problems at level 4" in refusal(recipe, tmp_path, tasks=[{**mine, "levels": [4]}])
    check(recipe(tasks=[{**mine, "levels": [1]}]))

    rows = [json.dumps({"question": q, "answer": "1"}) for q in questions]
    from scratchwork.tasks.jsonl import Jsonl

    kept = [p.prompt for p in Jsonl(path).problems[1] if not is_held_out(p)]
    path.write_text("\n".join(row for row in rows if json.loads(row)["question"] in kept))
    held_out = {"stages": ["eval"], "eval": {"families": {"jsonl": [1]}}, "tasks": [{**mine, "levels": [1]}]}
    assert "made no held_out problem at level 1" in refusal(recipe, tmp_path, **held_out)


def test_every_prompt_of_a_file_is_measured(recipe, tmp_path):
    rows = [{"question": f"{i}?", "answer": "1"} for i in range(300)] + [{"question": "9" * 200, "answer": "1"}]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    tasks = [{"family": "jsonl", "levels": [1], "path": str(tmp_path / "p.jsonl")}]
    assert "beyond the model's 128" in refusal(recipe, tmp_path, tasks=tasks)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"question": "2+2?", "answer": "4"}\nnot json\n', "line 2 cannot be read as a JSON object"),
        ('{"query": "2+2?", "answer": "4"}\n', "needs a question"),
        ("", "is empty"),
    ],
)
def test_broken_jsonl(recipe, tmp_path, content, sentence):
    (tmp_path / "p.jsonl").write_text(content)
    assert sentence in refusal(recipe, tmp_path, tasks=[{"family": "jsonl", "path": str(tmp_path / "p.jsonl")}])


def test_a_prompt_that_leaves_no_room_is_found_before_training(recipe, tmp_path):
    assert "with a prompt of" in refusal(recipe, tmp_path, tasks=APPLES, grpo={"max_tokens": 60})


def test_the_last_training_stage_says_whether_the_model_thinks(recipe):
    assert thinks(recipe(stages=["eval", "sft", "grpo", "eval"])) and thinks(recipe(stages=["eval"]))
    assert not thinks(recipe(stages=["eval", "sft", "eval"]))
