"""Someone in front of the page, for the tests here and for those against a real server."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
expect.set_options(timeout=30_000)  # a machine may be busy with other work


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
            expect(self.page.locator(".foot")).to_have_count(count + 1)
        return self

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the questions that were sent."""
        return [r.post_data_json for r in self.requests if r.url.endswith("/chat/completions")]

    def shot(self, name: str) -> None:
        if folder := os.environ.get("SHOTS"):
            self.page.wait_for_timeout(350)  # let what moves arrive
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def leave(self) -> None:
        """No page may end with an error in its console, or having asked any address but its server's."""
        self.page.context.close()
        assert [request.url for request in self.requests if not request.url.startswith(self.url)] == []
        assert [text for text in self.troubles if not re.search(self.allowed, text)] == []


def new_tab(browser: Browser, url: str, **options: Any) -> Reader:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 820}, "locale": "en-GB", **options})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader = Reader(context.new_page(), url)
    reader.page.on("request", lambda request: reader.requests.append(request))
    reader.page.on("pageerror", lambda error: reader.troubles.append(f"error: {error}"))
    reader.page.on("console", lambda said: said.type != "log" and reader.troubles.append(said.text))
    return reader


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """The Chromium of this machine, if it has one."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
