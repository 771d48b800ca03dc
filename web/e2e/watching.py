"""Someone in front of the watch page, and the report that can be frozen from what a server says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import Locator, expect
from reader import Reader

WEB = Path(__file__).parents[1]
SLOT = '<script type="application/json" id="frozen"></script>'
HOSTILE = "hostile <b>run</b>"
FORMULAS = "of-another-model"


def look(reader: Reader, run: str | None = None, view: str = "figures", query: str = "") -> Reader:
    """Open the watch page at a place."""
    place = "" if run is None else f"{quote(run, safe='')}/{view}{'?' + query if query else ''}"
    reader.page.goto(f"{reader.url}watch#/{place}")
    expect(reader.page.locator("h1")).to_be_visible()
    return reader


def chart(reader: Reader, title: str) -> Locator:
    return reader.page.get_by_role("figure", name=title, exact=True)


def frozen(url: str, run: str, out: Path, *, groups: int | None = None) -> Path:
    """A report of `run`, as the Python side writes it: the answers of the server at `url` in the built file's slot."""
    answers: dict[str, Any] = {}

    def keep(path: str) -> Any:
        answers[path] = json.load(urlopen(url.rstrip("/") + path))
        return answers[path]

    root = f"/v1/watch/runs/{quote(run, safe='')}"
    rows = keep("/v1/watch/runs")["runs"]
    answers["/v1/watch/runs"] = {"runs": [row for row in rows if row["name"] == run]}
    for path in ("", "/journal?stage=grpo", "/journal?stage=held_out", "/ahas", "/followed"):
        keep(root + path)
    for problem in answers[f"{root}/followed"]["problems"]:
        keep(f"{root}/followed/{quote(problem['problem_id'], safe='')}")
    if groups is not None:
        answers[f"{root}/steps"] = {"steps": [groups]}
        keep(f"{root}/steps/{groups}/groups")
    text = (WEB / "dist" / "frozen.html").read_text()
    assert text.count(SLOT) == 1
    filled = SLOT.replace("></", ">" + json.dumps(answers).replace("<", "\\u003c") + "</")
    out.write_text(text.replace(SLOT, filled))
    return out
