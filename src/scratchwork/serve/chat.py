"""POST /v1/chat/completions, streamed and not, and the control that ends a thinking."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

from scratchwork.errors import UserError
from scratchwork.serve.answering import Answering, Switchboard
from scratchwork.serve.codec import Message
from scratchwork.serve.question import Question
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.routing import question_in_chat
from scratchwork.serve.scheduler import Event, Why
from scratchwork.serve.telling import Telling
from scratchwork.serve.wire import ChatMessage, ChatRequest

# Typed clients know no others; our own word stands beside it, in `stop_reason`.
FINISH: dict[Why, str] = {"stop": "stop", "stop_string": "stop", "length": "length", "time": "length"}


def conversation(messages: Sequence[ChatMessage]) -> list[Message]:
    """The turns as a codec takes them: thinking of past turns left out, `developer` read as `system`.

    Raises Refusal for content that is not text.
    """
    turns = []
    for i, message in enumerate(messages):
        try:
            text = message.text
        except ValueError as error:
            raise Refusal(str(error), param=f"messages[{i}].content") from None
        if message.role == "assistant":
            text = text.rpartition("</think>")[2].lstrip() if "</think>" in text else text
            turns.append(Message("assistant", text))
        else:
            turns.append(Message("user" if message.role == "user" else "system", text))
    return turns


def understand(asking: ChatRequest, board: Switchboard) -> Question:
    """Raises Refusal for a request that cannot be met as it stands."""
    if asking.logprobs or asking.top_logprobs:
        raise Refusal("log-probabilities are not given out by this endpoint; drop them", param="logprobs")
    if asking.messages[-1].role == "assistant":
        raise Refusal("the last message is the assistant's; end with what the user says", param="messages")
    max_tokens = asking.max_completion_tokens or asking.max_tokens
    turns = conversation(asking.messages)
    try:
        return question_in_chat(asking, board.house, turns, max_tokens, asking.n, asking.stops, asking.top_k)
    except Refusal:
        raise
    except UserError as error:
        raise Refusal(str(error), param="messages") from error


class ChatReply:
    """One reply: the same object or chunks for every client of it."""

    def __init__(self, asking: ChatRequest, answering: Answering) -> None:
        self.asking, self.answering = asking, answering
        self.id, self.created = answering.name, int(time.time())
        question = answering.question
        self.model, self.field = question.served.name, answering.board.house.thinking_field
        visibility = question.plan.visibility
        self.tellings = [Telling(visibility, answering.summarizer()) for _ in answering.job.guests]
        self.ends: dict[int, Why] = {}

    def read(self, event: Event) -> list[tuple[str, str]]:
        """What of an event is told, as (field, text)."""
        if event.ended is not None:
            self.ends[event.sample] = event.ended
        told = self.tellings[event.sample].tell(event.parts, last=event.ended is not None)
        return [(self.field if kind == "thinking" else "content", text) for kind, text in told]

    async def whole(self) -> dict[str, Any]:
        """The object of a reply that is not streamed. Raises Refusal when decoding failed."""
        async with self.answering as answering:
            async for events in answering.events():
                for event in events:
                    self.read(event)
            self.refuse_failure()
            return {
                "id": self.id,
                "object": "chat.completion",
                "created": self.created,
                "model": self.model,
                "choices": [self.choice(i) for i in range(len(self.tellings))],
                "usage": answering.usage(),
                "scratchwork": answering.account(self.tellings[0].boxed),
            }

    def choice(self, i: int) -> dict[str, Any]:
        telling = self.tellings[i]
        message: dict[str, Any] = {"role": "assistant", "content": telling.text, "refusal": None}
        if telling.shown_thinking:
            message[self.field] = telling.shown_thinking
        return {"index": i, "message": message, "logprobs": None, **self.finish(i)}

    def finish(self, i: int) -> dict[str, Any]:
        why = self.ends[i]
        return {"finish_reason": FINISH.get(why, "stop"), "stop_reason": None if why in ("stop", "length") else why}

    def refuse_failure(self) -> None:
        if "error" in self.ends.values():
            raise Refusal("the model failed while it answered; the server's log says why", status=500)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The events of a reply that is streamed; what goes wrong after the first is one of them."""
        async with self.answering as answering:
            for i in range(len(self.tellings)):
                yield self.chunk(i, {"role": "assistant", "content": ""})
            async for events in answering.events():  # what came together goes out together
                told = [self.chunk(i, {name: text}) for i, own in self.deltas(events).items() for name, text in own]
                ended = [event.sample for event in events if event.ended not in (None, "error")]
                if chunks := b"".join([*told, *map(self.last_chunk, ended)]):
                    yield chunks
            try:
                self.refuse_failure()
            except Refusal as refusal:
                yield data(refusal.body())
            else:
                if self.asking.stream_options and self.asking.stream_options.include_usage:
                    yield data({**self.head(), "choices": [], "usage": answering.usage()})
            yield b"data: [DONE]\n\n"

    def deltas(self, events: Sequence[Event]) -> dict[int, list[tuple[str, str]]]:
        """What several steps told of each sample, neighbours of one kind joined: a slow reader gets fewer chunks."""
        told: dict[int, list[tuple[str, str]]] = {}
        for event in events:
            own = told.setdefault(event.sample, [])
            for name, text in self.read(event):
                if own and own[-1][0] == name:
                    own[-1] = (name, own[-1][1] + text)
                else:
                    own.append((name, text))
        return told

    def head(self) -> dict[str, Any]:
        return {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model}

    def chunk(self, i: int, delta: dict[str, Any], **more: Any) -> bytes:
        choice = {"index": i, "delta": delta, "logprobs": None, "finish_reason": None, **more.pop("finish", {})}
        usage = {"usage": None} if self.asking.stream_options and self.asking.stream_options.include_usage else {}
        return data({**self.head(), "choices": [choice], **usage, **more})

    def last_chunk(self, i: int) -> bytes:
        account = self.answering.account(self.tellings[i].boxed)
        return self.chunk(i, {}, finish=self.finish(i), scratchwork=account)


def data(body: dict[str, Any]) -> bytes:
    """A server-sent event; JSON writes no raw newline, so it is one line."""
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def new_id(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex}"
