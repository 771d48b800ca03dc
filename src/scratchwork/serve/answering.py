"""From a request to a stream of what happens: the one way in which every endpoint asks.

An `Answering` belongs to one request. It submits the job, hands on the events as the decoding thread brings them, and
gives the rows back when whoever reads it stops reading, for whatever reason.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Hashable
from typing import Any

from scratchwork.serve.house import House
from scratchwork.serve.metrics import Metrics, Stopwatch
from scratchwork.serve.question import Question
from scratchwork.serve.refusals import Refusal, overloaded, too_many
from scratchwork.serve.retelling import RetellingSummarizer
from scratchwork.serve.scheduler import FEW, Event, Job, Scheduler
from scratchwork.serve.summary import ExtractiveSummarizer
from scratchwork.serve.telling import Summarizer

PATIENCE = 0.1  # seconds that decoding waits for what it said to be told
TURNS = 4  # of the event loop, in which it is


class Line:
    """What has come for a request and is not told yet."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.news = asyncio.Event()

    def put(self, event: Event) -> None:
        self.events.append(event)
        self.news.set()

    async def take(self) -> list[Event]:
        await self.news.wait()
        self.news.clear()
        events, self.events = self.events, []
        return events


class Switchboard:
    """Brings the decoding thread's events to the requests that wait for them, in their event loop."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.scheduler = Scheduler(self.deliver, house.threads)
        for name, served in house.models.items():
            self.scheduler.add(name, served.desk)
        self.metrics = Metrics(self.scheduler)
        self.lines: dict[int, Line] = {}
        self.named: dict[str, Answering] = {}  # by the id that the client knows
        self.loop: asyncio.AbstractEventLoop | None = None
        self.draining = False

    def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.scheduler.start()

    def deliver(self, events: list[Event]) -> None:
        """From the decoding thread, which among many requests stands still until the loop has told them.

        Each telling gives up the interpreter's lock once and wants it back, and would wait for decoding every time.
        """
        if self.loop is not None and not self.loop.is_closed():
            told = threading.Event()
            self.loop.call_soon_threadsafe(self.hand_out, events, told)
            if self.scheduler.running > FEW:
                told.wait(PATIENCE)

    def hand_out(self, events: list[Event], told: threading.Event) -> None:
        for event in events:
            line = self.lines.get(event.job.number)
            if line is not None:
                line.put(event)
        self.let_turn(TURNS, told)

    def let_turn(self, turns: int, told: threading.Event) -> None:
        """Let the loop go round so many times more: readers wake, write, and come back for more."""
        if turns and self.loop is not None:
            self.loop.call_soon(self.let_turn, turns - 1, told)
        else:
            told.set()

    def ask(self, question: Question, client: Hashable, name: str) -> Answering:
        """Raises Refusal when too many wait, of everyone's or of this client's, or when the house is closing."""
        if self.draining:
            raise Refusal("the server is shutting down", status=503, code="server_is_overloaded", retry_after=5)
        own = sum(answering.client == client for answering in self.named.values())
        if own >= self.house.per_client:
            raise too_many(own)
        answering = Answering(self, question, question.job(client, self.house.seconds), client, name)
        self.lines[answering.job.number] = Line()
        try:
            self.scheduler.submit(answering.job)
        except OverflowError:
            del self.lines[answering.job.number]
            raise overloaded(len(question.served.desk.waiting)) from None
        self.named[name] = answering
        return answering

    def end_all(self) -> None:
        """Let every answer under way end where it is, as if its time had run out: its reader is told so."""
        for answering in self.named.values():
            self.scheduler.end_now(answering.job)

    def end_thinking(self, name: str, client: Hashable) -> bool:
        """Let the request `name` come to its answer; False when it is not thinking, is not there or is another's."""
        answering = self.named.get(name)
        if answering is None or answering.client != client:
            return False
        open_now = any(guest.splitter.thinks and guest.closed_by is None for guest in answering.job.guests)
        self.scheduler.close_thinking(answering.job)
        return open_now


class Answering:
    """One request under way. Iterate over `events()` inside `async with`."""

    def __init__(self, board: Switchboard, question: Question, job: Job, client: Hashable, name: str) -> None:
        self.board, self.question, self.job, self.client, self.name = board, question, job, client, name
        self.began = time.monotonic()
        self.thought_until: float | None = None  # when the answer began
        self.watch = Stopwatch(board.metrics, question.served.name)
        self.ended: str = "left"

    async def __aenter__(self) -> Answering:
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.board.lines.pop(self.job.number, None)
        self.board.named.pop(self.name, None)
        self.board.scheduler.abort(self.job)  # of no effect when it is done
        counts = self.usage()
        thinking = counts["completion_tokens_details"]["reasoning_tokens"]
        closed = [guest.closer for guest in self.job.guests] if self.ended != "left" else []
        answer = counts["completion_tokens"] - thinking
        self.watch.ended(self.ended, counts["prompt_tokens"], thinking, answer, closed)

    async def events(self) -> AsyncIterator[list[Event]]:
        """What has come since the last look, until every sample has ended."""
        line, left = self.board.lines[self.job.number], len(self.job.guests)
        while left:
            events = await line.take()
            self.watch.delivered()
            whys = [event.ended for event in events if event.ended is not None]
            left -= len(whys)
            if not left:
                self.ended = whys[-1]
            if self.thought_until is None and any(kind == "answer" for e in events for kind, _ in e.parts):
                self.thought_until = time.monotonic()
                self.watch.answered()
            yield events

    def summarizer(self) -> Summarizer | None:
        """For a sample that is shown as a summary; foreign thinking is retold by a chat model, if the house has one."""
        if self.question.plan.visibility != "summary":
            return None
        retell = self.board.house.retell if self.question.served.role == "foreign" else None
        return RetellingSummarizer(retell) if retell else ExtractiveSummarizer()

    def usage(self) -> dict[str, Any]:
        """OpenAI's count of tokens; thinking is part of the completion."""
        guests, prompt = self.job.guests, len(self.job.prompt.ids)
        thinking = sum(guest.thinking_tokens for guest in guests)
        completion = thinking + sum(guest.answer_tokens for guest in guests)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "completion_tokens_details": {"reasoning_tokens": thinking},
            "prompt_tokens_details": {"cached_tokens": 0},
        }

    def account(self, answer: str | None) -> dict[str, Any]:
        """Who answered, how, and what it cost: the `scratchwork` object beside the choices."""
        usage, now = self.usage(), time.monotonic()
        thinking = usage["completion_tokens_details"]["reasoning_tokens"]
        seconds = now - self.began
        route = self.question.route
        way = {key: getattr(route, key) for key in ("to", "reason", "score", "threshold")} if route else None
        return {
            "model": self.question.served.name,
            "mode": self.question.plan.mode,
            "visibility": self.question.plan.visibility,
            "route": way,
            "answer": answer,
            "budget": self.question.plan.budget,
            "warning": self.question.warning,
            "closed_by": self.job.guests[0].closer,
            "cost": {
                "prompt_tokens": usage["prompt_tokens"],
                "thinking_tokens": thinking,
                "answer_tokens": usage["completion_tokens"] - thinking,
                "router_tokens": route.tokens if route else 0,
                "seconds": round(seconds, 4),
                "thinking_seconds": round((self.thought_until or now) - self.began, 4) if thinking else 0.0,
                "tokens_per_second": round(usage["completion_tokens"] / seconds, 1) if seconds > 0 else 0.0,
            },
        }
