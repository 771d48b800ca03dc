"""An answer as it is shown: thinking dimmed, the answer plain, the box set apart, and what it cost.

Where output is no terminal, answers alone are printed. Nothing that a model writes can move the cursor or colour
a line.
"""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.text import Text

from scratchwork.observe.text import visible
from scratchwork.reward.grammar import parse
from scratchwork.terminal.client import Answer

LIMIT = 200_000  # characters of a piece


class View:
    """Prints to `console`; `thoughts` says whether thinking and remarks are printed, too."""

    def __init__(self, console: Console, thoughts: bool) -> None:
        self.console, self.thoughts = console, thoughts

    def put(self, text: str, style: str = "", end: str = "") -> None:
        self.console.print(Text(visible(text, LIMIT), style=style), end=end, soft_wrap=True)

    def note(self, text: str) -> None:
        self.put(text, "dim", "\n")

    def error(self, text: str) -> None:
        self.put(text, "red", "\n")

    def heading(self, name: str) -> None:
        self.put(f"— {name} —", "bold", "\n")

    def follow(self, answer: Answer) -> str | None:
        """Show an answer as it comes. Its text, None for one that was stopped; raises UserError when it broke off."""
        shown = Following(self)
        try:
            while True:
                try:
                    if not shown.step(answer):
                        return shown.said
                except KeyboardInterrupt:
                    if shown.answering or shown.hurried:
                        self.put("\n(stopped)", "dim", "\n")
                        return None
                    shown.hurried = True
                    answer.client.end_thinking(answer.name)
        finally:
            answer.close()


class Following:
    """One answer under way."""

    def __init__(self, view: View) -> None:
        self.view, self.began = view, time.monotonic()
        self.said = ""
        self.thinking = self.answering = self.hurried = False

    def step(self, answer: Answer) -> bool:
        """Show the next piece; False after the last."""
        piece = next(answer)
        if piece.kind == "thinking":
            self.think(piece.text)
        elif piece.kind == "answer":
            self.answer(piece.text)
        else:
            self.close(piece.account or {})
        return piece.kind != "end"

    def think(self, text: str) -> None:
        if not self.view.thoughts:
            return
        if not self.thinking:
            self.view.put("Thinking…", "dim italic", "\n")
            self.thinking = True
        self.view.put(text, "dim")

    def answer(self, text: str) -> None:
        if not self.answering:
            text = text.lstrip("\n")
            if self.thinking:
                self.view.put("", end="\n")
            self.answering = bool(text)
        self.said += text
        self.view.put(text)

    def close(self, account: dict[str, Any]) -> None:
        """The box, and one line on who answered and what it took."""
        self.view.put("", end="\n")
        if not self.view.thoughts:
            return
        boxed = parse(self.said, opened=False).answer
        if boxed is not None:
            self.view.put(f" {boxed} ", "bold reverse", "\n")
        self.view.note(told(account, time.monotonic() - self.began))


def told(account: dict[str, Any], seconds: float) -> str:
    """
    >>> told({"model": "sft", "cost": {"thinking_tokens": 0, "answer_tokens": 9, "seconds": 0.25}}, 1)
    'sft · 9 tokens · 0.2 s'
    >>> told({}, 1)
    '1.0 s'
    """
    cost = account.get("cost") or {}
    parts = [str(account["model"])] if "model" in account else []
    if route := account.get("route"):
        parts.append(str(route.get("reason")))
    if thinking := cost.get("thinking_tokens"):
        parts.append(f"thought for {cost.get('thinking_seconds', 0):.1f} s · {thinking} tokens")
    if "answer_tokens" in cost:
        parts.append(f"{cost['answer_tokens']} tokens")
    if router := cost.get("router_tokens"):
        parts.append(f"{router} to decide")
    if account.get("closed_by") in ("budget", "request", "cap"):
        parts.append({"budget": "budget spent", "request": "answered now", "cap": "cut off"}[account["closed_by"]])
    return " · ".join([*parts, f"{cost.get('seconds', seconds):.1f} s"])
