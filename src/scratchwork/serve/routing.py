"""`auto`: whether a question is worth thinking about, decided before it is answered. Explicit intent wins.

Quick answers that were drawn to see whether they agree are not thrown away: when they do, one of them is the reply.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import replace

from scratchwork.router.policy import Policy
from scratchwork.router.signals import agreement, boxed, confidence
from scratchwork.serve.answering import Answering, Switchboard
from scratchwork.serve.codec import Message
from scratchwork.serve.house import Auto, House, Served
from scratchwork.serve.modes import Wish, read_wish, shown
from scratchwork.serve.question import Question, Route
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.scheduler import Event, Job
from scratchwork.serve.wire import Asking

QUICK = 64  # tokens of a quick answer, at most: as many as it had when the threshold was set


def question_in_chat(
    asking: Asking,
    house: House,
    messages: Sequence[Message],
    max_tokens: int | None,
    n: int = 1,
    stops: Sequence[str] = (),
    top_k: int | None = None,
) -> Question:
    """A conversation's next turn, for the model that was asked or for `auto` to choose one.

    Raises Refusal or UserError for what cannot be answered as asked.
    """
    wish, visibility = read_wish(asking), shown(asking, house.visibility)

    def to(served: Served, wish: Wish, n: int = n, most: int | None = max_tokens) -> Question:
        return Question.in_chat(asking, served, wish, visibility, messages, most, n, stops, top_k)

    auto = house.auto_for(asking.model, wish.mode)
    if auto is None:
        return to(house.find(asking.model), wish)
    if wish.mode in ("on", "off"):
        served = auto.deep if wish.mode == "on" else auto.quick
        return replace(to(served, wish), route=Route(served.name, f"{wish.param} says so"))
    if n > 1:
        raise Refusal(f"n is {n}, but auto gives one answer; name a model to have more", param="n")
    deep = to(auto.deep, within(wish, auto.policy))
    most = min(QUICK, auto.quick.defaults.max_tokens if max_tokens is None else max_tokens)
    return replace(drawn_to_decide(to(auto.quick, Wish("off"), max(1, auto.policy.asks), most), auto), otherwise=deep)


def within(wish: Wish, policy: Policy) -> Wish:
    """A wish to think, for no longer than the policy has it where the client names no budget."""
    return replace(wish, mode="on", budget=policy.budget if wish.budget is None else wish.budget)


def drawn_to_decide(question: Question, auto: Auto) -> Question:
    """The quick question, its answers drawn as when the threshold was set: greedy ones would always agree."""
    usual = auto.quick.defaults
    sampling = replace(question.sampling, temperature=usual.temperature["off"], top_p=usual.top_p["off"], top_k=0)
    return replace(question, sampling=sampling)


async def decide(board: Switchboard, question: Question, client: Hashable, name: str) -> Answering:
    """The answering of whichever question is worth it. Raises Refusal as `Switchboard.ask` does."""
    auto, deep = board.house.auto, question.otherwise
    if auto is None or deep is None:
        return board.ask(question, client, name)
    if auto.policy.classifier is not None:
        route = judged(auto, auto.policy.classifier.score(question.asked), "its words", 0)
        chosen = deep if route.to == deep.served.name else question
        return board.ask(replace(chosen, route=route, otherwise=None), client, name)
    drawn = Drawn(board.ask(question, client, f"{name}-route"))
    await drawn.wait()
    route, sample = drawn.judge(auto)
    if route.to == deep.served.name:
        answering = board.ask(replace(deep, route=route), client, name)
        answering.began = drawn.asked.began
        return answering
    return Settled(drawn, replace(question, route=route, otherwise=None), sample, name)


def judged(auto: Auto, score: float, by: str, tokens: int) -> Route:
    thinks = auto.policy.thinks(score)
    served = auto.deep if thinks else auto.quick
    reason = f"{by}: {'worth thinking about' if thinks else 'a quick answer will do'}"
    return Route(served.name, reason, round(score, 4), auto.policy.threshold, tokens)


class Drawn:
    """Quick answers on trial."""

    def __init__(self, asked: Answering) -> None:
        self.asked = asked
        self.events: dict[int, list[Event]] = defaultdict(list)  # by sample

    async def wait(self) -> None:
        """Raises Refusal when decoding failed."""
        async with self.asked as asked:
            async for events in asked.events():
                for event in events:
                    self.events[event.sample].append(event)
        if any(own[-1].ended == "error" for own in self.events.values()):
            raise Refusal("the model failed while it answered; the server's log says why", status=500)

    def judge(self, auto: Auto) -> tuple[Route, int]:
        """Where the question goes, and the sample that stands for the quick answers."""
        spent = [guest.answer_tokens + guest.thinking_tokens for guest in self.asked.job.guests]
        if auto.policy.signal == "confidence":
            score, sample, by = confidence([self.events[0][-1].logprob]), 0, "a quick answer's confidence"
        else:
            score, sample = agreement([boxed(self.text(i)) for i in range(len(spent))])
            by = f"how far {len(spent)} quick answers agree"
        route = judged(auto, score, by, sum(spent))
        if route.to == auto.quick.name:
            route = replace(route, tokens=sum(spent) - spent[sample])
        return route, sample

    def text(self, sample: int) -> str:
        return "".join(text for event in self.events[sample] for _, text in event.parts)


class Settled(Answering):
    """A reply that was there when it was decided to be the reply."""

    def __init__(self, drawn: Drawn, question: Question, sample: int, name: str) -> None:
        asked = drawn.asked
        job: Job = replace(asked.job, guests=[asked.job.guests[sample]])
        super().__init__(asked.board, question, job, asked.client, name)
        self.began = asked.began
        self.told = [replace(event, job=job, sample=0) for event in drawn.events[sample]]

    async def __aexit__(self, *_: object) -> None:
        """Nothing to give back: it was decoded, and counted, with its siblings."""

    async def events(self) -> AsyncIterator[list[Event]]:
        yield self.told
