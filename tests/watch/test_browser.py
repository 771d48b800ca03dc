"""The watch page against its own server, in a Chromium, while a run really goes on, and the report frozen from it."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from scratchwork.recipe.job import Job
from scratchwork.recipe.models import find_model
from scratchwork.recipe.stages import run_stages
from scratchwork.runs import RunFolder
from scratchwork.serve.door import Rules
from scratchwork.serve.page import find_page
from scratchwork.serve.watching import create_watch_app
from scratchwork.toml import parse_recipe
from scratchwork.watch.desk import Desk
from scratchwork.watch.frozen import freeze_report
from scratchwork.watch.sources import Runs
from tests.recipe.conftest import TABLE, Watcher

api = pytest.importorskip("playwright.sync_api")
from web.e2e.reader import Reader, chromium, new_tab  # noqa: E402 -- needs playwright

pytestmark = pytest.mark.slow
VIEWS = ("figures", "followed", "groups", "ahas", "search", "report")


@pytest.fixture(scope="module")
def browser() -> Iterator[api.Browser]:
    if find_page() is None:
        pytest.skip("the page is not built: make page")
    with chromium() as launched:
        if launched is None:
            pytest.skip("no Chromium")
        yield launched


@contextmanager
def watching(root: Path) -> Iterator[str]:
    """A watch server on the runs under `root`, in a thread; its address."""
    desk = Desk(Runs(root), find_model)
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_watch_app(desk, Rules(), find_page()), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{door.getsockname()[1]}/"
    server.should_exit = True
    thread.join(10)
    door.close()


@contextmanager
def reading(browser: api.Browser, url: str, place: str, **options: Any) -> Iterator[Reader]:
    reader = new_tab(browser, url, **options)
    reader.page.goto(url + place)
    yield reader
    reader.requests = [request for request in reader.requests if not request.url.startswith("data:")]
    reader.leave()


def test_a_run_is_watched_while_it_goes_on(browser: api.Browser, base: Path, tmp_path: Path) -> None:
    held_out = {"every": 2, "problems": 3, "samples": 2}
    recipe = parse_recipe({**TABLE, "base": str(base), "stages": ["eval", "grpo", "eval"], "held_out": held_out})
    seen: list[str] = []
    with (
        Job.begin(recipe, tmp_path, "small-1") as job,
        watching(tmp_path) as url,
        reading(browser, url, "watch") as reader,
    ):

        def look(line: Mapping[str, Any]) -> None:
            """Called after each step, before the next one begins."""
            if line.get("stage") != "grpo":
                return
            if not seen:
                reader.page.locator(".run-card", has_text="small-1").click()
            progress = reader.page.locator(".run-head .progress")
            api.expect(progress).to_contain_text(f"step {line['step']} of 6")
            seen.append(progress.inner_text())
            if line["step"] == 4:
                points = reader.page.get_by_role("figure", name="Accuracy", exact=True).locator(".tone-main .dot")
                api.expect(points).to_have_count(4)
                reader.shot("real-watch")

        run_stages(job, Watcher(look))
        assert len(seen) == 6 and all("running" in text for text in seen)
        job.run.close()
        api.expect(reader.page.locator(".run-head .state")).to_have_text("finished")


def test_every_view_of_a_run_of_ours(browser: api.Browser, trained: RunFolder) -> None:
    with watching(trained.path.parent) as url, reading(browser, url, "watch#/small-1/figures") as reader:
        page = reader.page
        for view in VIEWS:
            page.goto(f"{url}watch#/small-1/{view}")
            api.expect(page.locator(".view > *").first).to_be_visible()
            api.expect(page.locator(".notice.failed")).to_have_count(0)
        page.goto(f"{url}watch#/small-1/followed")
        api.expect(page.locator(".timeline-column")).to_have_count(4)  # steps 0, 2, 4 and 6
        page.get_by_role("slider", name="Step").press("ArrowLeft")
        api.expect(page.locator(".beside-now h3")).to_have_text("Step 4")
        page.goto(f"{url}watch#/small-1/groups?step=4")
        page.locator(".group").first.click()
        api.expect(page.locator(".samples a")).to_have_count(4)
        page.get_by_role("radio", name="entropy").check()
        api.expect(page.locator(".heat-legend")).to_contain_text(re.compile(r"checkpoint of step \d"))
        assert page.locator(".scratch .token").count() > 1
        reader.shot("real-watch-tokens")


def test_the_report_opens_from_the_disk(browser: api.Browser, written: RunFolder) -> None:
    path = freeze_report(written)
    with reading(browser, path.as_uri(), "", offline=True) as reader:
        api.expect(reader.page.get_by_role("heading", level=1)).to_have_text("zero-1")
        api.expect(reader.page.locator(".claims tbody tr").first).to_be_visible()
        api.expect(reader.page.locator(".chart").first).to_be_visible()
        for view in reader.page.locator(".tabs a").all():
            view.click()
            api.expect(reader.page.locator(".view > *").first).to_be_visible()
            api.expect(reader.page.locator(".notice")).to_have_count(0)
        reader.shot("real-frozen")
