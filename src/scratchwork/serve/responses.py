"""POST /v1/responses, stateless: thinking as a reasoning item, with real summaries, and the answer as a message.

The order of events is OpenAI's; every event carries its number. In full view the thinking itself goes out as
`reasoning_text`, as a summary only by `summary` events, hidden not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from pydantic import ValidationError

from scratchwork.errors import UserError
from scratchwork.serve.answering import Answering, Switchboard
from scratchwork.serve.chat import conversation, new_id
from scratchwork.serve.question import Question
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.routing import question_in_chat
from scratchwork.serve.scheduler import Event, Why
from scratchwork.serve.telling import Telling
from scratchwork.serve.wire import ChatMessage, ResponsesRequest

Body = dict[str, Any]


def understand(asking: ResponsesRequest, board: Switchboard) -> Question:
    """Raises Refusal for a request that cannot be met as it stands."""
    if asking.previous_response_id is not None:
        raise Refusal("nothing is stored here; send the conversation itself in `input`", param="previous_response_id")
    turns = conversation(messages(asking))
    try:
        return question_in_chat(asking, board.house, turns, asking.max_output_tokens)
    except Refusal as refusal:
        refusal.param = "input" if refusal.param == "messages" else refusal.param
        raise
    except UserError as error:
        raise Refusal(str(error), param="input") from error


def messages(asking: ResponsesRequest) -> list[ChatMessage]:
    """The turns of `input`; reasoning items of the past are taken and dropped."""
    given: list[Body] = [{"role": "user", "content": asking.input}] if isinstance(asking.input, str) else asking.input
    turns = [ChatMessage(role="system", content=asking.instructions)] if asking.instructions else []
    for i, item in enumerate(given):
        if item.get("type") == "reasoning":
            continue
        try:
            turns.append(ChatMessage.model_validate(item))
        except ValidationError as error:
            raise Refusal(f"input[{i}]: {error.errors()[0]['msg']}", param=f"input[{i}]") from None
    if not turns or turns[-1].role != "user":
        raise Refusal("the input must end with what the user says", param="input")
    return turns


class ResponsesReply:
    """One response: its items as they grow."""

    def __init__(self, asking: ResponsesRequest, answering: Answering) -> None:
        self.asking, self.answering = asking, answering
        self.created = int(time.time())
        visibility = answering.question.plan.visibility
        self.telling = Telling(visibility, answering.summarizer())
        self.reasoning_id, self.message_id = new_id("rs"), new_id("msg")
        self.paragraphs: list[str] = []  # of the summary
        self.end: Why | None = None
        self.number = 0  # of the next event
        self.thinking_open = self.answer_open = False

    def reasoning_item(self, status: str) -> Body:
        summary = [{"type": "summary_text", "text": text} for text in self.paragraphs]
        item: Body = {"id": self.reasoning_id, "type": "reasoning", "status": status, "summary": summary}
        if self.telling.visibility == "full" and self.telling.shown_thinking:
            item["content"] = [{"type": "reasoning_text", "text": self.telling.shown_thinking}]
        return item

    def message_item(self, status: str) -> Body:
        content = [self.text_part()] if status != "in_progress" else []
        return {"id": self.message_id, "type": "message", "role": "assistant", "status": status, "content": content}

    def text_part(self) -> Body:
        return {"type": "output_text", "text": self.telling.text, "annotations": [], "logprobs": []}

    def body(self, status: str) -> Body:
        """The response object."""
        done = status in ("completed", "incomplete")
        answering = self.answering
        output = [self.reasoning_item(status)] if done and self.telling.shown_thinking else []
        counted = answering.usage()
        return {
            "id": answering.name,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "model": answering.question.served.name,
            "output": [*output, self.message_item(status)] if done else [],
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "instructions": self.asking.instructions,
            "max_output_tokens": self.asking.max_output_tokens,
            "metadata": {},
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "store": False,
            "temperature": answering.question.sampling.temperature,
            "tool_choice": "none",
            "tools": [],
            "top_p": answering.question.sampling.top_p,
            "usage": usage(counted) if done else None,
            "scratchwork": answering.account(self.telling.boxed) if done else None,
        }

    @property
    def status(self) -> str:
        return "incomplete" if self.end in ("length", "time") else "completed"

    async def whole(self) -> Body:
        """Raises Refusal when decoding failed."""
        async with self.answering as answering:
            async for events in answering.events():
                for event in events:
                    for _ in self.read(event):
                        pass
            if self.end == "error":
                raise Refusal("the model failed while it answered; the server's log says why", status=500)
            return self.body(self.status)

    async def chunks(self) -> AsyncIterator[bytes]:
        async with self.answering as answering:
            yield self.event("response.created", response=self.body("in_progress"))
            yield self.event("response.in_progress", response=self.body("in_progress"))
            async for events in answering.events():
                for event in events:
                    for chunk in self.read(event):
                        yield chunk
            if self.end == "error":
                error = {"code": "server_error", "message": "the model failed while it answered"}
                yield self.event("response.failed", response={**self.body("failed"), "error": error})
                return
            for chunk in (*self.close_thinking(), *self.close_answer()):
                yield chunk
            yield self.event(f"response.{self.status}", response=self.body(self.status))

    def read(self, event: Event) -> Iterator[bytes]:
        """The events that one of ours becomes."""
        if event.ended is not None:
            self.end = event.ended
        for kind, text in self.telling.tell(event.parts, last=event.ended is not None):
            yield from self.think(text) if kind == "thinking" else self.say(text)

    def think(self, text: str) -> Iterator[bytes]:
        if not self.thinking_open:
            self.thinking_open = True
            item = self.reasoning_item("in_progress") | {"content": [], "summary": []}
            yield self.event("response.output_item.added", output_index=0, item=item)
        where = {"item_id": self.reasoning_id, "output_index": 0}
        if self.telling.visibility == "full":
            yield self.event("response.reasoning_text.delta", **where, content_index=0, delta=text)
            return
        text = text.strip()
        at = {**where, "summary_index": len(self.paragraphs)}
        self.paragraphs.append(text)
        yield self.event("response.reasoning_summary_part.added", **at, part={"type": "summary_text", "text": ""})
        yield self.event("response.reasoning_summary_text.delta", **at, delta=text)
        yield self.event("response.reasoning_summary_text.done", **at, text=text)
        yield self.event("response.reasoning_summary_part.done", **at, part={"type": "summary_text", "text": text})

    def close_thinking(self) -> Iterator[bytes]:
        if not self.thinking_open:
            return
        self.thinking_open = False
        where = {"item_id": self.reasoning_id, "output_index": 0}
        if self.telling.visibility == "full":
            thought = self.telling.shown_thinking
            yield self.event("response.reasoning_text.done", **where, content_index=0, text=thought)
        yield self.event("response.output_item.done", output_index=0, item=self.reasoning_item("completed"))

    def say(self, text: str) -> Iterator[bytes]:
        yield from self.open_answer()
        yield self.event("response.output_text.delta", **self.place(), content_index=0, delta=text, logprobs=[])

    def open_answer(self) -> Iterator[bytes]:
        if self.answer_open:
            return
        yield from self.close_thinking()
        self.answer_open = True
        index = self.place()["output_index"]
        yield self.event("response.output_item.added", output_index=index, item=self.message_item("in_progress"))
        part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        yield self.event("response.content_part.added", **self.place(), content_index=0, part=part)

    def close_answer(self) -> Iterator[bytes]:
        yield from self.open_answer()
        at = {**self.place(), "content_index": 0}
        yield self.event("response.output_text.done", **at, text=self.telling.text, logprobs=[])
        yield self.event("response.content_part.done", **at, part=self.text_part())
        index = at["output_index"]
        yield self.event("response.output_item.done", output_index=index, item=self.message_item(self.status))

    def place(self) -> Body:
        """Where the message stands: behind the reasoning, if there is any to be seen."""
        return {"item_id": self.message_id, "output_index": int(bool(self.telling.shown_thinking))}

    def event(self, kind: str, **fields: Any) -> bytes:
        body = {"type": kind, "sequence_number": self.number, **fields}
        self.number += 1
        return f"event: {kind}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def usage(counted: Body) -> Body:
    """The counts under this endpoint's names."""
    return {
        "input_tokens": counted["prompt_tokens"],
        "input_tokens_details": counted["prompt_tokens_details"],
        "output_tokens": counted["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": counted["completion_tokens_details"]["reasoning_tokens"]},
        "total_tokens": counted["total_tokens"],
    }
