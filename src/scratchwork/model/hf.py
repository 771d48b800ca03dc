"""Plain Hugging Face folders, read and written without `transformers`: JSON and safetensors only.

    config.json  generation_config.json  model.safetensors  tokenizer.json  tokenizer_config.json  chat_template.jinja

Our fused matrices are Hugging Face's stacked along their rows, so one table of names maps both ways. Left out: names on
the hub (give a folder), pickled `.bin` weights (they can run code), quantised weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors
from torch import Tensor

from scratchwork.files import atomic_write, file_errors
from scratchwork.model.hf_config import ModelFolderError, config_from_hf, config_to_hf, read_json
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer

OUTER = {"embed": "model.embed_tokens", "norm": "model.norm", "lm_head": "lm_head"}
IN_BLOCK = {  # our module: Hugging Face's, whose rows stacked in this order make it
    "input_norm": ("input_layernorm",),
    "attention.qkv_proj": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attention.o_proj": ("self_attn.o_proj",),
    "attention.q_norm": ("self_attn.q_norm",),
    "attention.k_norm": ("self_attn.k_norm",),
    "post_norm": ("post_attention_layernorm",),
    "gate_up_proj": ("mlp.gate_proj", "mlp.up_proj"),
    "down_proj": ("mlp.down_proj",),
}
FLOATS = {torch.float32: "float32", torch.bfloat16: "bfloat16", torch.float16: "float16"}
ONE_MODEL = "config.json and the weights must come from one model"


def save_model(folder: Path, model: Transformer, tokenizer: Tokenizer, dtype: torch.dtype = torch.float32) -> None:
    """Write `model` and `tokenizer` so that `AutoModelForCausalLM` and `AutoTokenizer` read them.

    (But transformers 5 splits text in Qwen's own way for every qwen2 folder: read its tokenizer with
    `PreTrainedTokenizerFast`.) Each file is replaced whole; what else is in `folder` stays.

    Raises FileError when it cannot be written.
    """
    ids = {"bos_token_id": None, "eos_token_id": tokenizer.end_id, "pad_token_id": tokenizer.pad_id}
    sampling = {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0}  # as in training
    weights = {name: tensor.to(dtype).contiguous() for name, tensor in to_hf(model).items()}
    tokenizer.save(folder)
    _write_json(folder / "config.json", {**config_to_hf(model.config), **ids, "torch_dtype": FLOATS[dtype]})
    _write_json(folder / "generation_config.json", {**sampling, **ids})
    atomic_write(folder / "model.safetensors", to_safetensors(weights, metadata={"format": "pt"}))


def load_model(folder: Path) -> tuple[Transformer, Tokenizer]:
    """A model, in fp32, and its tokenizer, as `save_model` wrote them.

    Raises UserError with a sentence that names the file, the value and the fix.
    """
    model, tokenizer = load_transformer(folder), Tokenizer.load(folder)
    if tokenizer.vocab_size > model.config.vocab_size:
        raise ModelFolderError(
            f"{folder / 'tokenizer.json'} has {tokenizer.vocab_size} tokens, but by config.json vocab_size is "
            f"{model.config.vocab_size}; take both from one model"
        )
    return model, tokenizer


def load_transformer(folder: Path) -> Transformer:
    """The model alone, in fp32, of any Llama, Qwen2 or Qwen3 folder, whatever its tokenizer.

    Raises ModelFolderError where the folder holds or asks for something that the decoder does not have.
    """
    model = Transformer(config_from_hf(folder / "config.json"))
    found = _read_weights(folder)
    _compare(folder, to_hf(model), found)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.cat([found[part] for part in hf_names(name)]))
    return model


def hf_names(name: str) -> tuple[str, ...]:
    """Hugging Face's names of the tensors whose rows, stacked, are our parameter `name`.

    >>> hf_names("layers.0.gate_up_proj.weight")
    ('model.layers.0.mlp.gate_proj.weight', 'model.layers.0.mlp.up_proj.weight')
    """
    module, _, kind = name.rpartition(".")
    if module in OUTER:
        return (f"{OUTER[module]}.{kind}",)
    _, layer, inner = module.split(".", 2)
    return tuple(f"model.layers.{layer}.{part}.{kind}" for part in IN_BLOCK[inner])


def to_hf(model: Transformer) -> dict[str, Tensor]:
    """The parameters under Hugging Face's names, as views; an output layer that is tied is not named twice."""
    config = model.config
    heads = (config.num_attention_heads, config.num_key_value_heads, config.num_key_value_heads)
    rows = {"qkv_proj": [n * config.head_dim for n in heads], "gate_up_proj": [config.intermediate_size] * 2}
    weights: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():  # a shared one comes once
        parts = parameter.detach().split(rows.get(name.split(".")[-2], len(parameter)))
        weights |= zip(hf_names(name), parts, strict=True)
    return weights


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """Every tensor of model.safetensors, or of the shards that its index lists."""
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if single.is_file():
        shards = {single.name}
    elif index.is_file():
        shards = {str(name) for name in read_json(index).get("weight_map", {}).values()}
    else:
        pickled = [path.name for path in sorted(folder.glob("*.bin"))]
        fix = f"{pickled[0]} is a pickle, which can run code: convert it to safetensors" if pickled else "download it"
        raise ModelFolderError(f"{single} is not there; {fix}")
    weights: dict[str, Tensor] = {}
    for shard in sorted(shards):
        if Path(shard).name != shard:
            raise ModelFolderError(f"{index} names the shard {shard!r}; a shard is a file beside it")
        with file_errors(folder / shard, "read"):
            try:
                weights |= load_file(folder / shard)
            except SafetensorError as error:
                raise ModelFolderError(f"{folder / shard} is damaged ({error}); copy it again") from error
    return weights


def _compare(folder: Path, wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Raise ModelFolderError unless `found` holds what is wanted, in its shapes, and nothing else."""
    extra = {name for name in found.keys() - wanted.keys() if not _is_idle(name, found)}
    for verb, names in (("lack", wanted.keys() - found.keys()), ("also hold", extra)):
        if names:
            some = ", ".join(sorted(names)[:3])
            raise ModelFolderError(f"the weights in {folder} {verb} {some} ({len(names)} tensors in all); {ONE_MODEL}")
    for name, tensor in wanted.items():
        shape, dtype = tuple(found[name].shape), found[name].dtype
        if shape != tensor.shape:
            should = tuple(tensor.shape)
            raise ModelFolderError(f"{name} in {folder} is {shape}, but by config.json {should}; {ONE_MODEL}")
        if dtype not in FLOATS:
            raise ModelFolderError(f"{name} in {folder} is {dtype}; use weights in {', '.join(FLOATS.values())}")


def _is_idle(name: str, found: Mapping[str, Tensor]) -> bool:
    """Whether a tensor that we have no place for says nothing new: a tied matrix again, or a table of angles."""
    if name == "lm_head.weight":
        return torch.equal(found[name], found.get(hf_names("embed.weight")[0], torch.empty(0)))
    return name.endswith(".rotary_emb.inv_freq")


def _write_json(path: Path, table: Mapping[str, Any]) -> None:
    atomic_write(path, (json.dumps(table, indent=2) + "\n").encode())
