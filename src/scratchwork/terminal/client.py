"""A client of any OpenAI-compatible chat API: models, answers as they come, and the word that ends a thinking.

Thinking is read by either of its names; where a server parses none, from the tags in the text.
"""

from __future__ import annotations

import json
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, Literal

from scratchwork.errors import UserError
from scratchwork.serve.splitter import Splitter

SECONDS = 300.0  # of silence that are borne
MOST = 1_000_000  # bytes of what is no stream
Kind = Literal["thinking", "answer", "end"]


@dataclass(frozen=True)
class Card:
    """A model to choose. `own`: trained here, on single questions."""

    name: str
    own: bool
    modes: tuple[str, ...] = ("on", "off", "auto")


@dataclass(frozen=True)
class Wish:
    """How an answer is asked for; what is None is the server's to say."""

    mode: str | None = None
    budget: int | None = None
    visibility: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None

    def body(self) -> dict[str, Any]:
        types = {"on": "enabled", "off": "disabled", "auto": "auto"}
        fields = {
            "visibility": self.visibility,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
            "thinking_token_budget": self.budget if self.mode != "off" else None,
            "thinking": {"type": types[self.mode]} if self.mode else None,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Piece:
    """Some text, or the end with what the server said of it."""

    kind: Kind
    text: str = ""
    account: dict[str, Any] | None = None


class Client:
    """`url` with its `/v1`."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url, self.key = url.rstrip("/"), key

    def models(self) -> list[Card]:
        """Raises UserError when there is no such server, or none that lists a model."""
        with self.open("models") as reply:
            listed = parsed(reply.read(MOST))
        cards = [card_of(entry) for entry in listed.get("data") or [] if isinstance(entry, dict) and "id" in entry]
        if not cards:
            raise UserError(f"{self.url}/models lists no model; give the address of a chat API, its /v1 included")
        return cards

    def ask(self, card: Card, messages: Sequence[dict[str, str]], wish: Wish) -> Answer:
        """An answer under way. Raises UserError for a request that is refused."""
        body = {"model": card.name, "messages": list(messages), "stream": True, **wish.body()}
        return Answer(self, self.open("chat/completions", body))

    def end_thinking(self, name: str) -> None:
        """Have an answer under way come to its end; a server that cannot is not an error."""
        try:
            self.open("chat/completions/control", {"id": name, "action": "reasoning_end"}).close()
        except UserError:
            return

    def open(self, path: str, body: dict[str, Any] | None = None) -> HTTPResponse:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {self.key}"} if self.key else {})}
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(f"{self.url}/{path}", data, headers)
            return urllib.request.urlopen(request, timeout=SECONDS)  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            said = parsed(error.read(MOST)).get("error")
            sentence = said.get("message") if isinstance(said, dict) else said
            raise UserError(f"{self.url} refused ({error.code}): {sentence or error.reason}") from None
        except (OSError, ValueError, HTTPException) as error:
            raise UserError(
                f"cannot reach {self.url} ({getattr(error, 'reason', error)}); is a server there?"
            ) from None


class Answer:
    """Its pieces, in order; read in a thread, so that an interrupt of the reader loses none."""

    def __init__(self, client: Client, reply: HTTPResponse) -> None:
        self.client, self.reply = client, reply
        self.name = ""
        self.pieces: queue.SimpleQueue[Piece | UserError] = queue.SimpleQueue()
        threading.Thread(target=self.listen, daemon=True).start()

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        """Raises UserError when the server failed, or went away."""
        while True:
            try:
                piece = self.pieces.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(piece, UserError):
                raise piece
            return piece

    def listen(self) -> None:
        """Everything that comes, and then one word on how it ended, whatever happened."""
        try:
            last = self.hear_out()
        except UserError as error:
            last = error
        except (OSError, ValueError, HTTPException, AttributeError, TypeError):
            last = UserError("the server's answer broke off, or is none of a chat API")
        self.pieces.put(last)

    def hear_out(self) -> Piece | UserError:
        splitter, account, ended = Splitter(opened=False), {}, False  # type: ignore[var-annotated]
        for line in self.reply:
            event = parsed(line[5:]) if line.startswith(b"data:") else {}
            if error := event.get("error"):
                raise UserError(str(error.get("message") if isinstance(error, dict) else error))
            self.name = str(event.get("id") or self.name)
            account = event.get("scratchwork") or account
            for choice in event.get("choices") or []:
                ended = ended or bool(choice.get("finish_reason"))
                self.hear(choice.get("delta") or {}, splitter)
            if line.strip() == b"data: [DONE]":
                ended = True
                break
        for kind, text in splitter.finish():
            self.pieces.put(Piece(kind, text))
        return Piece("end", account=account) if ended else UserError("the server went away before the answer ended")

    def hear(self, delta: dict[str, Any], splitter: Splitter) -> None:
        thinking = delta.get("reasoning_content") or delta.get("reasoning")
        if thinking:
            splitter.started = True  # this server parses: tags in its text are text
            self.pieces.put(Piece("thinking", str(thinking)))
        for kind, text in splitter.feed(str(delta.get("content") or "")):
            self.pieces.put(Piece(kind, text))

    def close(self) -> None:
        self.reply.close()


def card_of(entry: dict[str, Any]) -> Card:
    own = entry.get("scratchwork")
    if not isinstance(own, dict):
        return Card(str(entry["id"]), own=False)
    modes = own.get("thinking", {}).get("modes", Card.modes)
    return Card(str(entry["id"]), own.get("role") != "foreign", tuple(map(str, modes)))


def parsed(text: bytes) -> dict[str, Any]:
    """A JSON object, or an empty one for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
