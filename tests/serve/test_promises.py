"""What docs/serving.md promises and no other file holds: who may see, end and wait for what, and what goes on when."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import openai
import pytest
from torch import Tensor

from benchmarks.visitors import CHAT, Place, Visit, gauges, get, post, rows_left, send, visit
from scratchwork.model.cache import KVCache
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.serve.chat import ChatReply
from scratchwork.serve.codec import OwnCodec
from scratchwork.serve.door import Rules
from scratchwork.serve.embedded import embedded
from scratchwork.serve.house import Defaults, House, Served
from scratchwork.serve.modes import EFFORTS
from scratchwork.serve.scheduler import Desk
from tests.serve.conftest import LiveServer

KEYS = ("a" * 24, "b" * 24)
TURNS = [{"role": "user", "content": "Try 3+4"}]
LONG = {"messages": TURNS, "max_completion_tokens": 200, "seed": 3}


class Slow(Transformer):
    """Takes its time over each token."""

    pause = 0.01

    def __init__(self, like: Transformer) -> None:
        super().__init__(like.config)
        self.load_state_dict(like.state_dict())

    def decode(self, ids: Tensor, cache: KVCache, positions: Tensor) -> Tensor:
        time.sleep(self.pause)
        return super().decode(ids, cache, positions)


@pytest.fixture
def slow(model: Transformer, tokenizer: Tokenizer) -> Iterator[LiveServer]:
    """A slow thinker with two rows and a queue for one, behind two keys; its thinking goes by the other name."""
    desk = Desk(Slow(model), 2, 256, 1)
    served = Served("thinker", "thinking", OwnCodec(tokenizer, thinks=True), desk, Defaults(max_tokens=60))
    with LiveServer(House({"thinker": served}, "summary", thinking_field="reasoning"), Rules(keys=KEYS)) as server:
        yield server


def place(live: LiveServer, key: str = "") -> Place:
    url = urlsplit(live.url)
    return Place(url.hostname or "", url.port or 0, key)


async def until(there: Place, ready: Callable[[dict[str, float]], bool], seconds: float = 60) -> None:
    over = time.monotonic() + seconds
    while not ready(await gauges(there)):
        assert time.monotonic() < over
        await asyncio.sleep(0.01)


def refused(live: LiveServer, path: str, body: dict, key: str = KEYS[0]) -> tuple[int, dict, dict]:
    """Status, error and headers."""
    line = http.client.HTTPConnection(place(live).host, place(live).port)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    line.request("POST", path, json.dumps(body), headers)
    reply = line.getresponse()
    return reply.status, json.loads(reply.read())["error"], dict(reply.getheaders())


@pytest.mark.parametrize("effort", [*EFFORTS, "none"])
def test_every_name_of_an_effort_is_understood(live: LiveServer, effort: str) -> None:
    body = {"model": "thinker", "messages": TURNS, "reasoning_effort": effort, "max_completion_tokens": 40}
    reply = json.loads(asyncio.run(post(place(live), CHAT, body)))
    assert reply["scratchwork"]["budget"] == round(30 * EFFORTS.get(effort, 0))
    assert reply["usage"]["completion_tokens_details"]["reasoning_tokens"] <= reply["scratchwork"]["budget"]


def test_a_stop_string_inside_the_tag_is_not_met(live: LiveServer) -> None:
    def said(**more: object) -> list[dict]:
        body = {
            "model": "thinker",
            "messages": TURNS,
            "max_completion_tokens": 30,
            "seed": 1,
            "thinking_budget": 9,
            **more,
        }
        return json.loads(asyncio.run(post(place(live), CHAT, body)))["choices"]

    assert said()[0]["message"]["reasoning_content"] and said()[0]["message"]["content"]
    assert said(stop=["</think>", "think>", "</th", "k>"]) == said()


def test_greedy_thinking_is_warned_against(live: LiveServer) -> None:
    def warning(**how: object) -> str | None:
        body = {"model": "thinker", "messages": TURNS, "max_completion_tokens": 20, **how}
        return json.loads(asyncio.run(post(place(live), CHAT, body)))["scratchwork"]["warning"]

    assert "temperature is 1" in (warning(temperature=0) or "")
    assert warning() is None and warning(temperature=0, enable_thinking=False) is None


def test_a_client_never_sees_more_than_the_operator_shows(slow: LiveServer) -> None:
    client = openai.OpenAI(base_url=f"{slow.url}/v1", api_key=KEYS[0], max_retries=0)
    wish = {"visibility": "full", "include_reasoning": True, "reasoning": {"exclude": False}}
    reply = client.chat.completions.create(model="thinker", messages=TURNS, seed=1, extra_body=wish)
    assert reply.scratchwork["visibility"] == "summary"
    assert not hasattr(reply.choices[0].message, "reasoning_content")
    status, error, _ = refused(slow, "/v1/completions", {"prompt": "<think>Try"})
    assert status == 403 and "does not show thinking" in error["message"]


def test_only_who_asked_ends_the_thinking(slow: LiveServer) -> None:
    async def ask() -> list[bool]:
        reader, writer = await send(place(slow, KEYS[0]), "POST", CHAT, {**LONG, "stream": True})
        while not (line := await reader.readline()).startswith(b"data: "):
            pass
        asked = {"id": json.loads(line[6:])["id"], "action": "reasoning_end"}
        await gauges(place(slow, KEYS[0]))
        replies = [await post(place(slow, key), f"{CHAT}/control", asked) for key in reversed(KEYS)]
        writer.close()
        return [json.loads(reply)["ended"] for reply in replies]

    assert asyncio.run(ask()) == [False, True]


@pytest.mark.parametrize("how", [{}, {"stream": True, "visibility": "hidden"}])
def test_who_leaves_in_silence_frees_the_row(slow: LiveServer, how: dict) -> None:
    async def leave() -> float:
        there = place(slow, KEYS[0])
        _, writer = await send(there, "POST", CHAT, {**LONG, **how})
        await until(there, lambda found: found["scratchwork_rows"] > 0)
        writer.close()
        return await rows_left(there)

    assert asyncio.run(leave()) == 0
    text = asyncio.run(get(place(slow, KEYS[0]), "/metrics")).decode()
    assert 'scratchwork_requests_total{ended="left",model="thinker"} 1.0' in text


def test_silence_is_filled_with_comments(slow: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scratchwork.serve.app.PING", 0.1)

    async def read() -> bytes:
        reader, _ = await send(place(slow, KEYS[0]), "POST", CHAT, {**LONG, "stream": True, "visibility": "hidden"})
        return await reader.read()

    told = asyncio.run(read())
    assert b"\n: ping" in told and b"data: [DONE]" in told
    head = told.partition(b"\r\n\r\n")[0].lower()
    assert b"x-accel-buffering: no" in head and b"content-type: text/event-stream" in head
    assert b"access-control-" not in head


def test_a_full_house_asks_to_come_again(slow: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slow, "pause", 0.1)  # nobody is done before the last has come, on a busy machine either

    async def crowd() -> tuple[int, dict, dict]:
        there, lines = place(slow, KEYS[0]), []
        for taken in ({"rows": 1}, {"rows": 2}, {"rows": 2, "waiting": 1}):  # one by one: the queue has room for one
            lines.append(await send(there, "POST", CHAT, {**LONG, "stream": True}))
            await until(there, lambda g, taken=taken: all(g[f"scratchwork_{k}"] == n for k, n in taken.items()))
        found = await asyncio.to_thread(refused, slow, CHAT, LONG)
        for _, writer in lines:
            writer.close()
        return found

    status, error, headers = asyncio.run(crowd())
    assert (status, error["code"], headers["retry-after"]) == (503, "server_is_overloaded", "5")


def test_one_client_has_only_so_many_requests_under_way(slow: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    board = slow.app.state.board
    monkeypatch.setattr(Slow, "pause", 0.1)
    monkeypatch.setattr(board, "house", replace(board.house, per_client=1))

    async def crowd() -> tuple[int, dict, dict]:
        there = place(slow, KEYS[0])
        _, writer = await send(there, "POST", CHAT, {**LONG, "stream": True})
        await until(there, lambda found: found["scratchwork_rows"] > 0)
        found = await asyncio.to_thread(refused, slow, CHAT, LONG)
        other = json.loads(await post(place(slow, KEYS[1]), CHAT, {**LONG, "max_completion_tokens": 4}))
        assert other["usage"]["completion_tokens"]
        writer.close()
        return found

    status, error, headers = asyncio.run(crowd())
    assert (status, error["code"], headers["retry-after"]) == (429, "rate_limit_exceeded", "5")


def test_who_takes_nothing_is_hung_up_on(slow: LiveServer, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    monkeypatch.setattr("scratchwork.serve.app.DEAF", 0.2)
    monkeypatch.setattr("scratchwork.serve.app.ChatReply.chunks", endless)
    board = slow.app.state.board
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((place(slow).host, place(slow).port))
        body = json.dumps({**LONG, "stream": True}).encode()
        head = f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEYS[0]}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        deaf.sendall(head.encode() + body)
        over = time.monotonic() + 20
        while not board.named:
            assert time.monotonic() < over
        while board.named:
            assert time.monotonic() < over
            time.sleep(0.05)
    assert asyncio.run(rows_left(place(slow, KEYS[0]))) == 0


async def endless(reply: ChatReply) -> AsyncIterator[bytes]:
    """More than any buffer on the way holds."""
    async with reply.answering:
        while True:
            yield b": " + b"x" * 100_000 + b"\n\n"


def test_who_never_reads_keeps_nobody_waiting(live: LiveServer) -> None:
    async def crowd() -> Visit:
        deaf = [await send(place(live), "POST", CHAT, {**LONG, "stream": True, "n": 8})]
        heard = await visit(place(live), Visit({**LONG, "model": "fast"}))
        deaf[0][1].close()
        return heard

    assert not asyncio.run(crowd()).lost


def test_an_error_in_the_middle_is_an_event_and_ends_the_stream(
    house: House, model: Transformer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(model, 4, 256, 4)
    with LiveServer(House({"m": replace(house.models["thinker"], name="m", desk=desk)}), Rules()) as server:
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0)
        whole = desk.decoding.step
        steps = iter([whole] * 5)
        monkeypatch.setattr(desk.decoding, "step", lambda steer: next(steps)(steer))
        asked = {"model": "m", "messages": TURNS, "seed": 1}
        with pytest.raises(openai.APIError, match="the model failed") as caught:
            list(client.chat.completions.create(**asked, stream=True))
        assert set(caught.value.body) == {"message", "type", "param", "code"}
        with pytest.raises(openai.InternalServerError):
            client.chat.completions.create(**asked)
        monkeypatch.undo()
        assert client.chat.completions.create(**asked).usage.completion_tokens
    assert "Try" not in caplog.text  # nobody's words in the log


def test_the_door_reads_the_path_and_not_the_host(slow: LiveServer) -> None:
    """CVE-2026-48710: a Host header that makes a guarded path look like an open one."""
    line = http.client.HTTPConnection(place(slow).host, place(slow).port)
    for host, status in (("x/health?", 403), ("localhost/health?", 403), ("localhost", 401)):
        line.request("GET", "/v1/models", headers={"Host": host, "X-Request-Id": "mine-1"})
        reply = line.getresponse()
        assert (reply.status, reply.getheader("x-request-id")) == (status, "mine-1")
        assert b"thinker" not in reply.read()


def test_health_and_new_requests_are_refused_while_the_house_closes(slow: LiveServer) -> None:
    slow.app.state.board.draining = True
    with pytest.raises(ValueError, match="status 503"):
        asyncio.run(get(place(slow), "/health"))
    assert refused(slow, CHAT, LONG)[0] == 503


def test_who_is_not_done_when_the_house_closes_is_told_so(model: Transformer, tokenizer: Tokenizer) -> None:
    desk = Desk(Slow(model), 2, 256, 1)
    served = Served("thinker", "thinking", OwnCodec(tokenizer, thinks=True), desk, Defaults(max_tokens=60))
    with ThreadPoolExecutor() as readers:
        with embedded(House({"thinker": served}, drain=0.2)) as (url, key):
            client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
            asked = {"messages": TURNS, "max_completion_tokens": 200, "model": "thinker", "seed": 3}
            stream = client.chat.completions.create(**asked, stream=True)
            next(stream)
            rest, whole = readers.submit(list, stream), readers.submit(client.chat.completions.create, **asked)
            while len(desk.jobs) < 2:
                time.sleep(0.01)
        ends = [rest.result()[-1].choices[0], whole.result().choices[0]]
    assert [(end.finish_reason, end.stop_reason) for end in ends] == [("length", "time")] * 2
