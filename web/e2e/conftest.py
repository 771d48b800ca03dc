"""A Chromium, the built page, and a mock server of the contract. Every page must end without an error in its console
and without having asked any address but the server's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

WEB = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass
class Mock:
    """A running mock server."""

    url: str
    process: subprocess.Popen[str]


def start_mock(**settings: str) -> Mock:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the PATH")
    if not (WEB / "dist" / "index.html").exists():
        pytest.fail("the page is not built: npm run build")
    environment = {**os.environ, "PORT": "0", "MOCK_DELAY": "3", **settings}
    process = subprocess.Popen(
        [node, str(WEB / "mock" / "server.mjs")], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, "the mock server did not start"
    return Mock(found[0] + "/", process)


@pytest.fixture(scope="session")
def mock() -> Iterator[Mock]:
    server = start_mock()
    yield server
    server.process.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Reader:
    """Someone in front of the page."""

    page: Page
    url: str
    requests: list[Request] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    allowed: str = "^$"  # troubles that a test makes on purpose

    def open(self) -> Reader:
        self.page.goto(self.url)
        expect(self.box).to_be_visible()
        return self

    @property
    def box(self) -> Any:
        return self.page.locator(".composer textarea")

    def ask(self, question: str, wait: bool = True) -> Reader:
        count = self.page.locator(".foot").count()
        self.box.fill(question)
        self.box.press("Enter")
        if wait:
            expect(self.page.locator(".foot")).to_have_count(count + 1, timeout=20_000)
        return self

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the questions that were sent."""
        return [r.post_data_json for r in self.requests if r.url.endswith("/chat/completions")]

    def shot(self, name: str) -> None:
        if folder := os.environ.get("SHOTS"):
            self.page.wait_for_timeout(350)  # let what moves arrive
            self.page.screenshot(path=Path(folder) / f"{name}.png")


NewReader = Callable[..., Reader]


@pytest.fixture
def new_reader(browser: Browser, mock: Mock) -> Iterator[NewReader]:
    readers: list[Reader] = []

    def make(url: str = mock.url, **options: Any) -> Reader:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 820}, "locale": "en-GB", **options})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        reader = Reader(context.new_page(), url)
        reader.page.on("request", lambda request: reader.requests.append(request))
        reader.page.on("pageerror", lambda error: reader.troubles.append(f"error: {error}"))
        reader.page.on("console", lambda said: said.type != "log" and reader.troubles.append(said.text))
        readers.append(reader)
        return reader

    yield make
    for reader in readers:
        outside = [r.url for r in reader.requests if not r.url.startswith(reader.url)]
        troubles = [text for text in reader.troubles if not re.search(reader.allowed, text)]
        reader.page.context.close()
        assert outside == []
        assert troubles == []


@pytest.fixture
def reader(new_reader: NewReader) -> Reader:
    return new_reader().open()
