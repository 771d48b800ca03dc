"""A GGUF file holds the same model: other readers of the format compute the same, and cut our text the same way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from scratchwork.cli import main
from scratchwork.config import ModelConfig
from scratchwork.export.gguf import escaped, export_gguf, turned
from scratchwork.model.hf import load_model
from scratchwork.model.tokenizer import CHAT_TEMPLATE, SPECIAL, Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.recipe.models import find_model
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from scratchwork.tasks.apples import Apples
from scratchwork.tasks.arithmetic import Arithmetic
from scratchwork.tasks.base import ProblemSource, Share
from scratchwork.tasks.countdown import Countdown
from tests.export.test_export import short_run

gguf = pytest.importorskip("gguf")
SHARES = [Share(family(), (1, 2, 3, 4, 5)) for family in (Apples, Countdown, Arithmetic)]
QUESTIONS = [problem.prompt for problem in ProblemSource(SHARES, 0, "held_out").take(0, 90)]


@pytest.fixture(scope="module")
def base() -> tuple[Transformer, Tokenizer]:
    return load_model(find_model("scratch-base"))


@pytest.fixture(scope="module")
def exported(base: tuple[Transformer, Tokenizer], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gguf") / "base.gguf"
    export_gguf(*base, out)
    return out


def small(architecture: str, vocab_size: int) -> Transformer:
    torch.manual_seed(0)
    config = ModelConfig(
        architecture=architecture,
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        **({"head_dim": 128} if architecture == "qwen3" else {}),  # transformers' reader of GGUF takes no other
        tie_word_embeddings=architecture != "llama",
    )
    model = Transformer(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if "norm" in name else 0.0, 0.2)
    return model


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_transformers_read_the_same_model(
    architecture: str, base: tuple[Transformer, Tokenizer], tmp_path: Path
) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    model = small(architecture, base[1].vocab_size)
    export_gguf(model, base[1], tmp_path / "m.gguf")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="m.gguf", dtype=torch.float32)
    ids = torch.arange(3, 60).view(3, 19)  # (B, T)
    with torch.no_grad():
        assert torch.allclose(model(ids), theirs(ids).logits, atol=1e-4)


def test_a_llamas_rows_stand_side_by_side() -> None:
    config = ModelConfig(architecture="llama", hidden_size=8, num_attention_heads=2, num_key_value_heads=2)
    rows = torch.arange(8.0).view(8, 1).expand(8, 3)
    assert turned("layers.0.self_attn.q_proj.weight", rows, config)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    assert turned("layers.0.self_attn.v_proj.weight", rows, config).equal(rows)


def read_tokens(path: Path) -> tuple[list[str], list[int], str]:
    """Texts of the tokens, their types, and the template."""
    fields = gguf.GGUFReader(path).fields
    texts = fields["tokenizer.ggml.tokens"].contents()
    return texts, fields["tokenizer.ggml.token_type"].contents(), fields["tokenizer.chat_template"].contents()


def longest_first(texts: list[str], kinds: list[int]) -> dict[bytes, int]:
    """The table that llama.cpp's `rwkv` looks tokens up in; control tokens are found before it is asked."""

    def plain(text: str) -> bytes:
        read = re.sub(r"\\(x..|.)", lambda m: chr(int(m[1][1:], 16)) if m[1] != "\\" else "\\", text)
        return read.encode("latin-1")

    return {plain(text): i for i, text in enumerate(texts) if kinds[i] == gguf.TokenType.NORMAL}


def test_the_longest_token_first_gives_our_tokens(exported: Path, base: tuple[Transformer, Tokenizer]) -> None:
    texts, kinds, template = read_tokens(exported)
    table, tokenizer = longest_first(texts, kinds), base[1]
    assert template == CHAT_TEMPLATE and len(table) == tokenizer.vocab_size - len(SPECIAL)
    for question in QUESTIONS:
        text, ids = question.encode(), []
        while text:
            length = next(n for n in range(len(text), 0, -1) if text[:n] in table)
            ids.append(table[text[:length]])
            text = text[length:]
        assert ids == tokenizer.encode(question)


@pytest.mark.parametrize("piece", [b" so ", b"\\boxed", b"\xe7\xad", b"\n\x00\x7f", b"\xff"])
def test_every_byte_comes_back(piece: bytes) -> None:
    assert list(longest_first([escaped(piece)], [gguf.TokenType.NORMAL])) == [piece]


def test_the_verb_writes_over_its_own_and_over_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "m.gguf"

    def code() -> object:
        with pytest.raises(SystemExit) as end:
            main(["export", run.name, "--runs-root", str(tmp_path), "--to", "gguf", "--out", str(out)])
        return end.value.code

    run = short_run(tmp_path)
    for _ in range(2):
        assert code() == 0 and read_tokens(out)[2] == CHAT_TEMPLATE
    out.write_text("my own")
    assert code() == 2 and "no GGUF file" in capsys.readouterr().err
    assert out.read_text() == "my own"


@pytest.mark.parametrize("think", [True, False])
def test_llama_cpp_says_the_same(exported: Path, base: tuple[Transformer, Tokenizer], think: bool) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    model, tokenizer = base
    there = llama_cpp.Llama(str(exported), n_ctx=512, verbose=False, n_threads=1, type_k=0, type_v=0)  # fp32 cache
    for question in QUESTIONS[:12]:
        ids = tokenizer.prompt_ids(question, think)
        opened = "<|user|>" + question + "<|assistant|><think>" + ("" if think else "</think>")
        assert there.tokenize(opened.encode(), add_bos=False, special=True) == ids
        [[ours]] = TorchEngine(model, 1).generate(
            [Prompt(tuple(ids), (0,))], Sampling(80, 0.0, stop_ids=(tokenizer.end_id,))
        )
        said = []
        for token in there.generate(ids, temp=0.0, repeat_penalty=1.0):
            said.append(token)
            if token == tokenizer.end_id or len(said) == 80:
                break
        assert said == list(ours.ids)
