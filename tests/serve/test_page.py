"""The page's files: served as what they are, under the policy they were built for, and nothing beside them."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scratchwork.serve import page
from scratchwork.serve.app import shape_errors

ROOT = Path(__file__).parents[2]
FILES = {
    "index.html": "<!doctype html>home",
    "theme.js": "1",
    "icon.svg": "<svg/>",
    "LICENSES.txt": "MIT",
    "assets/chat-1a2b.js": "2",
    "assets/chat-1a2b.css": "a{}",
    "assets/face-9.woff2": "font",
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What a build leaves, with things that are no part of it."""
    folder = tmp_path / "dist"
    for name, content in {**FILES, ".env": "SECRET", "assets/.git/config": "SECRET"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (tmp_path / "outside.txt").write_text("SECRET")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    return folder


def client_of(folder: Path | None) -> TestClient:
    app = FastAPI()
    shape_errors(app)

    @app.post("/v1/echo")
    async def echo() -> str:
        return "echo"

    page.add_page(app, folder)
    return TestClient(app)


@pytest.fixture
def client(built: Path) -> Iterator[TestClient]:
    yield client_of(built)


def test_every_file_is_served_as_what_it_is(client: TestClient) -> None:
    kinds = {name: client.get(f"/{name}").headers["content-type"].partition(";")[0] for name in FILES}
    assert kinds == {
        "index.html": "text/html",
        "theme.js": "text/javascript",
        "icon.svg": "image/svg+xml",
        "LICENSES.txt": "text/plain",
        "assets/chat-1a2b.js": "text/javascript",
        "assets/chat-1a2b.css": "text/css",
        "assets/face-9.woff2": "font/woff2",
    }
    assert all(client.get(f"/{name}").text == content for name, content in FILES.items())
    assert client.get("/").content == client.get("/index.html").content
    assert client.head("/").headers["content-length"] == str(len(FILES["index.html"]))


def test_only_what_has_a_hash_in_its_name_is_kept(client: TestClient) -> None:
    kept = {name for name in FILES if "immutable" in client.get(f"/{name}").headers["cache-control"]}
    assert kept == {name for name in FILES if name.startswith("assets/")}
    assert client.get("/").headers["cache-control"] == "no-store"
    assert client.get("/theme.js").headers["cache-control"] == "no-cache"


def test_the_policy_is_the_one_that_the_page_was_built_for(client: TestClient) -> None:
    table = re.search(r"POLICY = \[(.*?)\]", (ROOT / "web" / "build" / "policy.ts").read_text(), re.DOTALL)
    assert table is not None
    rules = {*re.findall(r'"([^"]+)",', table[1]), "frame-ancestors 'none'"}
    for path in ("/", "/assets/chat-1a2b.js", "/icon.svg"):
        headers = client.get(path).headers
        assert set(headers["content-security-policy"].split("; ")) == rules
        assert headers["x-content-type-options"] == "nosniff"


def raw_get(app: FastAPI, path: str) -> tuple[int, bytes]:
    """What a path gives as the routes see it: decoded already, and tidied up by no client."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "root_path": ""}
    asyncio.run(app({**scope, "http_version": "1.1", "scheme": "http", "server": ("x", 80)}, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/assets/../../outside.txt",
        "/assets/../index.html",
        "/..\\outside.txt",
        "//outside.txt",
        "//index.html",
        "/./index.html",
        "/link.txt",
        "/.env",
        "/assets/.git/config",
        "/assets",
        "/assets/",
        "/index.html\0.js",
        "/INDEX.HTML",
        "index.html",
    ],
)
def test_nothing_else_is_served(client: TestClient, built: Path, path: str) -> None:
    status, body = raw_get(client.app, path)  # type: ignore[arg-type]
    assert b"SECRET" not in body and b"home" not in body
    assert status == 404 or (path == "/assets/" and status == 307)
    assert raw_get(client.app, "/index.html") == (200, b"<!doctype html>home")  # type: ignore[arg-type]


def test_paths_of_the_api_stay_what_they_are(client: TestClient) -> None:
    assert client.post("/v1/echo").json() == "echo"
    assert client.get("/v1/echo").status_code == 405
    assert client.get("/v1/nothing").status_code == client.post("/v1/nothing").status_code == 404
    assert client.post("/").status_code == 405
    assert not {"/", "/index.html"} & set(client.get("/openapi.json").json()["paths"])


def test_a_file_that_changes_later_changes_nothing(built: Path, client: TestClient) -> None:
    shutil.rmtree(built)
    assert client.get("/").text == FILES["index.html"]


def test_without_a_page_the_server_says_how_to_build_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page, "PLACES", (tmp_path / "package", tmp_path / "checkout"))
    assert page.find_page() is None
    reply = client_of(None).get("/")
    assert reply.status_code == 404 and "make page" in reply.text
    assert (
        reply.headers["content-type"].startswith("text/html") and "'none'" in reply.headers["content-security-policy"]
    )


def test_the_page_in_the_package_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package, checkout = tmp_path / "package", tmp_path / "checkout"
    monkeypatch.setattr(page, "PLACES", (package, checkout))
    for place, found in ((checkout, checkout), (package, package)):
        place.mkdir()
        (place / "index.html").write_text("")
        assert page.find_page() == found


def test_a_checkout_looks_where_the_build_puts_it() -> None:
    assert page.PLACES[1] == ROOT / "web" / "dist"
    assert (ROOT / "web" / "package.json").is_file()


@pytest.mark.slow
def test_wheel_and_source_archive_carry_the_page(tmp_path: Path) -> None:
    """Built by make, as anyone would; with the build backend and what npm installs in place."""
    pytest.importorskip("hatchling")
    if shutil.which("node") is None or not (ROOT / "web" / "node_modules").is_dir():
        pytest.skip("no Node, or nothing installed in web/")
    subprocess.run(["make", "page"], cwd=ROOT, check=True)
    code = f"import hatchling.build as b; b.build_wheel({str(tmp_path)!r}); b.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    with zipfile.ZipFile(*tmp_path.glob("*.whl")) as wheel:
        carried = {name.removeprefix("scratchwork/page/") for name in wheel.namelist() if "/page/" in name}
    with tarfile.open(*tmp_path.glob("*.tar.gz")) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    dist = ROOT / "web" / "dist"
    built = {path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()}
    assert carried == built and {"index.html", "LICENSES.txt"} <= carried
    assert {f"web/dist/{name}" for name in built} <= sources
    assert {"web/package-lock.json", "web/src/chat/main.tsx", "hatch_build.py"} <= sources
    assert not any("node_modules" in name for name in sources)
