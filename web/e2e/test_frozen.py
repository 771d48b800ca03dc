"""The report in one file: opened from a disk, with no server anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import WEB, Mock
from playwright.sync_api import Browser, expect
from reader import Reader, new_tab
from watching import FORMULAS, HOSTILE, frozen

MOST = 700_000  # bytes without data


class Offline:
    """Opens reports; each must ask for nothing but itself and be without troubles."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.readers: list[Reader] = []

    def open(self, path: Path, place: str = "", **options: object) -> Reader:
        reader = new_tab(self.browser, path.as_uri(), offline=True, **options)
        self.readers.append(reader)
        reader.page.goto(reader.url + place)
        return reader


@pytest.fixture
def offline(browser: Browser) -> Iterator[Offline]:
    shelf = Offline(browser)
    yield shelf
    for reader in shelf.readers:
        reader.requests = [r for r in reader.requests if not r.url.startswith("data:")]
        reader.leave()


@pytest.fixture(scope="module")
def report(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return frozen(mock.url, "zero", tmp_path_factory.mktemp("frozen") / "report.html")


def test_the_file_is_small_and_names_its_licences() -> None:
    text = (WEB / "dist" / "frozen.html").read_text()
    assert len(text.encode()) < MOST
    assert "SIL OPEN FONT LICENSE" in text.upper() and "MIT License" in text


def test_it_is_a_report_in_its_order(offline: Offline, report: Path) -> None:
    reader = offline.open(report)
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("zero")
    headings = reader.page.locator(".report h2")
    expect(headings).to_contain_text(
        [
            "What holds",
            "Accuracy and response length over steps",
            "Strategies",
            "The best aha moments",
            "Base beside final",
            "What it cost",
            "The recipe",
        ]
    )
    expect(reader.page.locator(".chart .start").first).to_be_visible()
    family = "getComputedStyle(document.querySelector('h1')).fontFamily"
    reader.page.evaluate("document.fonts.ready")
    assert "Source Serif" in reader.page.evaluate(family)
    assert reader.page.evaluate("[...document.fonts].every((font) => font.status !== 'error')")
    reader.shot("frozen")
    reader.page.get_by_role("button", name="中文").click()
    expect(headings.first).to_have_text("哪些成立")
    reader.page.get_by_text("本文件所含软件的许可证").click()
    expect(reader.page.locator(".frozen-foot pre")).to_contain_text("Preact")


def test_views_without_data_are_not_offered_and_say_so_when_asked_for(offline: Offline, report: Path) -> None:
    reader = offline.open(report)
    expect(reader.page.locator(".tabs a")).to_have_text(["Report", "One problem, over time", "Figures", "Aha moments"])
    reader.page.evaluate("location.hash = '#/zero/groups'")
    expect(reader.page.locator(".view")).to_contain_text("Not in this file.")
    reader.page.evaluate("location.hash = '#/another/report'")
    expect(reader.page.locator("main")).to_contain_text("Not in this file.")


def test_groups_that_are_in_the_file_are_offered(offline: Offline, mock: Mock, tmp_path: Path) -> None:
    reader = offline.open(frozen(mock.url, "zero", tmp_path / "report.html", groups=20), "#/zero/groups")
    expect(reader.page.locator(".group")).to_have_count(50)


def test_one_problem_can_be_followed_in_it(offline: Offline, report: Path) -> None:
    reader = offline.open(report, "#/zero/followed", color_scheme="dark")
    reader.page.get_by_role("slider", name="Step").press("ArrowLeft")
    expect(reader.page.locator(".beside-now h3")).to_have_text("Step 100")
    reader.shot("frozen-followed-dark")


def test_an_empty_file_says_so(offline: Offline) -> None:
    reader = offline.open(WEB / "dist" / "frozen.html")
    expect(reader.page.locator("main")).to_contain_text("Nothing here yet.")


def test_hostile_data_stays_data(offline: Offline, mock: Mock, tmp_path: Path) -> None:
    reader = offline.open(frozen(mock.url, HOSTILE, tmp_path / "report.html"))
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(reader.page.locator(".aha-during")).to_contain_text("<script>window.hacked=23</script>")
    assert reader.page.evaluate("window.hacked") is None
    assert reader.page.locator("main :is(img, script, iframe, b, i)").count() == 0


def test_formulas_are_drawn_without_fonts_of_their_own(offline: Offline, mock: Mock, tmp_path: Path) -> None:
    reader = offline.open(frozen(mock.url, FORMULAS, tmp_path / "report.html"), f"#/{FORMULAS}/followed")
    expect(reader.page.locator(".beside-now .prose math").first).to_be_visible()
    expect(reader.page.locator(".beside-now .card math")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone(offline: Offline, report: Path, width: int) -> None:
    options = {"viewport": {"width": width, "height": 780}, "has_touch": True, "is_mobile": True}
    reader = offline.open(report, device_scale_factor=2, **options)
    expect(reader.page.locator(".chart").first).to_be_visible()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    if os.environ.get("SHOTS"):
        reader.shot(f"frozen-phone-{width}")
