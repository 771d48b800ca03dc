"""The one thread that decodes: requests enter and leave between any two steps, of every model that is served.

Requests come through an inbox and go on as events, a list of them a step, handed to one callback. No other thread
touches a model, a row or a guest. A share of the rows is kept from thinkers, so that short answers always find one.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch

from scratchwork.model.transformer import Transformer
from scratchwork.rollout.decoding import Decoding, Entry, Prompt
from scratchwork.rollout.rows import Ended
from scratchwork.rollout.sampling import Sampling
from scratchwork.serve.guest import Guest
from scratchwork.serve.queue import FairQueue
from scratchwork.serve.splitter import Kind

PREFILL = 4096  # prompt tokens that may enter between two steps: who is talking waits no longer than that
FEW = 4  # requests at once, each of which is told token by token
PAUSE = 0.001  # seconds between two deliveries, for each request when there are more
LONGEST = 0.1  # such seconds
RESERVED = 4  # one row in so many is kept from thinkers
Why = Literal["stop", "length", "stop_string", "time", "abort", "error"]
log = logging.getLogger(__name__)
_numbers = itertools.count(1)


@dataclass(slots=True)  # not frozen: there is one for every token, and a frozen one costs thrice as much to make
class Event:
    """What happened to a sample: some text, or its end. Nobody changes it."""

    job: Job
    sample: int
    parts: Sequence[tuple[Kind, str]] = ()
    token: int = -1
    ended: Why | None = None
    logprob: float = float("-inf")  # at the end, where it is known: the mean of all its tokens


@dataclass(eq=False)
class Job:
    """A request as the scheduler sees it: a prompt and a guest for each answer wanted."""

    model: str
    prompt: Prompt
    sampling: Sampling
    guests: list[Guest]
    client: Hashable = None
    deadline: float = float("inf")  # of time.monotonic()
    number: int = field(default_factory=lambda: next(_numbers))
    live: set[int] = field(default_factory=set)  # samples not ended
    entered: float = 0.0

    @property
    def thinks(self) -> bool:
        return self.guests[0].thinking.opened


class Desk:
    """A model's decoding and the jobs at it."""

    def __init__(
        self, model: Transformer | Callable[[], Transformer], slots: int, room: int, most_waiting: int
    ) -> None:
        self.model, self.slots, self.room = model, slots, room
        self.waiting: FairQueue[Job] = FairQueue(most_waiting)
        self.jobs: dict[int, Job] = {}

    @cached_property
    def decoding(self) -> Decoding:
        """The model at work, read when it is first needed. Raises UserError when it cannot be."""
        model = self.model if isinstance(self.model, Transformer) else self.model()
        return Decoding(model, self.slots, self.room)

    def rows(self, thinking: bool = False) -> int:
        """Rows taken, by thinkers alone if so asked."""
        return sum(len(job.live) for job in self.jobs.values() if job.thinks or not thinking)

    def fits(self, job: Job) -> bool:
        """Whether there are rows for it now; who needs more than thinkers may have waits for an empty house."""
        wanted = len(job.guests)
        if self.rows() + wanted > self.slots:
            return False
        most = self.slots - self.slots // RESERVED
        return not job.thinks or not self.jobs or self.rows(thinking=True) + wanted <= most

    def fail(self) -> list[Event]:
        """End everything under way here after an error."""
        return [event for job in list(self.jobs.values()) for event in self.drop(job, "error")]

    def next_jobs(self) -> list[Job]:
        """Who comes in now: those that fit, with at most PREFILL prompt tokens between them."""
        jobs, tokens = [], 0
        while tokens < PREFILL and (job := self.waiting.take(self.fits)) is not None:
            job.live, job.entered = set(range(len(job.guests))), time.monotonic()
            self.jobs[job.number] = job
            tokens += len(job.prompt.ids)
            jobs.append(job)
        return jobs

    def enter(self, jobs: Sequence[Job]) -> None:
        """Prefill who comes in and has not been aborted since it was called."""
        jobs = [job for job in jobs if job.live]
        self.decoding.enter([Entry(job.number, job.prompt, job.sampling) for job in jobs])

    def step(self) -> list[Event]:
        """One token more for everyone here."""
        said: list[Event] = []

        def steer(owners: np.ndarray, drawn: np.ndarray) -> None:
            for row, (number, sample) in enumerate(owners.tolist()):
                job = self.jobs[number]
                guest = job.guests[sample]
                drawn[row] = token = guest.steer(int(drawn[row]))
                said.append(Event(job, sample, guest.take(token), token))

        ended = self.decoding.step(steer)
        return said + self.endings(ended) + self.stopped(said)

    def endings(self, ended: Sequence[Ended]) -> list[Event]:
        """The last words of who ended by itself."""
        last = []
        for one in ended:
            logprobs = one.completion.sampled_logprobs
            event = self.end(self.jobs[one.owner[0]], one.owner[1], one.completion.finish_reason)
            last.append(replace(event, logprob=float(np.mean(logprobs)) if len(logprobs) else float("-inf")))
        return last

    def stopped(self, said: Sequence[Event]) -> list[Event]:
        """Who met a stop string."""
        found = [e for e in said if e.job.guests[e.sample].stops.found is not None and e.sample in e.job.live]
        return [self.end(event.job, event.sample, "stop_string") for event in found]

    def end(self, job: Job, sample: int, why: Why) -> Event:
        """Count a sample out; when it was the last, its job goes."""
        job.live.discard(sample)
        self.decoding.leave(job.number, sample)
        if not job.live:
            self.jobs.pop(job.number, None)
        return Event(job, sample, job.guests[sample].finish(), ended=why)

    def drop(self, job: Job, why: Why) -> list[Event]:
        """End all that is left of a job, waiting or under way."""
        if self.waiting.remove(job):
            job.live = set(range(len(job.guests)))
        return [self.end(job, sample, why) for sample in sorted(job.live)]

    def late(self, now: float) -> list[Event]:
        """Who has run out of time."""
        over = [job for job in (*self.jobs.values(), *self.waiting) if now > job.deadline]
        return [event for job in over for event in self.drop(job, "time")]


def pause(requests: int) -> float:
    """Seconds between two deliveries: each costs the time of several tokens, so among many there are fewer.

    >>> pause(FEW), pause(40), pause(1000)
    (0.0, 0.04, 0.1)
    """
    return 0.0 if requests <= FEW else min(PAUSE * requests, LONGEST)


class Scheduler:
    """`deliver` is called from the decoding thread with what a step brought, among many requests with several steps'.

    `threads` that it computes with, 0 = as many as others have. Where another thread of the process has computed with
    several, OpenMP has a second pool, takes the cores for overcommitted, and decoding takes twice the time.
    """

    def __init__(self, deliver: Callable[[list[Event]], None], threads: int = 0) -> None:
        self.deliver, self.threads = deliver, threads
        self.desks: dict[str, Desk] = {}
        self.inbox: list[Callable[[], list[Event]]] = []
        self.wake = threading.Condition()
        self.closing = False
        self.thread = threading.Thread(target=self.run, name="decoding", daemon=True)

    def add(self, name: str, desk: Desk) -> None:
        """Serve a model; before `start`."""
        self.desks[name] = desk

    def start(self) -> None:
        self.thread.start()

    def submit(self, job: Job) -> None:
        """Raises OverflowError when too many wait already."""
        desk = self.desks[job.model]
        with self.wake:
            desk.waiting.put(job.client, job)
            self.wake.notify()

    def abort(self, job: Job) -> None:
        """Give its rows back before the next step."""
        self.tell(lambda: self.desks[job.model].drop(job, "abort"))

    def end_now(self, job: Job) -> None:
        """Its time is over."""
        self.tell(lambda: self.desks[job.model].drop(job, "time"))

    def close_thinking(self, job: Job) -> None:
        """Let it come to its answer now."""

        def ask() -> list[Event]:
            for guest in job.guests:
                guest.asked_to_close = True
            return []

        self.tell(ask)

    def tell(self, message: Callable[[], list[Event]]) -> None:
        with self.wake:
            self.inbox.append(message)
            self.wake.notify()

    @property
    def running(self) -> int:
        return sum(len(desk.jobs) for desk in self.desks.values())

    @property
    def queued(self) -> int:
        return sum(len(desk.waiting) for desk in self.desks.values())

    def run(self) -> None:
        if self.threads:
            torch.set_num_threads(self.threads)
        held: list[Event] = []
        told = 0.0
        while True:
            with self.wake:
                while not (self.inbox or self.closing or self.running or self.queued):
                    self.wake.wait()
                if self.closing:
                    return
                messages, self.inbox = self.inbox, []
                coming = {desk: desk.next_jobs() for desk in self.desks.values()}
            held += [event for message in messages for event in message()]
            for desk, jobs in coming.items():
                held += self.turn(desk, jobs)
            if held and time.monotonic() - told >= pause(self.running):
                self.deliver(held)
                held, told = [], time.monotonic()

    @staticmethod
    def turn(desk: Desk, jobs: Sequence[Job]) -> list[Event]:
        """A desk's part of a step. An error ends what is under way there, and nothing else."""
        try:
            desk.enter(jobs)
            events = desk.late(time.monotonic())
            return events + desk.step() if desk.jobs else events
        except Exception:
            log.exception("decoding failed")
            return desk.fail()

    def close(self) -> None:
        """End the thread after its step."""
        with self.wake:
            self.closing = True
            self.wake.notify()
        if self.thread.is_alive():
            self.thread.join()
