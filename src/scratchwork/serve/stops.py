"""Stop strings of a request: where the answer ends before the model would end it."""

from __future__ import annotations

from collections.abc import Sequence

from scratchwork.serve.splitter import overlap


class StopStrings:
    """Watches the answer alone: a stop string in the thinking is the model's own business."""

    def __init__(self, strings: Sequence[str]) -> None:
        self.strings = [s for s in strings if s]
        self.held = ""
        self.found: str | None = None

    def feed(self, text: str) -> str:
        """What may be shown of the answer now; nothing once a stop string was found, which is itself never shown."""
        if self.found is not None:
            return ""
        self.held += text
        places = [(self.held.find(s) + len(s), self.held.find(s), s) for s in self.strings if s in self.held]
        if places:  # the first to be whole, as if the text came letter by letter
            _, at, self.found = min(places)
            shown, self.held = self.held[:at], ""
            return shown
        known = len(self.held) - max((overlap(self.held, s) for s in self.strings), default=0)
        shown, self.held = self.held[:known], self.held[known:]
        return shown

    def finish(self) -> str:
        """What was held back, when nothing more comes."""
        shown, self.held = self.held, ""
        return shown
