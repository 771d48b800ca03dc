"""An exported folder: transformers reads it and says the same, thinking or not; its card tells the run's numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch

from scratchwork.cli import main
from scratchwork.export.card import run_card
from scratchwork.model.hf import load_model
from scratchwork.recipe.models import find_model
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from scratchwork.runs import RunFolder
from scratchwork.serve.codec import Message, OwnCodec

HOSTILE = "<script>alert(1)</script> `x` | [a](b)\n# no"


def short_run(root: Path) -> Path:
    """A short run from the shipped base model, evaluated before and after."""
    small = ["steps=1", "prompts_per_step=2", "group_size=2", "max_tokens=24"]
    settings = [f"grpo.{one}" for one in small] + ["eval.problems=1", "eval.samples=2", "eval.max_tokens=24"]
    words = [word for one in [*settings, "stages=['eval','grpo','eval']"] for word in ("--set", one)]
    with pytest.raises(SystemExit) as end:
        main(["run", "zero", "--name", "r", "--runs-root", str(root), "--threads", "1", *words])
    assert end.value.code == 0
    return root / "r"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return short_run(tmp_path_factory.mktemp("runs"))


def exported(run: Path, out: Path, *more: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["export", "r", "--runs-root", str(run.parent), "--out", str(out), *more])
    return int(end.value.code or 0)


@pytest.mark.parametrize("think", [True, False])
def test_transformers_say_the_same(run: Path, tmp_path: Path, think: bool) -> None:
    transformers = pytest.importorskip("transformers")
    assert exported(run, tmp_path / "out") == 0
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    turns = [("user", "Find 17+28."), ("assistant", "It is 45."), ("user", "Find 9*8.")]
    theirs = tokenizer.apply_chat_template(
        [{"role": role, "content": text} for role, text in turns],
        add_generation_prompt=True,
        enable_thinking=think,
        return_tensors="pt",
        return_dict=True,
    )
    own, own_tokenizer = load_model(tmp_path / "out")
    codec = OwnCodec(own_tokenizer, thinks=True)
    ids = codec.prompt([Message(role, text) for role, text in turns], think).ids
    assert theirs["input_ids"][0].tolist() == list(ids)
    with torch.no_grad():
        said = model.generate(**theirs, max_new_tokens=40, do_sample=False)[0][len(ids) :].tolist()
    [[ours]] = TorchEngine(own, 4).generate([Prompt(ids, (0,))], Sampling(40, 0.0, stop_ids=codec.stop_ids))
    assert said == list(ours.ids)


def test_the_card_tells_the_runs_numbers(run: Path, tmp_path: Path) -> None:
    assert exported(run, tmp_path / "mine") == 0
    card = (tmp_path / "mine" / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n") and "# mine" in card
    summary = RunFolder(run).read_json("evals/final.json")
    rows = re.findall(r"^\| \| final \| (\S+) \|", card.replace("|  |", "| |"), re.M)
    assert len(rows) == 3 and 0 <= float(rows[0]) <= 1
    shares = {f"{summary['families'][family]['all']['pass@1']:.3f}" for family in ("arithmetic", "countdown")}
    assert shares <= set(rows)
    assert (tmp_path / "mine" / "recipe.toml").read_bytes() == (run / "recipe.toml").read_bytes()
    assert "scratchwork run recipe.toml --seed 0" in card and "max_new_tokens=24" in card
    data = json.loads((run / "manifest.json").read_text())["data"]
    assert all(digest in card for digest in data.values())


def test_what_others_named_is_text_in_the_card(run: Path) -> None:
    card = run_card(HOSTILE, RunFolder(run))
    assert "# scriptalert1/script x ab no\n" in card and "<script" not in card


def test_an_export_goes_over_an_earlier_one_and_over_nothing_else(run: Path, tmp_path: Path, capsys) -> None:
    assert exported(run, tmp_path / "out") == 0
    assert exported(run, tmp_path / "out", "--model", "base") == 0
    weights = (tmp_path / "out" / "model.safetensors").read_bytes()
    assert weights == (find_model("scratch-base") / "model.safetensors").read_bytes()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("my own")
    capsys.readouterr()
    assert exported(run, tmp_path / "mine") == 2
    assert "no earlier export" in capsys.readouterr().err
    assert (tmp_path / "mine" / "README.md").read_text() == "my own"
    assert exported(run, tmp_path / "x", "--model", "thinkin") == 2
    assert "thinking" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
    (tmp_path / "file").write_text("")
    assert exported(run, tmp_path / "file") == 2
