"""How a conversation becomes a prompt, and tokens become text; here for the models that scratchwork trains.

What a user, an assistant of the past or a system prompt says is encoded as plain text: a control token's name in it is
letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from scratchwork.errors import UserError
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.reward.grammar import THINK_CLOSE, THINK_OPEN
from scratchwork.serve.pieces import piece_bytes

Role = Literal["system", "user", "assistant"]
Modes = tuple[Literal["on", "off"], ...]  # of thinking, the default first


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of a conversation, its thinking already left out."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Prompted:
    """A prompt's ids, and whether it ends inside a thinking block. `raw`: tags in what follows are text as well."""

    ids: tuple[int, ...]
    opened: bool
    raw: bool = False


class Codec(Protocol):
    """What serving needs of a tokenizer."""

    pieces: list[bytes]  # of each id
    stop_ids: tuple[int, ...]
    modes: Modes

    def prompt(self, messages: Sequence[Message], think: bool) -> Prompted: ...

    def encode(self, text: str) -> list[int]:
        """Ids of plain text."""
        ...

    def close_ids(self, phrase: str) -> tuple[int, ...]:
        """What ends the thinking by force: a phrase that leads over to the answer, and the closing tag."""
        ...


class OwnCodec:
    """The codec of a model that scratchwork trained. `thinks`: whether it was taught to."""

    def __init__(self, tokenizer: Tokenizer, thinks: bool) -> None:
        self.tokenizer = tokenizer
        self.pieces = piece_bytes(tokenizer.backend, tokenizer.vocab_size)
        self.pieces[tokenizer.end_id] = b""
        self.stop_ids: tuple[int, ...] = (tokenizer.end_id,)
        self.modes: Modes = ("on", "off") if thinks else ("off",)

    def prompt(self, messages: Sequence[Message], think: bool) -> Prompted:
        """As the chat template has it. Raises UserError for a system message, which these models have never seen."""
        own, ids = self.tokenizer, []
        for message in messages:
            if message.role == "system":
                raise UserError("this model knows no system messages; put what it says into the user's message")
            if message.role == "user":
                ids += [own.ids["<|user|>"], *own.encode(message.content)]
            else:
                closed = [own.ids["<|assistant|>"], own.ids[THINK_OPEN], own.ids[THINK_CLOSE]]
                ids += [*closed, *own.encode(message.content), own.end_id]
        ids += [own.ids["<|assistant|>"], own.ids[THINK_OPEN], *([] if think else [own.ids[THINK_CLOSE]])]
        return Prompted(tuple(ids), opened=think)

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text)

    def close_ids(self, phrase: str) -> tuple[int, ...]:
        return (*self.tokenizer.encode(phrase), self.tokenizer.ids[THINK_CLOSE])
