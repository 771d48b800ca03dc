"""Many streams at once, as in benchmarks/serve.py: none is lost, none is mixed with another, no row stays taken."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from benchmarks.serve import as_they_like, crowd
from benchmarks.visitors import Place, Visit, gauges, visits
from scratchwork.serve.scheduler import FEW
from tests.serve.conftest import LiveServer

QUESTIONS = [f"Try {i}+{i % 7}" for i in range(23)]
CAP = 60


@pytest.fixture(scope="module")
def place(live: LiveServer) -> Place:
    url = urlsplit(live.url)
    return Place(url.hostname or "", url.port or 0)


def crowded(place: Place, asked: Iterator[Visit], streams: int, seconds: float = float("inf")) -> dict:
    """Let them in, and hold the server to what it owes them."""
    found = asyncio.run(crowd(place, asked, streams, seconds))
    assert found["lost"] == []
    assert found["mixed"] == 0 < found["asked_again"]
    assert found["rows_left"] == 0
    return found


def test_sixteen_streams_that_do_as_they_like(place: Place) -> None:
    asked = list(itertools.islice(as_they_like(QUESTIONS, CAP, seed=0), 48))
    assert {visit.kind for visit in asked} == {"reads", "leaves", "ends thinking"}
    assert crowded(place, iter(asked), 16)["visits"] == 48


@pytest.mark.slow
def test_eight_streams_for_five_seconds(place: Place) -> None:
    assert crowded(place, as_they_like(QUESTIONS, CAP, seed=1), 8, 5)["visits"] >= 8


def test_among_many_answers_several_tokens_are_told_at_a_time_and_alone_each(place: Place) -> None:
    bodies = [
        {"messages": [{"role": "user", "content": question}], "max_completion_tokens": 200, "seed": 1, "model": "fast"}
        for question in QUESTIONS[: 4 * FEW]
    ]
    together, alone = [Visit(body) for body in bodies], [Visit(body) for body in bodies]
    asyncio.run(visits(place, together, len(bodies)))
    asyncio.run(visits(place, alone, 1))
    assert [one.answer for one in together] == [one.answer for one in alone]
    assert sum(len(one.arrivals) for one in together) < sum(len(one.arrivals) for one in alone)


def test_what_is_refused_or_cut_off_counts_as_lost(place: Place) -> None:
    refused = Visit({"messages": []})
    nobody = Visit({"messages": []})
    asyncio.run(visits(place, [refused], 1))
    asyncio.run(visits(Place(place.host, 1), [nobody], 1))
    assert refused.lost and "status 400" in refused.error
    assert nobody.lost and "Error" in nobody.error
    assert Visit({}, "leaves").lost is False
    assert asyncio.run(gauges(place))["scratchwork_rows"] == 0
