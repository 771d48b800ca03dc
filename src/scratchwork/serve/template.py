"""The codec of any Hugging Face folder with a chat template.

Templates come with checkpoints and are hostile code: they run in jinja2's sandbox, with nothing but the messages and
the switch, and see a mark where each message's text goes, never the text itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from tokenizers import Tokenizer as BackendTokenizer

from scratchwork.errors import UserError
from scratchwork.model.hf_config import read_json
from scratchwork.model.tokenizer import without_added_tokens
from scratchwork.reward.grammar import THINK_CLOSE, THINK_OPEN
from scratchwork.serve.codec import Message, Modes, Prompted
from scratchwork.serve.pieces import piece_bytes

MAX_TEMPLATE = 100_000  # characters; a longer one is no chat template
MAX_RANGE = 10_000


class TemplateCodec:
    """The codec of any folder with `tokenizer.json` and a chat template."""

    def __init__(self, folder: Path, vocab_size: int) -> None:
        self.backend = load_backend(folder)
        self.plain = without_added_tokens(self.backend)
        self.config = read_json(folder / "tokenizer_config.json") if has(folder, "tokenizer_config.json") else {}
        source = chat_template(folder, self.config)
        self.template = sandboxed(folder, source)
        self.pieces = piece_bytes(self.backend, vocab_size)
        self.stop_ids = stop_ids(folder, self.backend, self.config)
        for stop in self.stop_ids:
            self.pieces[stop] = b""
        self.modes: Modes = self.thinking_modes(source)

    def thinking_modes(self, source: str) -> Modes:
        """Both where the template has a switch; else what the tail of a rendered prompt says."""
        if self.backend.token_to_id(THINK_CLOSE) is None and THINK_CLOSE not in source:
            return ("off",)
        if "enable_thinking" in source or re.search(r"\bthinking\b", source):
            return ("on", "off")
        return ("on",)

    def prompt(self, messages: Sequence[Message], think: bool) -> Prompted:
        """Raises UserError where the template refuses the conversation."""
        marks = [f"\ue000{i}\ue001" for i in range(len(messages))]  # private use: no template writes it
        turns = [{"role": m.role, "content": mark} for m, mark in zip(messages, marks, strict=True)]
        try:
            text = self.template.render(
                messages=turns,
                add_generation_prompt=True,
                enable_thinking=think,
                thinking=think,
                **self.special_names(),
            )
        except (TemplateError, TypeError, ValueError, RecursionError, OverflowError, MemoryError) as error:
            raise UserError(f"the model's chat template refuses this conversation: {error}") from error
        parts = re.split("\ue000(\\d+)\ue001", text)
        ids: list[int] = []
        for i, part in enumerate(parts):
            ids += self.encode(messages[int(part)].content) if i % 2 else self.controls(part)
        tail = parts[-1]
        return Prompted(tuple(ids), opened=tail.rfind(THINK_OPEN) > tail.rfind(THINK_CLOSE))

    def special_names(self) -> dict[str, str]:
        """bos_token, eos_token ... as templates name them."""
        found = {}
        for name in ("bos_token", "eos_token", "pad_token", "unk_token"):
            token = self.config.get(name)
            found[name] = token.get("content", "") if isinstance(token, dict) else token or ""
        return found

    def controls(self, text: str) -> list[int]:
        return list(self.backend.encode(text, add_special_tokens=False).ids)

    def encode(self, text: str) -> list[int]:
        return list(self.plain.encode(text, add_special_tokens=False).ids)

    def close_ids(self, phrase: str) -> tuple[int, ...]:
        return (*self.encode(phrase), *self.controls(THINK_CLOSE))


def load_backend(folder: Path) -> BackendTokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise UserError(f"{folder} has no tokenizer.json; save the model's tokenizer there with `transformers`")
    try:
        return BackendTokenizer.from_file(str(path))
    except Exception as error:  # the backend raises no narrower one
        raise UserError(f"{path} is damaged ({error}); copy it again") from error


def chat_template(folder: Path, config: Mapping[str, Any]) -> str:
    """The template's source, from its own file or from the tokenizer's settings. Raises UserError without one."""
    path = folder / "chat_template.jinja"
    source = path.read_text(errors="replace") if path.is_file() else config.get("chat_template")
    if isinstance(source, list):  # several by name
        source = next((t.get("template") for t in source if isinstance(t, dict) and t.get("name") == "default"), None)
    if not isinstance(source, str) or not source:
        raise UserError(
            f"{folder} has no chat template (chat_template.jinja, or chat_template in tokenizer_config.json); "
            "serve an instruct model, or add the template of its family"
        )
    if len(source) > MAX_TEMPLATE:
        raise UserError(f"the chat template in {folder} has {len(source)} characters; at most {MAX_TEMPLATE} are read")
    return source


def sandboxed(folder: Path, source: str) -> Any:
    """The template, compiled where it can reach nothing and change nothing."""

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    environment.globals.update(raise_exception=raise_exception, namespace=Namespace, range=short_range)
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    try:
        return environment.from_string(source)
    except TemplateError as error:
        raise UserError(f"the chat template in {folder} does not compile: {error}; copy the model again") from error


def short_range(*bounds: int) -> range:
    """`range`, which the sandbox bounds under its own name only."""
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise OverflowError(f"a range in the chat template is longer than {MAX_RANGE:,}")
    return numbers


def stop_ids(folder: Path, backend: BackendTokenizer, config: Mapping[str, Any]) -> tuple[int, ...]:
    """What ends an answer: eos_token_id of generation_config.json, and the tokenizer's own end token."""
    found: list[Any] = []
    if has(folder, "generation_config.json"):
        given = read_json(folder / "generation_config.json").get("eos_token_id")
        found += given if isinstance(given, list) else [given]
    token = config.get("eos_token")
    name = token.get("content") if isinstance(token, dict) else token
    if isinstance(name, str):
        found.append(backend.token_to_id(name))
    ids = tuple(dict.fromkeys(i for i in found if isinstance(i, int)))
    if not ids:
        raise UserError(f"{folder} names no end token (eos_token_id, eos_token); its answers would never end")
    return ids


def has(folder: Path, name: str) -> bool:
    return (folder / name).is_file()
