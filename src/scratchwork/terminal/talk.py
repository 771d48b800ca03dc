"""A conversation at a terminal: what is asked of whom and how, and the commands that change it.

Models trained here have seen single questions, so each question to them stands alone; others get the turns before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from scratchwork.errors import UserError, suggestion
from scratchwork.terminal.client import Card, Client, Wish
from scratchwork.terminal.view import View

HELP = """\
/think on|off|auto         think first, answer at once, or let the server choose
/budget N|off              most tokens of thinking
/show full|summary|hidden  how much of the thinking is shown
/model [NAME]              the models there are, or talk to another one
/compare [NAME ...]        the last question to two or three models
/retry                     the last question again
/clear                     forget the conversation
/quit                      leave (or Ctrl-D)
Ctrl-C ends a thinking, so that the answer comes now; once more, or in an answer, it stops it."""
MOST_COMPARED = 3


@dataclass
class Talk:
    """The state of a conversation."""

    client: Client
    cards: Sequence[Card]
    card: Card
    wish: Wish
    view: View
    turns: list[dict[str, str]] = field(default_factory=list)
    asked: str | None = None
    seeds: count[int] = field(default_factory=count)
    over: bool = False

    def say(self, line: str) -> None:
        """A line that someone typed. What cannot be done is said, and nothing is lost."""
        try:
            if line.startswith("/"):
                self.command(line)
            elif line:
                self.question(line)
        except UserError as error:
            self.view.error(str(error))

    def question(self, text: str) -> None:
        self.asked = text
        messages = [*([] if self.card.own else self.turns), {"role": "user", "content": text}]
        said = self.view.follow(self.client.ask(self.card, messages, self.next_wish()))
        if said is not None:
            self.turns += [messages[-1], {"role": "assistant", "content": said}]

    def next_wish(self) -> Wish:
        """A seed of its own for each answer, so that a conversation can be had again."""
        seed = None if self.wish.seed is None else self.wish.seed + next(self.seeds)
        return replace(self.wish, seed=seed)

    def command(self, line: str) -> None:
        """Raises UserError for a command that there is not, or that cannot be obeyed."""
        name, *words = line[1:].split()
        commands: dict[str, Callable[..., None]] = {
            "think": self.think,
            "budget": self.budget,
            "show": self.show,
            "model": self.model,
            "compare": self.compare,
            "retry": self.retry,
            "clear": self.clear,
            "help": lambda: self.view.note(HELP),
            "quit": self.quit,
        }
        if name not in commands:
            raise UserError(f"there is no command /{name}; {suggestion(name, list(commands))} (/help lists them)")
        try:
            commands[name](*words)
        except TypeError:
            usage = next((row for row in HELP.splitlines() if row.startswith(f"/{name}")), f"/{name}")
            raise UserError(f"that is not how /{name} is used: {usage}") from None

    def think(self, mode: str) -> None:
        self.wish = replace(self.wish, mode=one_of("/think", mode, ("on", "off", "auto")))
        self.view.note(f"thinking is {mode}")

    def budget(self, tokens: str) -> None:
        if tokens != "off" and not (tokens.isascii() and tokens.isdigit() and int(tokens) > 0):
            raise UserError(f"/budget is {tokens!r}; give a number of tokens above 0, or off")
        self.wish = replace(self.wish, budget=None if tokens == "off" else int(tokens))
        self.view.note("no budget" if tokens == "off" else f"at most {tokens} tokens of thinking")

    def show(self, visibility: str) -> None:
        self.wish = replace(self.wish, visibility=one_of("/show", visibility, ("full", "summary", "hidden")))
        self.view.note(f"thinking is shown: {visibility}")

    def model(self, name: str | None = None) -> None:
        if name is None:
            for card in self.cards:
                self.view.note(f"{'*' if card == self.card else ' '} {card.name} ({', '.join(card.modes)})")
            return
        self.card = self.named(name)
        self.view.note(f"talking to {self.card.name}")

    def named(self, name: str) -> Card:
        for card in self.cards:
            if card.name == name:
                return card
        raise UserError(f"there is no model {name!r}; {suggestion(name, [card.name for card in self.cards])}")

    def compare(self, *names: str) -> None:
        """Each model thinks as it does by itself where it has not the mode that is wished for."""
        if self.asked is None:
            raise UserError("there is no question yet to compare answers to; ask one first")
        cards = [self.named(name) for name in names] or list(self.cards[:MOST_COMPARED])
        if not 2 <= len(cards) <= MOST_COMPARED:
            raise UserError(f"/compare takes 2 or {MOST_COMPARED} models, here {len(cards)}: /compare NAME NAME")
        messages = [{"role": "user", "content": self.asked}]
        wish = self.next_wish()
        for card in cards:
            self.view.heading(card.name)
            own = wish if wish.mode in card.modes else replace(wish, mode=None, budget=None)
            try:
                self.view.follow(self.client.ask(card, messages, own))
            except UserError as error:
                self.view.error(str(error))

    def retry(self) -> None:
        if self.asked is None:
            raise UserError("there is no question yet to ask again")
        del self.turns[-2:]
        self.question(self.asked)

    def clear(self) -> None:
        self.turns, self.asked = [], None
        self.view.note("forgotten")

    def quit(self) -> None:
        self.over = True


def one_of(command: str, word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise UserError(f"{command} is {word!r}; {suggestion(word, words)}")
    return word
