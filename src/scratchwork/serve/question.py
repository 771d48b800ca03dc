"""A request, understood: who answers, to what, how, and why it went there."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.sampling import Sampling, sequence_seed
from scratchwork.serve.codec import Message, Prompted
from scratchwork.serve.guest import Guest, Thinking
from scratchwork.serve.house import Served
from scratchwork.serve.modes import Mode, Plan, Wish, make_plan
from scratchwork.serve.refusals import too_long
from scratchwork.serve.scheduler import Job
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
        thinking = Thinking(self.prompted.opened, plan.budget, close, self.prompted.raw)
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
