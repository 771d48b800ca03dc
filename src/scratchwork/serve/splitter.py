"""A stream of text taken apart as it comes, where `reward.grammar.parse` takes the whole apart.

Both follow the same rules and tests/serve/test_splitter.py holds them to each other: however the text is cut, the parts
of the stream are the parts of the whole. Text that may turn out to be a tag is held back until it is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scratchwork.reward.grammar import THINK_CLOSE, THINK_OPEN

Kind = Literal["thinking", "answer"]


class Splitter:
    """`opened` says whether the prompt opened a thinking block."""

    def __init__(self, opened: bool) -> None:
        self.opened = opened
        self.kind: Kind = "thinking" if opened else "answer"
        self.held = ""
        self.started = False  # known whether the text starts with an opening tag

    @property
    def thinks(self) -> bool:
        """Whether what comes next is thinking, as far as is known."""
        return self.kind == "thinking"

    def feed(self, text: str) -> Iterator[tuple[Kind, str]]:
        """The parts that are now known, none of them empty."""
        self.held += text
        if not self.started and not self.start():
            return
        if self.kind == "thinking":
            thinking, tag, rest = self.held.partition(THINK_CLOSE)
            if tag:
                if thinking:
                    yield "thinking", thinking
                self.kind, self.held = "answer", rest
            else:
                known = len(self.held) - overlap(self.held, THINK_CLOSE)
                if known:
                    yield "thinking", self.held[:known]
                self.held = self.held[known:]
        if self.kind == "answer" and self.held:
            yield "answer", self.held
            self.held = ""

    def finish(self) -> Iterator[tuple[Kind, str]]:
        """What was held back, when nothing more comes."""
        if self.held:
            yield self.kind, self.held
            self.held = ""

    def start(self) -> bool:
        """Whether it is known if the text starts with an opening tag; one that does begins or repeats the block."""
        head = self.held.lstrip()
        if THINK_OPEN.startswith(head) and head != THINK_OPEN:
            return False
        self.started = True
        if head.startswith(THINK_OPEN):
            self.kind, self.held = "thinking", head.removeprefix(THINK_OPEN)
        return True


def overlap(text: str, mark: str) -> int:
    """How many characters at the end of `text` may be the beginning of `mark`, without being all of it.

    >>> overlap("so </th", "</think>"), overlap("so 3", "</think>")
    (4, 0)
    """
    longest = min(len(text), len(mark) - 1)
    return next((n for n in range(longest, 0, -1) if mark.startswith(text[-n:])), 0)
