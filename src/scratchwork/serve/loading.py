"""From a folder to a model that is served. What was trained here speaks by our own template, others by theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scratchwork.config import ModelConfig
from scratchwork.errors import UserError
from scratchwork.model.checkpoint import load_checkpoint
from scratchwork.model.hf import load_transformer
from scratchwork.model.hf_config import config_from_hf, read_json
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.recipe.models import is_checkpoint
from scratchwork.serve.codec import Codec, OwnCodec
from scratchwork.serve.house import Defaults, Served
from scratchwork.serve.modes import Mode
from scratchwork.serve.scheduler import Desk
from scratchwork.serve.shelf import Found
from scratchwork.serve.template import TemplateCodec

OWN_ROLES = ("base", "sft", "thinking", "checkpoint")
MAX_TOKENS = 1024  # of a model that says nothing of it
CACHE_BYTES = 2**31  # for the keys and values of a model's rows
MODES: tuple[Mode, ...] = ("on", "off", "auto")
# Leads a foreign model over to its answer when its thinking is cut short, in the words of Qwen3's guide. Ours have the
# tag alone: so they were measured (frontier/trials.py).
CLOSE = (
    "\n\nConsidering the limited time by the user, I have to give the solution based on the thinking directly now.\n"
)


def load(found: Found, slots: int, context: int, most_waiting: int) -> Served:
    """The model that was found, its weights to be read when someone first asks it.

    Raises UserError for a folder that cannot be served; weights that are damaged show when they are read.
    """
    config = config_from_hf(found.folder / "config.json")
    room = min(context, config.max_position_embeddings)
    rows = max(1, min(slots, CACHE_BYTES // bytes_per_row(config, room)))
    desk = Desk(lambda: weights(found.folder), rows, room, most_waiting)
    return Served(found.name, found.role, codec_of(found, config), desk, defaults_of(found, room), found.run)


def bytes_per_row(config: ModelConfig, room: int) -> int:
    """Of keys and values, in fp32."""
    return 2 * 4 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * room


def weights(folder: Path) -> Transformer:
    """A checkpoint's only when its checksums are right."""
    return load_checkpoint(folder).model if is_checkpoint(folder) else load_transformer(folder)


def codec_of(found: Found, config: ModelConfig) -> Codec:
    if found.role not in OWN_ROLES:
        return TemplateCodec(found.folder, config.vocab_size)
    return OwnCodec(Tokenizer.load(found.folder), found.thinks)


def defaults_of(found: Found, room: int) -> Defaults:
    """Sampling as generation_config.json has it; a foreign one that says nothing is sampled as it stands."""
    path = found.folder / "generation_config.json"
    given: Mapping[str, Any] = read_json(path) if path.is_file() else {}
    cold = given.get("do_sample") is False
    temperature = 0.0 if cold else number(path, given, "temperature", 1.0)
    top_p = number(path, given, "top_p", 1.0)
    cap = min(found.max_tokens or MAX_TOKENS, max(1, room // 2))
    phrase = "" if found.role in OWN_ROLES else CLOSE
    return Defaults(cap, dict.fromkeys(MODES, temperature), dict.fromkeys(MODES, top_p), phrase)


def number(path: Path, given: Mapping[str, Any], name: str, default: float) -> float:
    """Raises UserError for what is not a number from 0 to 2."""
    value = given.get(name, default)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
        raise UserError(f"{path}: {name} is {value!r}; it is a number from 0 to 2")
    return float(value)
