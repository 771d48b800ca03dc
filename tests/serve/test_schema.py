"""The OpenAPI document tells the truth: it has every route, and a fuzzer that believes it finds nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request

import pytest
from fastapi.routing import APIRoute

from scratchwork.serve.app import create_app
from scratchwork.serve.door import Rules
from scratchwork.serve.house import House
from scratchwork.serve.openapi import STATUSES, document_of
from tests.serve.conftest import LiveServer

KEY = "k" * 24
ASKED = {"model": "fast", "messages": [{"role": "user", "content": "Try 3+4"}], "max_tokens": 2}
CHAT, VERDICT = "/v1/chat/completions", "/v1/scratchwork/verdict"


def test_the_document_has_every_route_and_no_other(house: House) -> None:
    routes = [route for route in create_app(house, Rules()).routes if isinstance(route, APIRoute)]
    paths = document_of(house, Rules())["paths"]
    assert {(route.path_format, method.lower()) for route in routes for method in route.methods} == {
        (path, method) for path, methods in paths.items() for method in methods
    }


def test_the_document_is_told_and_says_where_a_key_is_needed(live: LiveServer, house: House) -> None:
    told = json.loads(urllib.request.urlopen(f"{live.url}/openapi.json").read())
    assert told == document_of(house, Rules()) and "securitySchemes" not in told["components"]
    guarded = document_of(house, Rules(keys=(KEY,)))["paths"]
    assert guarded["/metrics"]["get"]["security"] and "security" not in guarded["/health"]["get"]
    told_of = {status for ways in guarded.values() for way in ways.values() for status in way["responses"]}
    assert told_of == {"200", *map(str, STATUSES)}


def ask(live: LiveServer, path: str, body: bytes, method: str = "POST") -> tuple[int, dict, dict]:
    """Status, body and headers of what comes back."""
    request = urllib.request.Request(live.url + path, body, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.loads(reply.read()), dict(reply.headers)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read()), dict(error.headers)


@pytest.mark.parametrize(
    ("path", "asked", "param"),
    [
        (CHAT, {**ASKED, "max_tokens": "2"}, "max_tokens"),
        (CHAT, {**ASKED, "n": True}, "n"),
        (CHAT, {**ASKED, "temperature": "1"}, "temperature"),
        (CHAT, {**ASKED, "top_p": True}, "top_p"),
        (CHAT, {**ASKED, "max_tokens": 2.5}, "max_tokens"),
        (VERDICT, {"family": "apples", "level": 1, "index": False}, "index"),
        (VERDICT, {"family": "apples", "level": "1", "index": 0}, "level"),
    ],
)
def test_what_is_no_number_is_refused(live: LiveServer, path: str, asked: dict, param: str) -> None:
    status, body, _ = ask(live, path, json.dumps(asked).encode())
    assert (status, body["error"]["param"]) == (400, param)


def test_a_problem_is_asked_for_by_its_place_alone(live: LiveServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{live.url}/v1/scratchwork/problem?family=apples&level=1&seed=3")
    assert json.loads(caught.value.read())["error"]["param"] == "seed"


def test_the_document_says_which_parts_of_a_place_may_be_left_out(live: LiveServer) -> None:
    document = json.loads(urllib.request.urlopen(f"{live.url}/openapi.json").read())
    parameters = document["paths"]["/v1/scratchwork/problem"]["get"]["parameters"]
    assert {one["name"]: one["required"] for one in parameters} == {"family": True, "level": True, "index": False}
    assert urllib.request.urlopen(f"{live.url}/v1/scratchwork/problem?family=apples&level=1").status == 200


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_python_s_words_for_numbers_are_no_json(live: LiveServer, word: str) -> None:
    status, body, _ = ask(live, CHAT, json.dumps({**ASKED, "more": 0}).replace(": 0}", f": {word}}}").encode())
    assert status == 400 and body["error"]["message"] == f"the body is not JSON: {word} is not a value"


def test_a_whole_number_may_have_a_point(live: LiveServer) -> None:
    assert ask(live, CHAT, json.dumps({**ASKED, "max_tokens": 2.0}).encode())[0] == 200


def test_the_least_top_p_leaves_the_likeliest_token(live: LiveServer) -> None:
    """In fp32 it is 0, which once cut off every token and with that ended everyone's answer."""
    told = [
        ask(live, CHAT, json.dumps({**ASKED, **how, "max_tokens": 20, "seed": 1}).encode())
        for how in ({"top_p": 5e-324}, {"temperature": 0})
    ]
    assert [status for status, _, _ in told] == [200, 200]
    assert told[0][1]["choices"] == told[1][1]["choices"]


@pytest.mark.parametrize(("path", "method", "allowed"), [("/health", "PUT", "GET"), (CHAT, "PATCH", "POST")])
def test_other_methods_are_told_which_there_are(live: LiveServer, path: str, method: str, allowed: str) -> None:
    status, body, headers = ask(live, path, b"", method)
    assert (status, headers["allow"]) == (405, allowed)
    assert set(body["error"]) == {"message", "type", "param", "code"}


@pytest.mark.slow
def test_thousands_of_requests_find_no_failure_and_nothing_untold(house: House) -> None:
    """By schemathesis, from the document alone: values at every limit and beyond, other methods, wrong keys.

    Left out: that whatever fits the schema is met. A budget that leaves no room for an answer does fit it.
    A request at every limit at once is large, and to be too large is no fault of its content: hence the room.
    """
    pytest.importorskip("schemathesis")
    command = [sys.executable, "-m", "schemathesis.cli", "run", "--phases", "coverage,fuzzing", "--seed", "1"]
    command += ["--exclude-checks", "positive_data_acceptance", "--max-examples", "150", "--no-color", "--no-shrink"]
    with LiveServer(house, Rules(keys=(KEY,), max_body=100_000_000)) as server:
        key = ["--header", f"Authorization: Bearer {KEY}"]
        done = subprocess.run(
            [*command, *key, "--url", server.url, f"{server.url}/openapi.json"], capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
    count = re.search(r"([\d,]+) generated", done.stdout)
    assert count is not None and int(count[1].replace(",", "")) > 2_000
