"""How long a response is, when its tokens were not kept.

With the tokenizer (TRL's checkpoints have it) the text is cut into tokens again, which gives the very count but for the
rare text that is cut in two ways. Without it the text is cut into words, digits and signs; where the log tells the
step's mean length in tokens, lengths are scaled to have that mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from scratchwork.errors import UserError

Cut = Callable[[Sequence[str]], list[tuple[int, ...]]]  # texts into ids, the same piece the same id

_PIECE = re.compile(r"[^\W\d_]{1,12}|\d|[^\w\s]|_|\n")


def in_tokens(path: Path) -> Cut:
    """By a tokenizer.json. Raises UserError when it is none."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise UserError(f"{path} is not a tokenizer.json that can be read ({error})") from error

    def cut(texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [tuple(found.ids) for found in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    return cut


def in_pieces(texts: Sequence[str]) -> list[tuple[int, ...]]:
    """By words, digits and signs; their ids are hashes.

    >>> [len(ids) for ids in in_pieces(["So 12 apples.", ""])]
    [5, 0]
    """
    return [tuple(map(hash, _PIECE.findall(text))) for text in texts]


def find_tokenizer(folder: Path) -> Path | None:
    """The newest tokenizer.json in a folder or in its checkpoints."""
    found = [*folder.glob("tokenizer.json"), *folder.glob("checkpoint-*/tokenizer.json")]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)
