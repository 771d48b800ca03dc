"""What of an answer a client is told: thinking whole, as a summary or not at all; the answer always.

One `Telling` a sample. Whatever the visibility, the counts come from the tokens, not from what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from scratchwork.reward.grammar import parse
from scratchwork.serve.splitter import Kind
from scratchwork.serve.wire import Visibility


class Summarizer(Protocol):
    """Makes a summary as thinking goes on; each paragraph comes when it is ready."""

    def feed(self, thinking: str) -> list[str]: ...

    def finish(self) -> list[str]: ...


class Telling:
    """Keeps the answer's text, to find the box in it, and turns thinking into what may be shown."""

    def __init__(self, visibility: Visibility, summarizer: Summarizer | None = None) -> None:
        self.visibility, self.summarizer = visibility, summarizer
        self.thinking: list[str] = []  # as shown
        self.answer: list[str] = []
        self.summing_up = visibility == "summary" and summarizer is not None

    def tell(self, parts: Iterable[tuple[Kind, str]], last: bool = False) -> list[tuple[Kind, str]]:
        """The parts as this client may see them. `last`: nothing comes after."""
        told: list[tuple[Kind, str]] = []
        for kind, text in parts:
            if kind == "answer":
                told += self.sum_up()
                told.append(("answer", text))
            elif self.visibility == "full":
                told.append(("thinking", text))
            elif self.summing_up and self.summarizer is not None:
                told += [("thinking", paragraph) for paragraph in self.summarizer.feed(text)]
        if last:
            told += self.sum_up()
        for kind, text in told:
            (self.answer if kind == "answer" else self.thinking).append(text)
        return told

    def sum_up(self) -> list[tuple[Kind, str]]:
        """The summary's last words, once."""
        if not self.summing_up or self.summarizer is None:
            return []
        self.summing_up = False
        return [("thinking", paragraph) for paragraph in self.summarizer.finish()]

    @property
    def shown_thinking(self) -> str:
        return "".join(self.thinking)

    @property
    def text(self) -> str:
        return "".join(self.answer)

    @property
    def boxed(self) -> str | None:
        """The value in the answer's box."""
        return parse(self.text, opened=False).answer
