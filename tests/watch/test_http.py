"""Over HTTP: the same answers, errors in one shape, the page under its policy, and the door before all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from scratchwork.runs import RunFolder
from scratchwork.serve.app import create_app
from scratchwork.serve.door import Rules
from scratchwork.serve.house import House
from scratchwork.serve.watching import create_watch_app
from scratchwork.watch.desk import Desk
from scratchwork.watch.sources import Runs
from tests.serve.conftest import house as house  # fixtures
from tests.serve.conftest import model as model
from tests.serve.conftest import tokenizer as tokenizer
from tests.watch.conftest import Get
from tests.watch.test_bad_input import hostile_group

Asks = Callable[[RunFolder], Get]
KEY = "k" * 24
BASE = "/v1/watch/runs/zero-1"


def test_every_answer_is_the_desks(client: TestClient, whole: RunFolder, ask: Asks) -> None:
    get = ask(whole)
    problem = get("steps", 1, "groups")["groups"][0]["problem_id"]
    for path in (
        "",
        "/journal",
        "/steps",
        "/steps/1/groups",
        f"/steps/1/groups/{problem}/0",
        "/followed",
        "/transcripts",
    ):
        reply = client.get(BASE + path)
        assert reply.status_code == 200 and reply.json() == get(*path.split("/")[1:])
        assert reply.headers["content-type"] == "application/json" and reply.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert client.get("/v1/watch/runs").json()["runs"][0]["name"] == "zero-1"
    assert client.get("/v1/watch/search?run=zero-1&order=-length&limit=1").json()["total"] == 5 * 4 * 4


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/v1/watch/runs/other", 404, "zero-1"),
        ("/v1/watch/", 404, "nothing"),
        ("/v1/watch/runs/..%2f..%2fetc", 404, "no run"),
        ("/v1/watch/runs/%2e%2e", 404, "no run"),
        (BASE + "/steps/1/groups/..%2f..%2frecipe.toml", 404, "did not ask"),
        (BASE + "/journal?after=x", 400, "after"),
        (BASE + "/journal?after=1&after=2", 400, "twice"),
        ("/v1/watch/search", 400, "run"),
        ("/v1/watch/search?run=zero-1&order=rowid;drop", 400, "order"),
    ],
)
def test_errors_have_one_shape(client: TestClient, path: str, status: int, word: str) -> None:
    reply = client.get(path)
    assert reply.status_code == status and word in reply.json()["error"]["message"]


def test_only_reading_is_allowed(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, BASE).status_code == 405


@pytest.mark.parametrize("problem_id", ["a/b", "a%2Fb", "..", ".", "a b?c#d", "é/\x00\x1b", "x/0/tokens", "</script>"])
def test_a_name_of_any_kind_travels(written: RunFolder, problem_id: str) -> None:
    written.write_rollouts(6, [hostile_group(problem_id, "t</think>u")])
    app = create_watch_app(Desk(Runs(written.path.parent)), Rules())
    with TestClient(app, base_url="http://localhost") as client:
        path = f"{BASE}/steps/6/groups/{quote(problem_id, safe='')}".replace("/..", "/%2E%2E").replace("/.", "/%2E")
        assert client.get(path).json()["problem"]["problem_id"] == problem_id
        assert client.get(f"{path}/0").json()["thinking"] == "t"


def test_the_door_stands_before_it(whole: RunFolder) -> None:
    desk = Desk(Runs(whole.path.parent))
    with TestClient(create_watch_app(desk, Rules(keys=(KEY,))), base_url="http://localhost") as client:
        assert client.get("/v1/watch/runs").status_code == 401
        assert client.get("/v1/watch/runs", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/version").json()["pages"] == ["watch"]
        assert client.get("/v1/watch/runs", headers={"Host": "evil.example"}).status_code == 403


def test_the_page_has_its_home(whole: RunFolder, tmp_path: Path) -> None:
    for name in ("index.html", "watch.html", "assets/watch-1.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    with TestClient(create_watch_app(Desk(Runs()), Rules(), tmp_path), base_url="http://localhost") as client:
        assert client.get("/watch").text == "watch.html"
        assert "require-trusted-types-for 'script'" in client.get("/watch").headers["content-security-policy"]
        reply = client.get("/", follow_redirects=False)
        assert (reply.status_code, reply.headers["location"]) == (307, "./watch")
        assert client.get("/assets/watch-1.js").status_code == 200
    with TestClient(create_watch_app(Desk(Runs()), Rules()), base_url="http://localhost") as client:
        assert client.get("/watch").status_code == 404 and "make page" in client.get("/watch").text


def test_the_models_server_watches_too(house: House, whole: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("chat")
    (tmp_path / "watch.html").write_text("watch")
    app = create_app(house, Rules(keys=(KEY,)), tmp_path, Desk(Runs(whole.path.parent)))
    with TestClient(app, base_url="http://localhost") as client:
        client.headers["Authorization"] = f"Bearer {KEY}"
        assert client.get(BASE).json()["recipe"] == "zero"
        assert (client.get("/").text, client.get("/watch").text) == ("chat", "watch")
        assert client.get("/version").json()["pages"] == ["chat", "watch"]
        assert client.get(BASE, headers={"Authorization": "Bearer no"}).status_code == 401
        assert client.get("/v1/nothing").status_code == 404
