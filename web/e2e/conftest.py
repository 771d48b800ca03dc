"""A Chromium, the built page, and a mock server of the contract."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from reader import Reader, chromium, new_tab

WEB = Path(__file__).parents[1]


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
    with chromium() as launched:
        if launched is None:
            pytest.skip("no Chromium")
        yield launched


NewReader = Callable[..., Reader]


@pytest.fixture
def new_reader(browser: Browser, mock: Mock) -> Iterator[NewReader]:
    readers: list[Reader] = []

    def make(url: str = mock.url, **options: Any) -> Reader:
        readers.append(new_tab(browser, url, **options))
        return readers[-1]

    yield make
    for reader in readers:
        reader.leave()


@pytest.fixture
def reader(new_reader: NewReader) -> Reader:
    return new_reader().open()
