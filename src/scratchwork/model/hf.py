"""Plain Hugging Face folders, read and written without `transformers`: JSON and safetensors only.

    config.json  generation_config.json  model.safetensors  tokenizer.json  tokenizer_config.json  chat_template.jinja

Our fused matrices are stacks of Hugging Face's along their rows, so one table of names maps both ways. What the decoder
cannot represent is refused by the field that says so: a model that loads is the model that was saved. Left out: names on
the hub (give a folder), pickled `.bin` weights (they can run code), quantised weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors
from torch import Tensor

from scratchwork.config import ModelConfig
from scratchwork.errors import UserError, suggestion
from scratchwork.files import atomic_write, file_errors
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer

CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
OUTER = {"embed": "model.embed_tokens", "norm": "model.norm", "lm_head": "lm_head"}
IN_BLOCK = {  # our module: Hugging Face's, whose rows stacked in this order make ours
    "input_norm": ("input_layernorm",),
    "attention.qkv_proj": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attention.o_proj": ("self_attn.o_proj",),
    "attention.q_norm": ("self_attn.q_norm",),
    "attention.k_norm": ("self_attn.k_norm",),
    "post_norm": ("post_attention_layernorm",),
    "gate_up_proj": ("mlp.gate_proj", "mlp.up_proj"),
    "down_proj": ("mlp.down_proj",),
}
PLAIN = {  # fields of config.json that name what we do not have, and the value that asks for nothing
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "use_sliding_window": False,
    "quantization_config": None,
}
FLOATS = {torch.float32: "float32", torch.bfloat16: "bfloat16", torch.float16: "float16"}


class ModelFolderError(UserError):
    """A model folder that cannot be read as one of ours; the message names the file, the value and the fix."""


def save_model(folder: Path, model: Transformer, tokenizer: Tokenizer, dtype: torch.dtype = torch.float32) -> None:
    """Write `model` and `tokenizer` so that `AutoModelForCausalLM` and `AutoTokenizer` read them.

    Each file is replaced whole; what else is in `folder` stays. Raises FileError when it cannot be written.
    """
    weights = {name: tensor.to(dtype).contiguous() for name, tensor in to_hf(model).items()}
    ids = {"bos_token_id": None, "eos_token_id": tokenizer.end_id, "pad_token_id": tokenizer.pad_id}
    sampling = {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0}  # as in training
    tokenizer.save(folder)
    _write_json(folder / "config.json", {**config_to_hf(model.config), "torch_dtype": FLOATS[dtype], **ids})
    _write_json(folder / "generation_config.json", {**sampling, **ids})
    atomic_write(folder / "model.safetensors", to_safetensors(weights, metadata={"format": "pt"}))


def load_model(folder: Path) -> tuple[Transformer, Tokenizer]:
    """A model and its tokenizer, as `save_model` wrote them; the weights become fp32.

    Raises ModelFolderError, or UserError for the tokenizer, with a sentence that names file, value and fix.
    """
    model, tokenizer = load_transformer(folder), Tokenizer.load(folder)
    if tokenizer.vocab_size > model.config.vocab_size:
        raise ModelFolderError(
            f"{folder}: the tokenizer has {tokenizer.vocab_size} tokens and the model only vocab_size "
            f"{model.config.vocab_size}; the files belong to different models"
        )
    return model, tokenizer


def load_transformer(folder: Path) -> Transformer:
    """The model alone, fp32, of any Llama, Qwen2 or Qwen3 folder, whatever its tokenizer.

    Raises ModelFolderError where the folder asks for something that the decoder does not have.
    """
    config = config_from_hf(folder / "config.json")
    with torch.device("meta"):  # names and shapes only; the weights come from the files
        wanted = to_hf(Transformer(config))
    found = _read_weights(folder)
    _compare(folder, wanted, found, config.tie_word_embeddings)
    model = Transformer(config)
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
    rows = {
        "qkv_proj": [n * config.head_dim for n in (config.num_attention_heads, *2 * (config.num_key_value_heads,))],
        "gate_up_proj": 2 * [config.intermediate_size],
    }
    weights: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():  # names a shared parameter once
        sizes = rows.get(name.split(".")[-2], [len(parameter)])
        weights |= zip(hf_names(name), parameter.detach().split(sizes), strict=True)
    return weights


def config_to_hf(config: ModelConfig) -> dict[str, Any]:
    """What config.json says of the model's shape. Its rotary base stands where old readers look, and where new ones do."""
    return {
        "architectures": [CLASSES[config.architecture]],
        "model_type": config.architecture,
        **config.model_dump(exclude={"architecture"}),
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_theta},
        **PLAIN,
    }


def config_from_hf(path: Path) -> ModelConfig:
    """The shape that a config.json describes. Raises ModelFolderError when we have no such decoder."""
    given = {key: value for key, value in _read_json(path).items() if value is not None}
    kind = given.get("model_type")
    if kind not in CLASSES:
        raise ModelFolderError(f"{path}: model_type is {kind!r}, which this decoder is not; {suggestion(str(kind), CLASSES)}")
    for field, value in _unsupported(given):
        raise ModelFolderError(f"{path}: {field} is {value!r}, which this decoder does not have; use a model without it")
    rope = given.get("rope_parameters", {})
    fields = {
        "num_key_value_heads": given.get("num_attention_heads"),
        "tie_word_embeddings": False,
        **{name: given[name] for name in ModelConfig.model_fields if name in given},
        "architecture": kind,
        "rope_theta": rope.get("rope_theta", given.get("rope_theta", 10_000.0)),
    }
    missing = [name for name in NO_DEFAULT if name not in given]
    if missing:
        raise ModelFolderError(f"{path} lacks {', '.join(missing)}; it is not the config.json of a {kind} model")
    try:
        return ModelConfig(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ModelFolderError(f"{path}: {field} is {first['input']!r:.80}; {first['msg']}") from None
