"""A terminal's chat against live servers: ours, and ones that behave as others do, well or badly."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from rich.console import Console

from scratchwork.errors import UserError
from scratchwork.serve.embedded import embedded
from scratchwork.serve.house import House
from scratchwork.terminal.client import Card, Client, Wish
from scratchwork.terminal.talk import HELP, Talk
from scratchwork.terminal.view import View
from tests.serve.conftest import house, model, one_thread, tokenizer  # noqa: F401 -- fixtures

ASKED = "Try 3+4"


def talking(client: Client, wish: Wish | None = None, thoughts: bool = True) -> tuple[Talk, Callable[[str], str]]:
    """A conversation, and a way to say a line and get what was printed."""
    out = io.StringIO()
    cards = client.models()
    console = Console(file=out, width=200, color_system=None)
    talk = Talk(client, cards, cards[0], wish or Wish(seed=5, max_tokens=40), View(console, thoughts))

    def say(line: str) -> str:
        out.seek(0)
        out.truncate()
        talk.say(line)
        return out.getvalue()

    return talk, say


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[Client]:  # noqa: F811
    with embedded(house) as (url, key):
        yield Client(url, key)


def test_what_is_shown_is_what_any_client_gets(client: Client) -> None:
    reply = openai.OpenAI(base_url=client.url, api_key=client.key).chat.completions.create(
        model="thinker", messages=[{"role": "user", "content": ASKED}], seed=5, max_tokens=40
    )
    message = reply.choices[0].message
    _, say = talking(client)
    said = say(ASKED)
    assert said.startswith("Thinking…\n")
    assert f"{reply.scratchwork['cost']['thinking_tokens']} tokens" in said.splitlines()[-1]
    _, say = talking(client, thoughts=False)
    assert say(ASKED).strip() == message.content.strip()
    with pytest.raises(UserError, match="401"):
        Client(client.url, "a wrong key").models()


def test_the_switches_are_kept_for_what_is_asked_next(client: Client) -> None:
    talk, say = talking(client)
    assert say("/think off") == "thinking is off\n"
    assert "Thinking" not in say(ASKED)
    say("/think on")
    assert say("/budget 6") == "at most 6 tokens of thinking\n"
    assert "6 tokens" in (said := say(ASKED)) and "budget spent" in said
    say("/budget off")
    say("/show hidden")
    assert "Thinking" not in (said := say(ASKED)) and "thought for" in said
    say("/model fast")
    assert say("/model").splitlines() == ["  thinker (on, off)", "* fast (off)"]
    say("/think off")
    assert "fast" in say(ASKED)
    assert talk.turns == [] or talk.card.own


def test_models_are_compared_on_the_last_question(client: Client) -> None:
    _, say = talking(client)
    assert "no question yet" in say("/compare")
    say(ASKED)
    said = say("/compare")
    assert "— thinker —" in said and "— fast —" in said and said.count(" s\n") == 2
    assert "2 or 3 models, here 1" in say("/compare fast")
    assert "no model 'slow'" in say("/compare fast slow")
    assert " s\n" in say("/retry")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/thnk on", "there is no command /thnk; did you mean 'think'?"),
        ("/think maybe", "/think is 'maybe'"),
        ("/think", "that is not how /think is used: /think on|off|auto"),
        ("/think on off", "that is not how /think is used"),
        ("/budget many", "give a number of tokens above 0, or off"),
        ("/budget ٣", "give a number of tokens above 0, or off"),
        ("/budget 0", "give a number of tokens above 0, or off"),
        ("/show less", "/show is 'less'"),
        ("/model fats", "there is no model 'fats'; did you mean 'fast'?"),
        ("/retry", "there is no question yet"),
        ("why " * 300, "refused (400)"),
    ],
)
def test_what_cannot_be_done_is_said(client: Client, line: str, sentence: str) -> None:
    talk, say = talking(client)
    assert sentence in say(line)
    assert not talk.over


def test_help_names_every_command_and_quit_ends(client: Client) -> None:
    talk, say = talking(client)
    assert say("/help").strip() == HELP
    assert say("") == "" and say("/clear") == "forgotten\n"
    say("/quit")
    assert talk.over


@contextmanager
def server(events: list[str], asked: list[dict] | None = None) -> Iterator[Client]:
    """A chat API that says these events and hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send(json.dumps({"data": [{"id": "theirs"}]}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if asked is not None:
                asked.append(body)
            self.send("".join(f"data: {event}\n\n" for event in events))

        def send(self, text: str) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield Client(f"http://127.0.0.1:{running.server_port}/v1")
    running.shutdown()


def delta(finish: str | None = None, **fields: str) -> str:
    return json.dumps({"id": "a", "choices": [{"delta": fields, "finish_reason": finish}]})


@pytest.mark.parametrize(
    "events",
    [
        [delta(reasoning_content="hm"), delta(reasoning_content="m"), delta(content="\\boxed{7}"), delta("stop")],
        [delta(reasoning="hmm"), delta("stop", content="\\boxed{7}"), "[DONE]"],
        [delta(content="<thi"), delta(content="nk>hmm</th"), delta(content="ink>\\boxed{7}"), delta("stop")],
    ],
)
def test_thinking_is_read_however_a_server_sends_it(events: list[str]) -> None:
    asked: list[dict] = []
    with server(events, asked) as client:
        talk, say = talking(client)
        said = say("What?").splitlines()
        assert said[:4] == ["Thinking…", "hmm", "\\boxed{7}", " 7 "]
        say("Again?")
        assert [turn["role"] for turn in asked[1]["messages"]] == ["user", "assistant", "user"]
        assert asked[1]["messages"][1]["content"] == "\\boxed{7}"
        assert talk.card == Card("theirs", own=False)


def test_tags_in_the_answer_of_a_server_that_parses_are_text() -> None:
    with server([delta(reasoning="hmm"), delta("stop", content="<think>7</think>")]) as client:
        _, say = talking(client, thoughts=False)
        assert say("What?") == "<think>7</think>\n"


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([delta(content="so far")], "went away before the answer ended"),
        (['{"error": {"message": "on fire"}}'], "on fire"),
        (["[[[", "null", '{"choices": 3}'], "none of a chat API"),
    ],
)
def test_a_server_that_fails_is_said_and_the_conversation_goes_on(events: list[str], sentence: str) -> None:
    with server(events) as client:
        talk, say = talking(client)
        assert sentence in say("What?")
        assert talk.turns == [] and not talk.over


def test_what_a_model_wrote_cannot_command_the_terminal() -> None:
    hostile = "[red]\x1b[2J\x1b]0;title\x07\u202e\\boxed{\x1b[31m7}"
    with server([delta(reasoning=hostile), delta("stop", content=hostile)]) as client:
        _, say = talking(client)
        said = say("What?")
    assert "[red]" in said and not {"\x1b", "\x07", "\u202e"} & set(said)


def test_an_interrupt_asks_for_the_answer_and_another_stops_it(client: Client, monkeypatch) -> None:
    talk, say = talking(client, Wish(seed=5, max_tokens=200))
    ended: list[str] = []
    monkeypatch.setattr(client, "end_thinking", lambda name: ended.append(name))
    from scratchwork.terminal.view import Following

    step, left = Following.step, iter([True, False, True])

    def interrupted(self, answer):  # after the first piece, as a key would
        going = step(self, answer)
        if next(left, False):
            raise KeyboardInterrupt
        return going

    monkeypatch.setattr(Following, "step", interrupted)
    assert "(stopped)" in say(ASKED)
    assert len(ended) == 1 and ended[0].startswith("chatcmpl-")
    assert talk.turns == [] and not talk.over


def test_nobody_there() -> None:
    with pytest.raises(UserError, match="cannot reach"):
        Client("http://127.0.0.1:1/v1").models()
    with pytest.raises(UserError, match="cannot reach"):
        Client("http://[").models()
