"""The report of a run: the page that watches it, in one file with the answers inside, for who has nothing else.

The page is built from web/ (`make page`); where it was not, the plain report is all there is. What is put in is
bounded, the most telling first: a reader who misses something has the run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from scratchwork.built import PLACES
from scratchwork.errors import UserError
from scratchwork.files import file_errors
from scratchwork.observe.report import build_report, write_report
from scratchwork.runs import RunFolder
from scratchwork.watch.desk import Desk
from scratchwork.watch.lines import thinned
from scratchwork.watch.plain import to_json
from scratchwork.watch.sources import Runs, name_of

SLOT = '<script type="application/json" id="frozen"></script>'
ROOM = 4_500_000  # characters of answers
POINTS = 400  # of a curve
STEPS_READ = 40  # for moments: the report is to be there in seconds
SAMPLES = 2  # of a followed problem at one step
STEPS_SHOWN, GROUPS_SHOWN = 4, 3

Asked = tuple[tuple[str, ...], Mapping[str, str], Mapping[str, str]]  # path, query in the page's words, what we add


def freeze_report(run: RunFolder, ended: bool = False) -> Path:
    """Make report.html anew, and the figures; where the report is. `ended`: the run is over but for this.

    With the built page there is also report-plain.html, which has no script. Raises UserError when the run cannot be
    written, or there is no page and a file of the run is damaged.
    """
    page = find_frozen()
    if page is None:
        return write_report(run)
    with file_errors(page, "read"):
        shell = page.read_text(encoding="utf-8")
    if shell.count(SLOT) != 1:
        raise UserError(f"{page} has no place for a run's data; build it again with `make page`")
    try:
        run.write_text("report-plain.html", build_report(run))
    except UserError as error:
        print(f"scratchwork: no plain report and no new figures: {error}", file=sys.stderr)
    before, after = shell.split(SLOT)
    run.write_text("report.html", before + SLOT.replace("><", f">{frozen_answers(run, ended)}<") + after)
    return run.path / "report.html"


def find_frozen() -> Path | None:
    return next((place / "frozen.html" for place in PLACES if (place / "frozen.html").is_file()), None)


def frozen_answers(run: RunFolder, ended: bool = False) -> str:
    """JSON, from request paths to answers, in which no markup can begin."""
    desk = Desk(Runs(chosen=(run,)), most_read=STEPS_READ)
    kept, size = [], 0
    try:
        own = desk.open(name_of(run))
        own.moments.wait()
        own.fresh().rounds.wait()
        for path, query, more in wanted(desk, name_of(run)):
            try:
                answer = desk.answer(path, {**query, **more})
            except UserError:  # an empty run has none of it; the page says that it is not in this file
                continue
            answer = over(answer, path) if ended else answer
            if path[2:] == ("steps",):
                answer = {"steps": shown_steps(answer["steps"])}
            text = f"{to_json(key(path, query))}:{to_json(answer)}"
            if size + len(text) <= ROOM:
                kept.append(text)
                size += len(text)
    finally:
        desk.close()
    return ("{" + ",".join(kept) + "}").replace("<", "\\u003c")


def wanted(desk: Desk, name: str) -> Iterator[Asked]:
    """What goes in, the most telling first."""
    run = ("runs", name)
    yield ("runs",), {}, {}
    yield run, {}, {}
    for stage in ("grpo", "held_out"):
        yield (*run, "journal"), {"stage": stage}, {"most": str(POINTS)}
    for what in ("ahas", "transcripts", "followed"):
        yield (*run, what), {}, {}
    for problem in desk.answer((*run, "followed"), {})["problems"]:
        yield (*run, "followed", problem["problem_id"]), {}, {"samples": str(SAMPLES)}
    yield (*run, "steps"), {}, {}
    for step in shown_steps(desk.answer((*run, "steps"), {})["steps"]):
        yield from of_step(desk, (*run, "steps", str(step), "groups"))


def shown_steps(steps: list[int]) -> list[int]:
    """Those whose groups are in the file."""
    return [steps[i] for i in thinned(0, len(steps), STEPS_SHOWN)]


def of_step(desk: Desk, path: tuple[str, ...]) -> Iterator[Asked]:
    """A step's groups, and the answers of a few that taught something."""
    yield path, {}, {}
    try:
        groups = desk.answer(path, {})["groups"]
    except UserError:
        return
    for group in sorted(groups, key=lambda own: not own["signal"])[:GROUPS_SHOWN]:
        yield (*path, group["problem_id"]), {}, {}
        for sample in range(len(group["rewards"])):
            yield (*path, group["problem_id"], str(sample)), {}, {}


def key(path: tuple[str, ...], query: Mapping[str, str]) -> str:
    """The path as the page asks for it.

    >>> key(("runs", "a/b", "journal"), {"stage": "grpo"})
    '/v1/watch/runs/a%2Fb/journal?stage=grpo'
    """
    return "/v1/watch/" + "/".join(quote(part, safe="") for part in path) + (f"?{urlencode(query)}" if query else "")


def over(answer: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The same of a run that is over, though its lock is still held by whoever makes the report."""
    if path == ("runs",):
        return {"runs": [{**line, "state": "finished"} for line in answer["runs"]]}
    return {**answer, "state": "finished", "eta": None} if len(path) == 2 else answer
