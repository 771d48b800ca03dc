"""From tokens to text as they come: no character is shown before it is whole, none is lost.

Byte-level vocabularies (all of the families that model/ reads) write a byte as a printable character; this undoes it.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from tokenizers import Tokenizer as BackendTokenizer

from scratchwork.errors import UserError


def byte_of_character() -> dict[str, int]:
    """The byte that each character of a byte-level vocabulary stands for (GPT-2's table).

    >>> table = byte_of_character()
    >>> table["A"], table["Ġ"], len(table)
    (65, 32, 256)
    """
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(others)}


def piece_bytes(backend: BackendTokenizer, size: int) -> list[bytes]:
    """The bytes of every id below `size`; an added token's are those of its name, an unused id's none.

    Raises UserError for a vocabulary that is not byte-level.
    """
    table = byte_of_character()
    added = {i: token.content for i, token in backend.get_added_tokens_decoder().items()}
    pieces: list[bytes] = []
    for i in range(size):
        token = backend.id_to_token(i)
        if i in added or token is None:
            pieces.append(added.get(i, "").encode())
            continue
        if not set(token) <= table.keys():
            raise UserError(f"the tokenizer's token {token!r} is not byte-level; models of this kind cannot be served")
        pieces.append(bytes(table[c] for c in token))
    return pieces


class TextStream:
    """The text of one sequence, token by token."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token: int) -> str:
        """The characters that this token completes."""
        return self.decoder.decode(self.pieces[token])

    def finish(self) -> str:
        """U+FFFD where the sequence ended within a character."""
        return self.decoder.decode(b"", final=True)
