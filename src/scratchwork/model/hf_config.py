"""config.json: the shape of a decoder in Hugging Face's words.

Most of our names are Hugging Face's own; `architecture` is their model_type. What the decoder does not have is refused
by the field that asks for it, never ignored: a model that loads computes what it computed where it was made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scratchwork.config import ModelConfig
from scratchwork.errors import UserError, suggestion
from scratchwork.files import file_errors

CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
PLAIN = {  # fields that ask for what we do not have, and the value that asks for nothing
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "use_sliding_window": False,
    "partial_rotary_factor": 1.0,
    "quantization_config": None,
}
NO_DEFAULT = (
    *("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    "max_position_embeddings",
)


class ModelFolderError(UserError):
    """A model folder that cannot be read as one of ours; the message names the file, the value and the fix."""


def config_to_hf(config: ModelConfig) -> dict[str, Any]:
    """What config.json says of a model's shape; the rotary base stands where transformers 4 looks and where 5 does."""
    return {
        "architectures": [CLASSES[config.architecture]],
        "model_type": config.architecture,
        **config.model_dump(exclude={"architecture"}),
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_theta},
        "hidden_act": "silu",
    }


def config_from_hf(path: Path) -> ModelConfig:
    """The shape that a config.json describes. Raises ModelFolderError when our decoder cannot have it."""
    given = {field: value for field, value in read_json(path).items() if value is not None}
    kind = given.get("model_type")
    if kind not in CLASSES:
        known = suggestion(str(kind), CLASSES)
        raise ModelFolderError(f"{path}: model_type is {kind!r}, which this decoder cannot be; {known}")
    for field, value in _unsupported(given):
        raise ModelFolderError(f"{path}: {field} is {value!r}, which this decoder cannot do; use a model without it")
    missing = [field for field in NO_DEFAULT if field not in given]
    if missing:
        raise ModelFolderError(f"{path} lacks {', '.join(missing)}; take the config.json that came with the weights")
    fields = {
        "num_key_value_heads": given["num_attention_heads"],
        "tie_word_embeddings": False,
        **{field: given[field] for field in ModelConfig.model_fields if field in given},
        "architecture": kind,
    }
    if "rope_theta" in given.get("rope_parameters", {}):
        fields["rope_theta"] = given["rope_parameters"]["rope_theta"]
    try:
        return ModelConfig(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{first['loc'][0]} is {first['input']!r:.80}; " if first["loc"] else ""
        raise ModelFolderError(f"{path}: {what}{first['msg']}") from None


def _unsupported(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields that ask for what the decoder does not have, with their values."""
    yield from ((field, given[field]) for field, plain in PLAIN.items() if given.get(field, plain) != plain)
    for field in ("rope_parameters", "rope_scaling"):
        rope = given.get(field, {})
        plain = isinstance(rope, dict) and rope.get("rope_type", rope.get("type", "default")) == "default"
        if not plain or rope.get("partial_rotary_factor", 1) != 1:
            yield field, rope
    if set(given.get("layer_types", ())) - {"full_attention"}:
        yield "layer_types", given["layer_types"]


def read_json(path: Path) -> dict[str, Any]:
    """The table in a JSON file. Raises ModelFolderError when there is none."""
    if not path.is_file():
        raise ModelFolderError(f"{path} is not there; give the folder of a model, downloaded or saved by a run")
    with file_errors(path, "read"):
        raw = path.read_bytes()
    try:
        table = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ModelFolderError(f"{path} is damaged ({error}); copy it again") from error
    if not isinstance(table, dict):
        raise ModelFolderError(f"{path} holds a {type(table).__name__} where a table should be; copy it again")
    return table
