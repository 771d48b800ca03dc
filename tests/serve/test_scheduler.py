"""Many requests on one thread: each is answered as if alone, whatever the others do."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import pytest

from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.reward.grammar import parse
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from scratchwork.serve.codec import Message, OwnCodec
from scratchwork.serve.guest import Guest, Thinking
from scratchwork.serve.scheduler import Desk, Event, Job, Scheduler

ROOM = 200


class House:
    """A scheduler with one model, and what it delivered."""

    def __init__(self, model: Transformer, tokenizer: Tokenizer, slots: int = 8, most_waiting: int = 100) -> None:
        self.model, self.codec = model, OwnCodec(tokenizer, thinks=True)
        self.events: dict[tuple[int, int], list[Event]] = defaultdict(list)
        self.news = threading.Condition()
        self.scheduler = Scheduler(self.deliver)
        self.desk = Desk(model, slots, ROOM, most_waiting)
        self.scheduler.add("m", self.desk)

    def deliver(self, events: list[Event]) -> None:
        with self.news:
            for event in events:
                self.events[event.job.number, event.sample].append(event)
            self.news.notify_all()

    def job(self, i: int = 0, tokens: int = 40, samples: int = 1, stops: Sequence[str] = (), client: str = "", **how):
        question = f"Try {i}+{i % 7}"
        think = how.pop("think", True)
        prompted = self.codec.prompt([Message("user", question)], think)
        close_ids = self.codec.close_ids(how.pop("phrase", "")) if how.pop("steered", True) else ()
        thinking = Thinking(prompted.opened, how.pop("budget", None), close_ids)
        prompt = Prompt(prompted.ids, tuple(range(100 * i, 100 * i + samples)))
        sampling = Sampling(tokens, stop_ids=self.codec.stop_ids)
        return Job("m", prompt, sampling, [Guest(self.codec, thinking, stops) for _ in range(samples)], client, **how)

    def wait(self, ready: Callable[[], bool], seconds: float = 20) -> None:
        with self.news:
            assert self.news.wait_for(ready, seconds)

    def ended(self, job: Job) -> bool:
        return all(self.why(job, sample) for sample in range(len(job.guests)))

    def why(self, job: Job, sample: int = 0) -> str | None:
        events = self.events[job.number, sample]
        return events[-1].ended if events else None

    def text(self, job: Job, sample: int = 0, kind: str | None = None) -> str:
        parts = (part for event in self.events[job.number, sample] for part in event.parts)
        return "".join(text for own, text in parts if kind in (None, own))

    def alone(self, job: Job) -> list[str]:
        """What the offline engine says to it, tag and all."""
        [completions] = TorchEngine(self.model).generate([job.prompt], job.sampling)
        return [self.codec.tokenizer.decode(completion.ids) for completion in completions]


@pytest.fixture
def house(model, tokenizer) -> Iterator[House]:
    house = House(model, tokenizer)
    house.scheduler.start()
    yield house
    house.scheduler.close()


def test_each_request_is_answered_as_if_alone(house: House) -> None:
    jobs = [house.job(i, 10 + 3 * i, samples=1 + i % 3, think=i % 4 > 0, steered=False) for i in range(20)]
    for job in jobs:
        house.scheduler.submit(job)
    house.wait(lambda: all(map(house.ended, jobs)))
    for job in jobs:
        for sample, text in enumerate(house.alone(job)):
            whole = parse(text, job.thinks)
            assert house.text(job, sample, "thinking") == (whole.thinking or "")
            assert house.text(job, sample, "answer") == whole.presentation
            guest = job.guests[sample]
            events = house.events[job.number, sample]
            assert guest.thinking_tokens + guest.answer_tokens == sum(event.token >= 0 for event in events)
    assert house.desk.decoding.count == 0 == house.scheduler.running == house.scheduler.queued


@pytest.mark.parametrize(("budget", "phrase"), [(1, ""), (1, "So"), (12, ""), (12, " no. So "), (30, " no. So ")])
def test_thinking_ends_within_its_budget_and_an_answer_follows(house: House, budget: int, phrase: str) -> None:
    jobs = [house.job(i, tokens=40, budget=budget, phrase=phrase) for i in range(6)]
    for job in jobs:
        house.scheduler.submit(job)
    house.wait(lambda: all(map(house.ended, jobs)))
    for job in jobs:
        [guest] = job.guests
        assert guest.thinking_tokens <= budget
        assert guest.answer_tokens > 0
        assert "</think>" not in house.text(job, kind="thinking")
        if guest.closed_by == "budget":
            assert guest.thinking_tokens == budget
            assert budget == 1 or house.text(job, kind="thinking").endswith(phrase)
    assert {job.guests[0].closed_by for job in jobs} >= {"budget"}


def test_thinking_can_be_ended_while_it_runs(house: House) -> None:
    job = house.job(3, tokens=150, think=True)
    house.scheduler.submit(job)
    house.wait(lambda: len(house.events[job.number, 0]) > 5)
    house.scheduler.close_thinking(job)
    house.wait(lambda: house.ended(job))
    assert job.guests[0].closed_by in ("request", "model")
    assert house.text(job, kind="answer")


def test_who_is_gone_frees_its_rows_within_a_step(house: House) -> None:
    endless, other = house.job(1, tokens=170), house.job(2, tokens=60, steered=False)
    for job in (endless, other):
        house.scheduler.submit(job)
    house.wait(lambda: len(house.events[endless.number, 0]) > 3)
    house.scheduler.abort(endless)
    house.wait(lambda: house.ended(endless) and house.ended(other))
    assert house.why(endless) in ("abort", "stop")
    assert house.text(other) == "".join((p := parse(house.alone(other)[0])) and ((p.thinking or "") + p.presentation))
    house.scheduler.abort(endless)  # once gone, gone


def test_a_stop_string_ends_the_answer_before_it(house: House) -> None:
    job = house.job(4, tokens=80, think=False)
    [whole] = house.alone(job)
    stop = whole[5:8]
    stopped = house.job(4, tokens=80, think=False, stops=[stop])
    house.scheduler.submit(stopped)
    house.wait(lambda: house.ended(stopped))
    assert house.text(stopped) == whole[: whole.index(stop)]
    assert house.why(stopped) == "stop_string"


def test_clients_take_turns_and_the_queue_is_bounded(model, tokenizer) -> None:
    house = House(model, tokenizer, slots=1, most_waiting=6)
    greedy = [house.job(i, tokens=3, think=False, client="greedy") for i in range(5)]
    modest = house.job(9, tokens=3, think=False, client="modest")
    for job in (*greedy, modest):
        house.scheduler.submit(job)
    with pytest.raises(OverflowError, match="6 requests are waiting"):
        house.scheduler.submit(house.job(8))
    house.scheduler.start()
    house.wait(lambda: all(map(house.ended, (*greedy, modest))))
    house.scheduler.close()
    assert [job.number for job in sorted((*greedy, modest), key=lambda job: job.entered)].index(modest.number) == 1


def test_thinkers_leave_a_row_for_short_answers(model, tokenizer) -> None:
    house = House(model, tokenizer, slots=4)
    thinkers = [house.job(i, tokens=150) for i in range(6)]
    short = house.job(9, tokens=3, think=False)
    for job in (*thinkers, short):
        house.scheduler.submit(job)
    house.scheduler.start()
    house.wait(lambda: house.ended(short))
    assert sum(map(house.ended, thinkers)) < 6
    house.scheduler.close()


def test_time_runs_out(house: House) -> None:
    job = house.job(1, tokens=170, deadline=time.monotonic() - 1)
    house.scheduler.submit(job)
    house.wait(lambda: house.ended(job))
    assert house.why(job) == "time"


def test_an_error_in_decoding_ends_what_was_under_way_and_no_more(house: House, monkeypatch, caplog) -> None:
    job = house.job(1, tokens=170)
    with monkeypatch.context() as patch:
        patch.setattr(house.desk.decoding, "step", lambda steer: 1 / 0)
        house.scheduler.submit(job)
        house.wait(lambda: house.ended(job))
    assert house.why(job) == "error"
    assert "decoding failed" in caplog.text
    again = house.job(2, tokens=10)
    house.scheduler.submit(again)
    house.wait(lambda: house.ended(again))
    assert house.why(again) in ("stop", "length")
