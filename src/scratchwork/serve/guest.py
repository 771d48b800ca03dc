"""One answer under way: its text as it comes, what of it is thinking, and how the thinking is ended in time.

A budget is kept by steering: when no more thinking is allowed, the tokens that close the block are put in the place of
those drawn, and the answer follows. They go through the same splitter as all others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scratchwork.serve.codec import Codec
from scratchwork.serve.pieces import TextStream
from scratchwork.serve.splitter import Kind, Splitter
from scratchwork.serve.stops import StopStrings

ClosedBy = Literal["model", "budget", "request"]


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a request thinks. `budget`: most thinking tokens, closing tag included; None = no limit of its own.

    `raw`: nothing is taken apart, and all of it counts as the answer.
    """

    opened: bool
    budget: int | None = None
    close_ids: tuple[int, ...] = ()
    raw: bool = False


class Guest:
    """Read and steered by the decoding thread alone."""

    def __init__(self, codec: Codec, thinking: Thinking, stops: Sequence[str] = ()) -> None:
        self.thinking = thinking
        self.stop_ids = codec.stop_ids
        self.text = TextStream(codec.pieces)
        self.splitter = Splitter(thinking.opened)
        self.splitter.started = thinking.raw
        self.stops = StopStrings(stops)
        self.forced: deque[int] = deque()
        self.asked_to_close = False
        self.closed_by: ClosedBy | None = None
        self.thinking_tokens = 0
        self.answer_tokens = 0

    def steer(self, drawn: int) -> int:
        """The token that is said instead of `drawn`, most often itself."""
        if not self.forced and self.splitter.thinks and self.closed_by is None and self.thinking.close_ids:
            if self.must_close():
                self.closed_by = "request" if self.asked_to_close else "budget"
                self.forced.extend(self.closing())
            elif drawn in self.stop_ids:  # it would leave without an answer: the tag that it forgot
                self.forced.append(self.thinking.close_ids[-1])
        return self.forced.popleft() if self.forced else drawn

    def must_close(self) -> bool:
        """Whether the closing has to begin now for the thinking to end within its budget."""
        budget = self.thinking.budget
        return self.asked_to_close or (budget is not None and self.thinking_tokens + len(self.closing()) >= budget)

    def closing(self) -> tuple[int, ...]:
        """The phrase and the tag; where the budget has no room for both, the tag."""
        budget, ids = self.thinking.budget, self.thinking.close_ids
        return ids if budget is None or len(ids) <= budget else ids[-1:]

    def take(self, token: int) -> list[tuple[Kind, str]]:
        """Count a token that was said; the text that is now known."""
        before = self.splitter.thinks
        parts = list(self.splitter.feed(self.text.feed(token)))
        self.count(before)
        return self.shown(parts)

    def count(self, thought: bool) -> None:
        """The token that closes the block is the last one of thinking."""
        if thought or self.splitter.thinks:
            self.thinking_tokens += 1
            if not self.splitter.thinks and self.closed_by is None:
                self.closed_by = "model"
        else:
            self.answer_tokens += 1

    @property
    def closer(self) -> ClosedBy | Literal["cap"] | None:
        """Who ended the thinking, when nothing more comes; None where there was none."""
        return self.closed_by or ("cap" if self.splitter.thinks and self.thinking.opened else None)

    def finish(self) -> list[tuple[Kind, str]]:
        """What was held back, when nothing more comes."""
        parts = self.shown([*self.splitter.feed(self.text.finish()), *self.splitter.finish()])
        rest = self.stops.finish()
        return [*parts, ("answer", rest)] if rest else parts

    def shown(self, parts: list[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
        """The parts, the answer's up to a stop string."""
        known = [(kind, self.stops.feed(text) if kind == "answer" else text) for kind, text in parts]
        return [(kind, text) for kind, text in known if text]
