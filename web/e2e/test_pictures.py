"""A figure saved as a picture: from the server's page and from the file that has none, in light whatever is chosen."""

from __future__ import annotations

import os
import re
import shutil
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import Mock, NewReader
from playwright.sync_api import Browser, expect
from reader import Reader, new_tab
from watching import chart, frozen, look

SVG = "{http://www.w3.org/2000/svg}"
INK, ACCENT = "rgb(36, 39, 46)", "rgb(44, 74, 115)"  # of the light page


def saved(reader: Reader, title: str, button: str, out: Path) -> Path:
    """What a press of the figure's button leaves in the downloads."""
    with reader.page.expect_download() as download:
        chart(reader, title).get_by_role("button", name=button).click()
    path = out / download.value.suggested_filename
    download.value.save_as(path)
    if folder := os.environ.get("SHOTS"):
        shutil.copy(path, Path(folder) / f"saved-{path.name}")
    return path


def check_svg(path: Path, *words: str) -> None:
    text = path.read_text()
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg" and not re.search(r"class=|style=|var\(|light-dark|<script|href", text)
    said = [element.text for element in root.iter(f"{SVG}text")]
    assert set(words) <= set(said), said
    strokes = {element.get("stroke") for element in root.iter(f"{SVG}path")}
    assert ACCENT in strokes and {element.get("fill") for element in root.iter(f"{SVG}text")} >= {INK}
    assert root.find(f"{SVG}rect").get("fill") == "rgb(255, 255, 255)"  # type: ignore[union-attr]


def check_png(path: Path, svg: Path) -> None:
    """Three pixels for one of the SVG, and not all of one colour."""
    raw = path.read_bytes()
    assert raw.startswith(b"\x89PNG\r\n\x1a\n") and len(raw) > 8_000
    width, height = struct.unpack(">II", raw[16:24])
    root = ET.fromstring(svg.read_text())
    assert [width, height] == [round(3 * float(root.get(name) or 0)) for name in ("width", "height")]


def test_a_figure_of_the_page(new_reader: NewReader, tmp_path: Path) -> None:
    reader = look(new_reader(color_scheme="dark"), "zero")
    svg = saved(reader, "Accuracy", "Save “Accuracy” as SVG", tmp_path)
    assert svg.name == "zero-accuracy.svg"
    check_svg(svg, "Accuracy", "all", "apples", "zero")
    expect(chart(reader, "Accuracy").get_by_role("status")).to_have_text("Saved as zero-accuracy.svg.")
    check_png(saved(reader, "Accuracy", "Save “Accuracy” as PNG", tmp_path), svg)
    chart(reader, "Accuracy").locator(".read-out button", has_text="apples").click()
    assert "apples" not in saved(reader, "Accuracy", "Save “Accuracy” as SVG", tmp_path).read_text()
    reader.shot("watch-dark-saved")
    reader.page.get_by_role("button", name="中文").click()
    chart(reader, "回答长度").get_by_role("button", name="将“回答长度”保存为 SVG").focus()
    with reader.page.expect_download() as download:
        reader.page.keyboard.press("Enter")
    assert download.value.suggested_filename == "zero-回答长度.svg"
    check_svg(Path(download.value.path()), "回答长度", "单位：词元。没有任何奖励与长度有关。")
    reader.shot("watch-dark-saved-chinese")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_figure_of_the_file(browser: Browser, mock: Mock, tmp_path: Path, scheme: str) -> None:
    report = frozen(mock.url, "zero", tmp_path / "report.html")
    reader = new_tab(browser, report.as_uri(), offline=True, color_scheme=scheme)
    reader.page.goto(reader.url)
    svg = saved(reader, "Response length", "Save “Response length” as SVG", tmp_path)
    check_svg(svg, "Response length", "Tokens. Nothing rewards length.", "zero")
    check_png(saved(reader, "Response length", "Save “Response length” as PNG", tmp_path), svg)
    reader.shot(f"frozen-saved-{scheme}")
    reader.requests = [request for request in reader.requests if not request.url.startswith(("data:", "blob:"))]
    reader.leave()
