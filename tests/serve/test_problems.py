"""Problems to try: held out, the same for the same number, judged as in training, whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scratchwork.serve.app import shape_errors
from scratchwork.serve.problems import INDICES, TITLES, Place, add_problems
from scratchwork.tasks.base import LEVELS, is_held_out
from scratchwork.tasks.corpus import TASKS

PROBLEM, VERDICT = "/v1/scratchwork/problem", "/v1/scratchwork/verdict"
JSON = {"Content-Type": "application/json"}
PLACE = {"family": "arithmetic", "level": 2, "index": 7}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    shape_errors(app)
    add_problems(app)
    yield TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("family", TASKS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_kind_and_level_has_held_out_problems_and_only_those(family: str, level: int) -> None:
    for index in (0, 1, INDICES - 1):
        problem = Place(family=family, level=level, index=index).problem()
        assert is_held_out(problem) and (problem.family, problem.level) == (family, level)


def test_families_are_all_there_are_by_their_titles(client: TestClient) -> None:
    families = client.get("/v1/scratchwork/families").json()["families"]
    assert [family["name"] for family in families] == list(TASKS) and set(TITLES) == set(TASKS)
    assert families[0] == {"name": "apples", "title": "Word problems", "levels": [1, 2, 3, 4, 5]}


def test_a_number_names_one_problem_and_none_draws_one(client: TestClient) -> None:
    first = client.get(PROBLEM, params=PLACE).json()
    assert first == client.get(PROBLEM, params=PLACE).json()
    assert first == {**PLACE, "prompt": Place(**PLACE).problem().prompt}
    assert client.get(PROBLEM, params={**PLACE, "index": 8}).json()["prompt"] != first["prompt"]
    drawn = {client.get(PROBLEM, params={"family": "apples", "level": 3}).json()["index"] for _ in range(8)}
    assert len(drawn) > 1 and all(0 <= index < INDICES for index in drawn)


def test_the_answer_is_told_with_the_verdict_and_not_before(client: TestClient) -> None:
    gold = Place(**PLACE).problem().answer
    assert set(client.get(PROBLEM, params=PLACE).json()) == {*PLACE, "prompt"}
    judged = {said: client.post(VERDICT, json={**PLACE, "answer": said}).json() for said in (gold, f" {gold}.0 ", "x")}
    assert [verdict["correct"] for verdict in judged.values()] == [True, True, False]
    assert all(verdict["expected"] == gold for verdict in judged.values())


def test_any_right_expression_is_right(client: TestClient) -> None:
    place = {"family": "countdown", "level": 1, "index": 3}
    problem = Place.model_validate(place).problem()
    said = client.post(VERDICT, json={**place, "answer": f"({problem.answer})"}).json()
    assert said == {"correct": True, "expected": problem.answer}
    assert not client.post(VERDICT, json={**place, "answer": str(problem.data["target"])}).json()["correct"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        "__import__('os').system('x')",
        "9**9**9",
        "(" * 900,
        "1" * 5000,
        "\ud800",
        "\x00",
        "<script>",
        "１" * 999,
    ],
)
@pytest.mark.parametrize("family", TASKS)
def test_hostile_answers_are_wrong_and_harmless(client: TestClient, family: str, answer: str | None) -> None:
    body = {"family": family, "level": 1, "index": 0, "answer": answer}
    reply = client.post(VERDICT, content=json.dumps(body), headers=JSON)  # in plain ASCII, half a character too
    assert reply.status_code == 200 and reply.json()["correct"] is False
    assert answer is None or len(reply.text) < 200


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"family": "arithmetik"}, "family"),
        ({"family": "../../etc/passwd"}, "family"),
        ({"family": "x" * 10_000}, "family"),
        ({"level": 0}, "level"),
        ({"level": 10**30}, "level"),
        ({"level": "hard"}, "level"),
        ({"index": -1}, "index"),
        ({"index": INDICES}, "index"),
    ],
)
def test_what_there_is_not_is_refused_by_name(client: TestClient, change: dict[str, Any], param: str) -> None:
    for reply in (
        client.get(PROBLEM, params={**PLACE, **change}),
        client.post(VERDICT, json={**PLACE, "answer": "1", **change}),
    ):
        error = reply.json()["error"]
        assert reply.status_code == 400 and error["param"] == param and len(error["message"]) < 300


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"[]", b"null", b'{"family": {}}', b"9" * 5000])
def test_a_body_that_is_no_attempt_is_refused(client: TestClient, body: bytes) -> None:
    reply = client.post(VERDICT, content=body, headers=JSON)
    assert reply.status_code == 400 and reply.json()["error"]["message"]


def test_a_misspelt_family_is_told_its_name(client: TestClient) -> None:
    error = client.get(PROBLEM, params={**PLACE, "family": "arithmetik"}).json()["error"]
    assert error["message"] == "family is 'arithmetik'; did you mean 'arithmetic'?"
