"""What a server did, in numbers that Prometheus reads: requests, tokens, seconds. Never a word of what was said."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from scratchwork.serve.scheduler import Scheduler

SHORT = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds
LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class Load(Collector):
    """How full each desk is, read when someone asks."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, help_text, of in (
            ("running", "Requests being answered.", lambda desk: len(desk.jobs)),
            ("waiting", "Requests in the queue.", lambda desk: len(desk.waiting)),
            ("rows", "Rows taken, of those that decode together.", lambda desk: desk.rows()),
            ("rows_limit", "Rows there are.", lambda desk: desk.slots),
        ):
            family = GaugeMetricFamily(f"scratchwork_{name}", help_text, labels=["model"])
            for model, desk in list(self.scheduler.desks.items()):
                family.add_metric([model], of(desk))
            yield family


class Metrics:
    """The counters of one server."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(Load(scheduler))
        self.requests = Counter(
            "scratchwork_requests", "Requests answered, by how they ended.", ["model", "ended"], registry=self.registry
        )
        self.tokens = Counter(
            "scratchwork_tokens", "Tokens, of prompts, thinking and answers.", ["model", "kind"], registry=self.registry
        )
        self.seconds = self.times("request", "From request to end.", LONG)
        self.closed = Counter(
            "scratchwork_thinking_closed",
            "Thoughts, by who ended them: model, budget, request, or the cap on all tokens: then no answer came.",
            ["model", "by"],
            registry=self.registry,
        )
        self.routes = Counter(
            "scratchwork_routes", "Requests to auto, by who got them and why.", ["to", "reason"], registry=self.registry
        )
        self.first = self.times("first_token", "From request to first token.", SHORT)
        self.answer = self.times("first_answer", "From request to the answer's first token, after all thinking.", LONG)
        self.gap = self.times("token_gap", "From one delivery to the next.", SHORT)

    def times(self, name: str, help_text: str, buckets: Sequence[float]) -> Histogram:
        full = f"scratchwork_{name}_seconds"
        return Histogram(full, help_text, ["model"], registry=self.registry, buckets=buckets)

    def text(self) -> tuple[bytes, str]:
        """The page that Prometheus reads, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class Stopwatch:
    """The times of one request."""

    def __init__(self, metrics: Metrics, model: str) -> None:
        self.metrics, self.model = metrics, model
        self.began = time.monotonic()
        self.last: float | None = None  # delivery

    def delivered(self) -> None:
        now = time.monotonic()
        if self.last is None:
            self.metrics.first.labels(self.model).observe(now - self.began)
        else:
            self.metrics.gap.labels(self.model).observe(now - self.last)
        self.last = now

    def answered(self) -> None:
        self.metrics.answer.labels(self.model).observe(time.monotonic() - self.began)

    def ended(self, why: str, prompt: int, thinking: int, answer: int, closed: Iterable[str | None]) -> None:
        """`why`: the last sample's; "left" when the client went before. `closed`: who ended each sample's thinking."""
        metrics, model = self.metrics, self.model
        metrics.requests.labels(model, why).inc()
        metrics.seconds.labels(model).observe(time.monotonic() - self.began)
        for kind, count in (("prompt", prompt), ("thinking", thinking), ("answer", answer)):
            metrics.tokens.labels(model, kind).inc(count)
        for by in filter(None, closed):
            metrics.closed.labels(model, by).inc()
