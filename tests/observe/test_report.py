"""The report: on its own, whole or in part, and never a way for a text to do anything but be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scratchwork.observe.report import build_report, duration, raised_on, write_report
from scratchwork.runs import RunError, RunFolder

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, and its text. Unbalanced tags are an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def attributes(self, name: str) -> Iterator[str]:
        return (own[name] or "" for _, own in self.elements if name in own)


@pytest.fixture(scope="module")
def html(finished_run: RunFolder) -> str:
    return build_report(finished_run)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_it_asks_for_nothing_outside_itself(html: str, page: Page) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|@font-face", html)
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert not [name for _, own in page.elements for name in own if name.startswith("on") or name in ("src", "srcset")]
    assert all(target.startswith("#") for name in ("href", "xlink:href") for target in page.attributes(name))


def test_the_browser_is_told_to_load_and_run_nothing(page: Page) -> None:
    (policy,) = (own["content"] for _, own in page.elements if own.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "script-src" not in policy


def test_ids_are_the_only_ones_of_their_name(page: Page) -> None:
    ids = list(page.attributes("id"))
    assert ids and len(ids) == len(set(ids))


def test_figures_table_and_transcripts_are_there(html: str, page: Page, finished_run: RunFolder) -> None:
    assert [tag for tag, _ in page.elements].count("svg") == 6
    assert [tag for tag, _ in page.elements].count("article") == 10
    assert html.index("Emily buys 3 apples and 2 oranges") < html.index("<article>", html.index("<article>") + 1)
    table = finished_run.read_json("evals/final.json")["families"]
    for rows in table.values():
        for row in rows.values():
            assert f"{row['pass@1']:.0%}" in page.text
    assert "pass@4" in page.text and "maj@4" in page.text
    assert "9 min 11 s" in page.text and "1,480 MB" in page.text
    assert "scratchwork run zero-1/recipe.toml" in page.text
    assert sorted(path.stem for path in (finished_run.path / "figures").iterdir())[0] == "accuracy"


def test_the_base_row_stands_right_before_the_final_row(html: str) -> None:
    rows = re.findall(r'<tr class="(base|final)">', html)
    assert rows == ["base", "final"] * 7  # apples 2-3, 1, 2, 3; countdown 1-2, 1, 2


def test_the_share_of_reflective_text_is_printed(html: str, make_run: Callable[..., RunFolder]) -> None:
    assert "<b>25%</b> of its pages are by writers who look back" in html
    assert "checker 8%, explorer 10%, reframer 7%" in html
    run = make_run(steps=1, evals=())
    (run.path / "base.json").unlink()
    assert "Not recorded for scratch-base" in build_report(run)


def test_shares_by_habit_come_from_whoever_made_the_base() -> None:
    habits = {"terse": 2.0, "checker": 1.0, "explorer": 1.0}
    own = {"stages": ["pretrain", "grpo"], "corpus": {"habits": habits}, "pretrain": {"tokens": 5}}
    found = raised_on(own, {})
    assert found is not None
    assert (found["reflective"], found["tokens"], found["habits"]["terse"]) == (0.5, 5, 0.5)
    given = raised_on(
        {"stages": ["grpo"], "corpus": {"habits": {"terse": 1.0}}}, {"recipe": {"corpus": {"habits": habits}}}
    )
    assert given is not None and given["reflective"] == 0.5  # not the table of a recipe that does not pretrain
    assert raised_on({"stages": ["grpo"]}, {}) is None


@pytest.mark.parametrize("evals", [(), ("base",), ("final",)])
def test_a_run_that_is_not_finished(make_run: Callable[..., RunFolder], evals: tuple[str, ...]) -> None:
    page = Page(build_report(make_run(steps=5, evals=evals)))
    assert "5 RL steps of 40 so far." in page.text
    for label in {"base", "final"} - set(evals):
        assert re.search(f"no evaluation (yet|of the {label}|of the base and final)", page.text)
    assert "holds" not in page.text


def test_a_run_that_has_only_begun(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=0, evals=())
    for name in ("manifest.json", "progress.json", "base.json"):
        (run.path / name).unlink()
    page = Page(build_report(run))
    assert "0 RL steps of 40 so far." in page.text
    assert "svg" not in {tag for tag, _ in page.elements}


def test_a_run_that_diverged_says_why(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=3, evals=("base",))
    run.append("grpo", 4, {"failed": "the gradient norm is nan; lower grpo.lr"})
    assert "The run stopped by itself: the gradient norm is nan; lower grpo.lr" in build_report(run)


def test_a_run_that_made_things_worse_is_told_so(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(problems=12)
    for kind in ("json", "parquet"):
        base, final = (run.path / "evals" / f"{label}.{kind}" for label in ("base", "final"))
        before, after = base.read_bytes(), final.read_bytes()
        base.write_bytes(after)
        final.write_bytes(before)
    html = build_report(run)
    assert "lowered held-out accuracy" in html
    assert html.count("verdict does-not-hold") >= 12  # 4 claims, 3 columns
    assert 'verdict holds">' not in html.split("What many tries")[0]


HOSTILE = [
    "<script>alert(1)</script>",
    "</pre></article><img src=x onerror=alert(1)>",
    "\x1b]0;title\x07\x1b[2J\u202egnp.exe\u2066",
    "{{ config }} {% raw %} &lt;b&gt;",
    "<" * 1_000_000,
]


def with_texts(run: RunFolder, texts: list[str]) -> None:
    """Put these texts into the answers of both models, and into the prompts."""
    for label in ("base", "final"):
        path = run.path / "evals" / f"{label}.parquet"
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        for i, row in enumerate(rows):
            row["text"] = texts[i // 4 % len(texts)] + "</think>" + texts[i // 4 % len(texts)]
            row["prompt"] += texts[i // 4 % len(texts)]
        pq.write_table(pa.Table.from_pylist(rows), path)


def test_hostile_text_is_text(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=2)
    with_texts(run, HOSTILE)
    html = build_report(run)
    assert len(html) < 1_500_000
    assert not set(html) & set("\x00\x07\x1b\u202e\u2066")
    page = Page(html)
    assert not {tag for tag, _ in page.elements} & {"script", "img"}
    assert [tag for tag, _ in page.elements].count("article") == 10
    assert "<script>alert(1)</script>" in page.text and "onerror=alert(1)" in page.text
    assert "{{ config }} {% raw %} &lt;b&gt;" in page.text  # as it was written, not once unescaped
    assert "more characters)" in page.text


def test_hostile_names_are_text(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=2, evals=())
    run.append("grpo", 3, {"accuracy": 0.5, "accuracy/<script>$x$": 0.5, "failed": "<script>"})
    text = (run.path / "recipe.toml").read_text()
    run.write_text("recipe.toml", 'description = "<script>"\n' + text.replace("dr_grpo", "<script>"))
    page = Page(build_report(run))
    assert "script" not in {tag for tag, _ in page.elements}
    assert page.text.count("<script>") >= 4


def test_it_is_written_where_it_says(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=2, evals=())
    path = write_report(run)
    assert path == run.path / "report.html"
    assert path.read_text().startswith("<!doctype html>")
    assert not list(run.path.glob("**/.*.[0-9]*"))


def test_a_damaged_evaluation_is_a_sentence(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=1, evals=())
    run.write_text("evals/base.json", '{"families": ')
    with pytest.raises(RunError, match=r"base\.json is damaged"):
        build_report(run)


def test_durations() -> None:
    assert [duration(s) for s in (0, 59.94, 60, 3599.6, 3600)] == [
        "0.0 s",
        "59.9 s",
        "1 min 0 s",
        "1 h 0 min",
        "1 h 0 min",
    ]
