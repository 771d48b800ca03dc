"""From a request to a stream of what happens: the one way in which every endpoint asks.

An `Answering` belongs to one request. It submits the job, hands on the events as the decoding thread brings them, and
gives the rows back when whoever reads it stops reading, for whatever reason.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.sampling import Sampling, sequence_seed
from scratchwork.serve.codec import Message, Prompted
from scratchwork.serve.guest import Guest, Thinking
from scratchwork.serve.house import House, Served
from scratchwork.serve.metrics import Metrics, Stopwatch
from scratchwork.serve.modes import Mode, Plan, Wish, make_plan
from scratchwork.serve.refusals import Refusal, overloaded, too_long
from scratchwork.serve.retelling import RetellingSummarizer
from scratchwork.serve.scheduler import Event, Job, Scheduler
from scratchwork.serve.summary import ExtractiveSummarizer
from scratchwork.serve.telling import Summarizer
from scratchwork.serve.wire import Asking, Visibility


@dataclass(frozen=True)
class Route:
    """Why a question that was put to `auto` went where it went."""

    to: str  # model
    reason: str
    score: float | None = None
    threshold: float | None = None
    tokens: int = 0  # that it took to know, the reply's own not counted


@dataclass(frozen=True)
class Question:
    """A request, understood: who answers, to what, and how."""

    served: Served
    prompted: Prompted
    plan: Plan
    sampling: Sampling
    seeds: tuple[int, ...]
    stops: tuple[str, ...] = ()
    route: Route | None = None  # how `auto` came to it
    asked: str = ""  # what the user said last
    otherwise: Question | None = None  # of a quick question that is yet to be judged: the one to think about

    @classmethod
    def of(
        cls,
        asking: Asking,
        served: Served,
        prompted: Prompted,
        plan: Plan,
        sampling: Sampling,
        n: int = 1,
        stops: Sequence[str] = (),
    ) -> Question:
        """The same seed gives the same answers; without one, none that were given before."""
        first = time.time_ns() if asking.seed is None else asking.seed
        seeds = tuple(sequence_seed(first, i) for i in range(n))
        return cls(served, prompted, plan, sampling, seeds, tuple(stops))

    @classmethod
    def in_chat(
        cls,
        asking: Asking,
        served: Served,
        wish: Wish,
        visibility: Visibility,
        messages: Sequence[Message],
        max_tokens: int | None,
        n: int = 1,
        stops: Sequence[str] = (),
        top_k: int | None = None,
    ) -> Question:
        """A conversation's next turn. Raises Refusal or UserError for what cannot be answered as asked."""
        modes = served.codec.modes
        mode = wish.mode or modes[0]
        prompted = served.codec.prompt(messages, mode != "off")
        wanted = fitted(served, len(prompted.ids), max_tokens, "messages")
        plan = make_plan(wish, modes, mode, wanted, max_tokens is not None, visibility)
        sampling = sampling_of(asking, served, plan.mode, wanted, top_k)
        question = cls.of(asking, served, prompted, plan, sampling, n, stops)
        return replace(question, asked=messages[-1].content)

    @property
    def warning(self) -> str | None:
        """What its sender should know: thinking models repeat themselves at temperature 0 (Qwen3, R1: model cards)."""
        usual = self.served.defaults.temperature["on"]
        if self.plan.mode == "off" or self.sampling.temperature > 0 or usual == 0:
            return None
        return f"greedy thinking can repeat itself without end; this model's own temperature is {usual:g}"

    def job(self, client: Hashable, seconds: float) -> Job:
        codec, plan = self.served.codec, self.plan
        close = codec.close_ids(self.served.defaults.close_phrase) if plan.mode != "off" else ()
        thinking = Thinking(self.prompted.opened, plan.budget, close)
        guests = [Guest(codec, thinking, self.stops) for _ in self.seeds]
        prompt = Prompt(self.prompted.ids, self.seeds)
        return Job(self.served.name, prompt, self.sampling, guests, client, time.monotonic() + seconds)


def fitted(served: Served, prompt: int, max_tokens: int | None, param: str) -> int:
    """Most tokens of the answer: what the client wants, or as many of the model's usual as there is room for.

    Raises Refusal when prompt and answer are longer than the model can read.
    """
    wanted = served.defaults.max_tokens if max_tokens is None else max_tokens
    if max_tokens is None:
        wanted = max(1, min(wanted, served.context - prompt))
    if prompt + wanted > served.context:
        raise too_long(prompt, wanted, served.context, param)
    return wanted


def sampling_of(asking: Asking, served: Served, mode: Mode, max_tokens: int, top_k: int | None = None) -> Sampling:
    """How the answer is drawn, by the model's ways in this mode where the request does not say."""
    temperature = served.defaults.temperature[mode] if asking.temperature is None else asking.temperature
    top_p = served.defaults.top_p[mode] if asking.top_p is None else asking.top_p
    cold = 0.0 if temperature < 0.01 else temperature
    return Sampling(max_tokens, cold, top_p, max(top_k or 0, 0), served.codec.stop_ids)


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
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.hand_out, events)

    def hand_out(self, events: list[Event]) -> None:
        for event in events:
            line = self.lines.get(event.job.number)
            if line is not None:
                line.put(event)

    def ask(self, question: Question, client: Hashable, name: str) -> Answering:
        """Raises Refusal when too many wait, or when the house is closing."""
        if self.draining:
            raise Refusal("the server is shutting down", status=503, code="server_is_overloaded", retry_after=5)
        answering = Answering(self, question, question.job(client, self.house.seconds), client, name)
        self.lines[answering.job.number] = Line()
        try:
            self.scheduler.submit(answering.job)
        except OverflowError:
            del self.lines[answering.job.number]
            raise overloaded(len(question.served.desk.waiting)) from None
        self.named[name] = answering
        return answering

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
        self.watch.ended(self.ended, counts["prompt_tokens"], thinking, counts["completion_tokens"] - thinking)

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
        usage, guest, now = self.usage(), self.job.guests[0], time.monotonic()
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
            "closed_by": guest.closed_by or ("cap" if guest.splitter.thinks and guest.thinking.opened else None),
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
