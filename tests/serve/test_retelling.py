"""Summaries by a chat model over HTTP: taken when in time and true to the numbers, else replaced by our own words."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.cli import main
from scratchwork.serve.door import Rules
from scratchwork.serve.house import House
from scratchwork.serve.retelling import NUMBER, STRETCH, RetellingSummarizer, asker_at, own_words
from scratchwork.serve.scheduler import Desk
from tests.serve.conftest import LiveServer

THINKING = "Start with 12+7=19. 19 against 30: no. " * 25  # more than a stretch
WRITTEN = "**Adding up**\n\nIt finds 19, and that is not 30.\n\n"


@contextmanager
def chat_model(reply: Callable[[str], str]) -> Iterator[tuple[str, list[dict]]]:
    """A chat API that answers by `reply`; its address, and what it was sent."""
    asked: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            message = {"content": reply(asked[-1]["messages"][0]["content"])}
            body = json.dumps({"choices": [{"message": message}]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", asked
    server.shutdown()


def told(url: str, thinking: str, patience: float = 5.0) -> str:
    """The summary of a thinking that goes on until the first paragraph is there, or patience ends."""

    async def tell() -> str:
        summarizer = RetellingSummarizer(asker_at(url, "small", "key"))
        paragraphs, ends = summarizer.feed(thinking), time.monotonic() + patience
        while not paragraphs and time.monotonic() < ends:
            await asyncio.sleep(0.01)
            paragraphs = summarizer.feed("")
        return "".join([*paragraphs, *summarizer.finish()])

    return asyncio.run(tell())


def test_the_models_words_are_told() -> None:
    with chat_model(lambda asked: "## Title: Adding up\nIt finds 19,\nand that is not 30.") as (url, asked):
        summary = told(url, THINKING)
    assert summary.startswith(WRITTEN)
    assert len(asked) == 1 and asked[0]["model"] == "small"
    assert asked[0]["messages"][0]["content"].endswith(THINKING.strip()[-20:] + " ")


@pytest.mark.parametrize("reply", ["Adding up\nIt finds 20.", "Adding 31 up\nIt finds.", "", "\n\n", "\x1b\x07"])
def test_a_number_that_was_not_thought_is_not_told(reply: str) -> None:
    with chat_model(lambda asked: reply) as (url, _):
        assert told(url, THINKING) == "".join(own_words(THINKING))


def test_nobody_waits_for_it() -> None:
    release = threading.Event()
    with chat_model(lambda asked: str(release.wait(5))) as (url, _):
        began = time.monotonic()
        assert told(url, THINKING, patience=0.05) == "".join(own_words(THINKING))
        release.set()
        assert time.monotonic() - began < 6
    assert told("http://127.0.0.1:1/v1", THINKING, patience=0.3) == "".join(own_words(THINKING))


@given(st.text(max_size=200), st.text("0123456789 .=+\n", max_size=3 * STRETCH))
def test_every_number_of_a_summary_stands_in_the_thinking(reply: str, thinking: str) -> None:
    async def tell() -> str:
        async def ask(_: str) -> str:
            return reply

        summarizer = RetellingSummarizer(ask)
        paragraphs = summarizer.feed(thinking)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "".join([*paragraphs, *summarizer.feed(""), *summarizer.finish()])

    summary = asyncio.run(tell())
    assert all(number in thinking.replace(" ", "").replace("\n", "") for number in NUMBER.findall(summary))


def test_foreign_thinking_alone_is_retold(house: House) -> None:
    thinker = house.models["thinker"]
    foreign = replace(thinker, name="foreign", role="foreign", desk=Desk(thinker.desk.model, 4, 256, 8))
    with chat_model(lambda asked: "Retold") as (url, asked):
        models = {"foreign": foreign, **house.models}
        with LiveServer(replace(house, models=models, retell=asker_at(url, None, None)), Rules()) as live:
            client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none", max_retries=0)
            for model in ("foreign", "thinker"):
                reply = client.chat.completions.create(
                    model=model,
                    messages=[{"role": "user", "content": "Try 3+4"}],
                    seed=1,
                    max_tokens=200,
                    extra_body={"visibility": "summary"},
                )
                assert reply.choices[0].message.content is not None
    assert all("model" not in one for one in asked)


def test_an_address_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["serve", "--summarizer", "file:///etc/passwd"])
    assert end.value.code == 2 and "chat API" in capsys.readouterr().err
