"""POST /v1/completions: a prompt as plain text, gone on with. No template, no thinking mode.

Where the operator hides thinking this door is closed: whoever may write the prompt may open a block in it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from scratchwork.serve.answering import Answering, Switchboard
from scratchwork.serve.chat import FINISH, data
from scratchwork.serve.codec import Prompted
from scratchwork.serve.modes import Plan
from scratchwork.serve.question import Question, fitted, sampling_of
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.scheduler import Event, Why
from scratchwork.serve.wire import CompletionRequest


def understand(asking: CompletionRequest, board: Switchboard) -> Question:
    """Raises Refusal for a request that cannot be met as it stands."""
    if board.house.visibility != "full":
        raise Refusal("this server does not show thinking, so it does not complete raw text; use chat", status=403)
    served = board.house.find(asking.model)
    text = asking.prompt if isinstance(asking.prompt, str) else asking.prompt[0]
    ids = tuple(served.codec.encode(text))
    if not ids:
        raise Refusal("the prompt is empty; give at least one character", param="prompt")
    wanted = fitted(served, len(ids), asking.max_tokens, "prompt")
    sampling = sampling_of(asking, served, "off", wanted, asking.top_k)
    plan = Plan("off", 0, "full")
    return Question.of(asking, served, Prompted(ids, opened=False, raw=True), plan, sampling, asking.n, asking.stops)


class CompletionReply:
    """The text as it comes, tags and all: nothing is split here."""

    def __init__(self, asking: CompletionRequest, answering: Answering) -> None:
        self.asking, self.answering = asking, answering
        self.created = int(time.time())
        self.texts = [""] * len(answering.job.guests)
        if asking.echo:
            self.texts = [asking.prompt if isinstance(asking.prompt, str) else asking.prompt[0]] * len(self.texts)
        self.ends: dict[int, Why] = {}

    def read(self, event: Event) -> str:
        if event.ended is not None:
            self.ends[event.sample] = event.ended
        text = "".join(part for _, part in event.parts)
        self.texts[event.sample] += text
        return text

    def head(self) -> dict[str, Any]:
        model = self.answering.question.served.name
        return {"id": self.answering.name, "object": "text_completion", "created": self.created, "model": model}

    def choice(self, i: int, text: str) -> dict[str, Any]:
        why = self.ends.get(i)
        return {"index": i, "text": text, "logprobs": None, "finish_reason": why and FINISH.get(why, "stop")}

    def refuse_failure(self) -> None:
        if "error" in self.ends.values():
            raise Refusal("the model failed while it answered; the server's log says why", status=500)

    async def whole(self) -> dict[str, Any]:
        async with self.answering as answering:
            async for events in answering.events():
                for event in events:
                    self.read(event)
            self.refuse_failure()
            choices = [self.choice(i, text) for i, text in enumerate(self.texts)]
            return {**self.head(), "choices": choices, "usage": answering.usage()}

    async def chunks(self) -> AsyncIterator[bytes]:
        options = self.asking.stream_options
        usage = {"usage": None} if options and options.include_usage else {}
        async with self.answering as answering:
            async for events in answering.events():
                for event in events:
                    text = self.read(event)
                    if text or (event.ended is not None and event.ended != "error"):
                        yield data({**self.head(), "choices": [self.choice(event.sample, text)], **usage})
            try:
                self.refuse_failure()
            except Refusal as refusal:
                yield data(refusal.body())
            else:
                if usage:
                    yield data({**self.head(), "choices": [], "usage": answering.usage()})
            yield b"data: [DONE]\n\n"
