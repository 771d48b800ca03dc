"""Which models a run or a folder has to serve, and that they answer by the name they are listed under."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from scratchwork.errors import UserError
from scratchwork.model.checkpoint import save_checkpoint
from scratchwork.model.hf import save_model
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.serve.codec import Message, OwnCodec
from scratchwork.serve.loading import bytes_per_row, load
from scratchwork.serve.shelf import Found, find_models, newest
from scratchwork.serve.template import TemplateCodec

RECIPE = """
name = "both"
stages = ["sft", "grpo"]
base = "{base}"

[[tasks]]
family = "countdown"

[sft]
tokens = 1024
sequence_length = 128
batch_tokens = 512

[grpo]
steps = 3
max_tokens = 77
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model: Transformer, tokenizer: Tokenizer) -> Path:
    path = tmp_path_factory.mktemp("models") / "plain"
    save_model(path, model, tokenizer)
    return path


def make_run(path: Path, base: Path, model: Transformer, tokenizer: Tokenizer, steps: tuple[int, ...]) -> Path:
    path.mkdir(parents=True)
    (path / "recipe.toml").write_text(RECIPE.format(base=base))
    for step in steps:
        save_checkpoint(path / "checkpoints", step, model, tokenizer, {"stage": "sft" if step <= 2 else "grpo"})
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, folder: Path, model: Transformer, tokenizer: Tokenizer) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "mine", folder, model, tokenizer, (1, 2, 3, 4, 5))


def test_a_run_has_a_model_of_each_stage_and_every_checkpoint(run: Path, folder: Path) -> None:
    found = find_models([str(run)])
    assert [(m.name, m.role, m.folder.name, m.thinks) for m in found] == [
        ("thinking", "thinking", "step-000005", True),
        ("sft", "sft", "step-000002", False),
        ("base", "base", "plain", True),
        ("step-000004", "checkpoint", "step-000004", True),
        ("step-000003", "checkpoint", "step-000003", True),
        ("step-000001", "checkpoint", "step-000001", False),
    ]
    assert all(m.run == "mine" and m.max_tokens == 77 for m in found)


def test_two_runs_share_a_base_and_nothing_else(run: Path, folder: Path, model, tokenizer, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", folder, model, tokenizer, (1, 2))
    names = [model.name for model in find_models([str(run), str(other)])]
    assert names == [
        *("thinking", "mine/sft", "other/sft", "base", "step-000004", "step-000003"),
        *("mine/step-000001", "other/step-000001"),
    ]


def test_nothing_named_is_the_shipped_model() -> None:
    [only] = find_models([])
    assert (only.name, only.role, only.thinks) == ("base", "base", True)


def test_a_run_without_a_checkpoint_is_refused(folder: Path, model, tokenizer, tmp_path: Path) -> None:
    empty = make_run(tmp_path / "empty", folder, model, tokenizer, ())
    with pytest.raises(UserError, match="has no checkpoint yet"):
        find_models([str(empty)])
    with pytest.raises(UserError, match="no model at"):
        find_models(["no/such"])


def test_the_newest_run_is_one_that_ended(folder: Path, model, tokenizer, tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    make_run(tmp_path / "going-on", folder, model, tokenizer, (1,))
    ended = make_run(tmp_path / "ended", folder, model, tokenizer, (1,))
    (ended / "summary.json").write_text("{}")
    assert newest(tmp_path) == ended


def test_weights_are_read_when_the_model_is_first_asked(run: Path) -> None:
    [thinking, sft, *_] = [load(found, 8, 4096, 9) for found in find_models([str(run)])]
    assert thinking.desk.room == 256 and thinking.defaults.max_tokens == 77
    assert thinking.codec.modes == ("on", "off") and sft.codec.modes == ("off",)
    assert "decoding" not in vars(thinking.desk)
    assert thinking.desk.decoding.decoder.model.config.hidden_size == 32


def test_damaged_weights_are_said(run: Path, folder: Path, model, tokenizer, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", folder, model, tokenizer, (5,))
    path = other / "checkpoints" / "step-000005" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match="checksum"):
        load(find_models([str(other)])[0], 8, 256, 9).desk.decoding  # noqa: B018


def test_rows_fit_into_memory(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_models([str(run)])[0]
    desk = load(found, 10**6, 256, 9).desk
    config = desk.decoding.decoder.model.config if desk.slots < 10**5 else None
    assert config is not None and desk.slots * bytes_per_row(config, 256) <= 2**31


def test_a_foreign_folder_speaks_by_its_own_template(folder: Path) -> None:
    """The same folder, read as anyone's: its template gives the ids that transformers gives."""
    foreign = load(Found("plain", "foreign", folder), 8, 256, 9)
    assert isinstance(foreign.codec, TemplateCodec) and foreign.codec.modes == ("on", "off")
    assert foreign.defaults.close_phrase.strip() and not re.search(r"\d", foreign.defaults.close_phrase)
    assert load(Found("plain", "thinking", folder), 8, 256, 9).defaults.close_phrase == ""
    turns = [Message("user", "Try 3+4"), Message("assistant", "7"), Message("user", "Try <|end|>4+4")]
    known = AutoTokenizer.from_pretrained(folder)
    for think in (True, False):
        ours = foreign.codec.prompt(turns[:1], think)
        theirs = known.apply_chat_template(
            [{"role": "user", "content": "Try 3+4"}], add_generation_prompt=True, enable_thinking=think
        )
        assert list(ours.ids) == list(
            theirs["input_ids"] if isinstance(theirs, dict) or hasattr(theirs, "input_ids") else theirs
        )
        assert ours.opened == think
    own = OwnCodec(Tokenizer.load(folder), thinks=True)
    assert foreign.codec.prompt(turns[:1], True) == own.prompt(turns[:1], True)
    end = Tokenizer.load(folder).end_id
    asked = [Message("user", "Try <|end|>4+4")]
    assert end not in foreign.codec.prompt(asked, True).ids  # what a user types stays text


@pytest.mark.parametrize("value", ["hot", True, -1, 3])
def test_strange_sampling_is_refused(folder: Path, tmp_path: Path, model, tokenizer, value: object) -> None:
    save_model(tmp_path / "m", model, tokenizer)
    (tmp_path / "m" / "generation_config.json").write_text(json.dumps({"temperature": value}))
    with pytest.raises(UserError, match="temperature is"):
        load(Found("m", "base", tmp_path / "m"), 8, 256, 9)


def test_a_folder_without_a_chat_template_is_refused(folder: Path, tmp_path: Path) -> None:
    mute = tmp_path / "mute"
    shutil.copytree(folder, mute)
    (mute / "chat_template.jinja").unlink()
    settings = json.loads((mute / "tokenizer_config.json").read_text())
    (mute / "tokenizer_config.json").write_text(json.dumps(settings | {"chat_template": None}))
    with pytest.raises(UserError, match=r"has no chat template \(chat_template.jinja.*serve an instruct model"):
        load(Found("mute", "foreign", mute), 8, 256, 9)
