"""Folders go both ways between us and `transformers` with the same logits; what we cannot be is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, load_file, save_file

from scratchwork.model.checkpoint import save_checkpoint
from scratchwork.model.hf import load_model, load_transformer, save_model, to_hf
from scratchwork.model.hf_config import ModelFolderError

transformers = pytest.importorskip("transformers")

SHAPES = [  # (architecture, tied, key-value heads of 4, head_dim)
    ("llama", True, 1, 12),
    ("llama", False, 4, 20),
    ("qwen2", True, 2, 12),
    ("qwen2", False, 2, 12),
    ("qwen3", True, 2, 32),
    ("qwen3", False, 1, 12),
]


def some_ids(length: int = 40) -> torch.Tensor:
    return torch.randint(0, 250, (2, length), generator=torch.Generator().manual_seed(1))


def foreign_model(architecture: str, tied: bool, kv_heads: int, head_dim: int, **more):
    """A model made by `transformers`, every parameter random."""
    kind = {"llama": "LlamaConfig", "qwen2": "Qwen2Config", "qwen3": "Qwen3Config"}[architecture]
    config = getattr(transformers, kind)(
        **dict(vocab_size=250, hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4),
        **dict(num_key_value_heads=kv_heads, head_dim=head_dim, tie_word_embeddings=tied, max_position_embeddings=128),
        **dict(rope_parameters={"rope_type": "default", "rope_theta": 500.0}, rms_norm_eps=1e-5),
        **more,
    )
    model = transformers.AutoModelForCausalLM.from_config(config).float().eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if "norm" in name else 0.0, 0.15, generator=generator)
    return model


def edit_config(folder: Path, **fields: object) -> None:
    """Change fields of config.json; `...` removes one."""
    config = json.loads((folder / "config.json").read_text()) | fields
    config = {name: value for name, value in config.items() if value is not ...}
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(("architecture", "tied", "kv_heads", "head_dim"), SHAPES)
@torch.no_grad()
def test_transformers_reads_what_we_save(
    tmp_path, random_model, tokenizer, architecture, tied, kv_heads, head_dim
) -> None:
    shape = {"tie_word_embeddings": tied, "num_key_value_heads": kv_heads, "head_dim": head_dim, "rope_theta": 500.0}
    model = random_model(architecture, **shape)
    save_model(tmp_path, model, tokenizer)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    assert type(theirs).__name__.lower() == f"{architecture}forcausallm"
    torch.testing.assert_close(theirs(some_ids()).logits, model(some_ids()), atol=1e-4, rtol=0)
    again, _ = load_model(tmp_path)
    assert again.config == model.config
    assert torch.equal(again(some_ids()), model(some_ids()))


@pytest.mark.parametrize(("architecture", "tied", "kv_heads", "head_dim"), SHAPES)
@torch.no_grad()
def test_we_read_what_transformers_saves(tmp_path, architecture, tied, kv_heads, head_dim) -> None:
    theirs = foreign_model(architecture, tied, kv_heads, head_dim)
    theirs.save_pretrained(tmp_path)
    ours = load_transformer(tmp_path)
    torch.testing.assert_close(ours(some_ids()), theirs(some_ids()).logits, atol=1e-4, rtol=0)
    # As transformers 4 wrote it: the rotary base beside the rest, and nulls where nothing is asked for.
    edit_config(tmp_path, rope_parameters=..., rope_theta=500, rope_scaling=None, layer_types=..., sliding_window=None)
    torch.testing.assert_close(load_transformer(tmp_path)(some_ids()), ours(some_ids()))


@torch.no_grad()
def test_shards_and_half_precision_become_one_fp32_model(tmp_path) -> None:
    theirs = foreign_model("qwen2", False, 2, 12)
    expected = theirs(some_ids()).logits
    theirs.save_pretrained(tmp_path / "shards", max_shard_size="40KB")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 2
    torch.testing.assert_close(load_transformer(tmp_path / "shards")(some_ids()), expected, atol=1e-4, rtol=0)
    for dtype in (torch.bfloat16, torch.float16):
        folder = tmp_path / str(dtype)
        foreign_model("qwen2", False, 2, 12).to(dtype).save_pretrained(folder)
        ours, theirs = (
            load_transformer(folder),
            transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32"),
        )
        assert {p.dtype for p in ours.parameters()} == {torch.float32}
        torch.testing.assert_close(ours(some_ids()), theirs(some_ids()).logits, atol=1e-4, rtol=0)


def test_we_save_half_precision_when_asked(tmp_path, random_model, tokenizer) -> None:
    model = random_model()
    save_model(tmp_path, model, tokenizer, dtype=torch.bfloat16)
    assert {t.dtype for t in load_file(tmp_path / "model.safetensors").values()} == {torch.bfloat16}
    assert transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype="auto").dtype == torch.bfloat16
    for name, tensor in load_model(tmp_path)[0].state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name].bfloat16().float()), name


def test_a_tied_matrix_saved_twice_and_old_tables_of_angles_are_read(tmp_path, random_model, tokenizer) -> None:
    model = random_model()
    save_model(tmp_path, model, tokenizer)
    weights = {**to_hf(model), "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(6)}
    save_file({**weights, "lm_head.weight": model.embed.weight.detach().clone()}, tmp_path / "model.safetensors")
    assert torch.equal(load_transformer(tmp_path).embed.weight, model.embed.weight)
    save_file({**weights, "lm_head.weight": torch.zeros(3, 3)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelFolderError, match=r"also hold lm_head\.weight \(1 tensors in all\)"):
        load_transformer(tmp_path)


@pytest.mark.parametrize(
    ("architecture", "reader"),
    [
        ("llama", "AutoTokenizer"),
        ("qwen2", "PreTrainedTokenizerFast"),
        pytest.param("qwen2", "AutoTokenizer", marks=pytest.mark.xfail(reason="transformers 5 splits in Qwen's way")),
        ("qwen3", "AutoTokenizer"),
    ],
)
def test_the_tokenizer_of_a_checkpoint_is_theirs_too(tmp_path, random_model, tokenizer, architecture, reader) -> None:
    folder = save_checkpoint(tmp_path, 1, random_model(architecture), tokenizer, {})
    theirs = getattr(transformers, reader).from_pretrained(folder)
    assert (theirs.eos_token_id, theirs.pad_token_id) == (tokenizer.end_id, tokenizer.pad_id)
    for text in ("Try 3+10=13, then 13*2=26.", "👩‍🚀 costs 3,50 € – naïve?  日本語\n\n x ", " leading, trailing "):
        ids = tokenizer.encode(text)
        assert theirs.encode(text, add_special_tokens=False) == ids
        assert theirs.decode(ids) == text
    question = "Emily buys 3 apples. How much?"
    for think in (True, False):
        told = {"add_generation_prompt": True, "return_dict": False, "enable_thinking": think}
        assert theirs.apply_chat_template([{"role": "user", "content": question}], **told) == tokenizer.prompt_ids(
            question, think=think
        )
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "<think>x</think>b"}]
    assert theirs.apply_chat_template(turns, tokenize=False) == "<|user|>a<|assistant|><think></think>b<|end|>"
    with pytest.raises(Exception, match="a message is from the user or the assistant, not system"):
        theirs.apply_chat_template([{"role": "system", "content": "x"}], tokenize=False)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"model_type": "qwen3_moe"},
            r"model_type is 'qwen3_moe', which this decoder cannot be; did you mean 'qwen3'\?",
        ),
        ({"model_type": ...}, "model_type is None, which this decoder cannot be; known: llama, qwen2, qwen3"),
        (
            {"rope_scaling": {"type": "yarn", "factor": 4.0}},
            r"rope_scaling is \{'type': 'yarn'.*use a model without it",
        ),
        (
            {"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}},
            r"rope_parameters is \{'rope_type': 'llama3'",
        ),
        ({"rope_scaling": "linear"}, "rope_scaling is 'linear', which this decoder cannot do"),
        ({"rope_parameters": {"partial_rotary_factor": 0.5}}, "rope_parameters is .*partial_rotary_factor"),
        ({"use_sliding_window": True}, "use_sliding_window is True, which this decoder cannot do"),
        ({"layer_types": ["full_attention", "sliding_attention"]}, "layer_types is .*sliding_attention"),
        ({"attention_bias": True}, "attention_bias is True"),
        ({"hidden_act": "gelu"}, "hidden_act is 'gelu'"),
        ({"quantization_config": {"bits": 4}}, "quantization_config is"),
        ({"hidden_size": ..., "vocab_size": None}, r"lacks vocab_size, hidden_size; take the config\.json that came"),
        ({"hidden_size": "48"}, "hidden_size is '48'; Input should be a valid integer"),
        ({"num_key_value_heads": 3}, "num_key_value_heads is 3; it must divide num_attention_heads"),
        ({"intermediate_size": 81}, r"mlp\.gate_proj\.weight in .* is \(80, 48\), but by config\.json \(81, 48\)"),
        ({"num_hidden_layers": 3}, r"the weights in .* lack model\.layers\.2\.\S+, .* \(9 tensors in all\)"),
        ({"num_hidden_layers": 1}, r"the weights in .* also hold model\.layers\.1\."),
        (
            {"tie_word_embeddings": False},
            r"lack lm_head\.weight \(1 tensors in all\); config\.json and the weights must",
        ),
        ({"model_type": "qwen2"}, r"lack model\.layers\.0\.self_attn\.k_proj\.bias, .* \(6 tensors in all\)"),
    ],
)
def test_what_the_decoder_cannot_be_is_refused(tmp_path, random_model, tokenizer, fields, sentence) -> None:
    save_model(tmp_path, random_model(), tokenizer)
    load_transformer(tmp_path)
    edit_config(tmp_path, **fields)
    with pytest.raises(ModelFolderError, match=sentence):
        load_transformer(tmp_path)


def test_folders_without_usable_files_are_sentences(tmp_path, random_model, tokenizer) -> None:
    def refuses(sentence: str) -> None:
        with pytest.raises(ModelFolderError, match=sentence):
            load_model(tmp_path)

    refuses(r"config\.json is not there; give the folder of a model, downloaded or saved by a run")
    save_model(tmp_path, random_model(), tokenizer)
    weights = tmp_path / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    refuses(r"model\.safetensors is damaged \(.*\); copy it again")
    save_file({name: tensor.to(torch.int8) for name, tensor in load(whole).items()}, weights)
    refuses(r"is torch\.int8; use weights in float32, bfloat16, float16")
    weights.unlink()
    refuses(r"model\.safetensors is not there; download it")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    refuses(r"pytorch_model\.bin is a pickle, which can run code: convert it to safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"model.norm.weight": "../other/model.safetensors"}}))
    refuses(r"names the shard '\.\./other/model\.safetensors'; a shard is a file beside it")
    index.write_text(json.dumps({"weight_map": {"model.norm.weight": "gone.safetensors"}}))
    with pytest.raises(ValueError, match=r"cannot read .*gone\.safetensors"):
        load_model(tmp_path)
    for text, sentence in (
        ("{", r"config\.json is damaged"),
        ("[]", r"config\.json holds a list where a table should"),
    ):
        (tmp_path / "config.json").write_text(text)
        refuses(sentence)


def test_a_tokenizer_larger_than_the_model_is_refused(tmp_path, random_model, tokenizer) -> None:
    save_model(tmp_path, random_model(vocab_size=100), tokenizer)
    with pytest.raises(
        ModelFolderError, match=r"tokenizer\.json has \d+ tokens, but by config\.json vocab_size is 100"
    ):
        load_model(tmp_path)
