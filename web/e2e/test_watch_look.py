"""The watch page on a phone, in Chinese, by keyboard, in the dark; with hostile text; when the server goes away."""

from __future__ import annotations

import pytest
from conftest import NewReader, start_mock
from playwright.sync_api import expect
from reader import Reader
from watching import HOSTILE, look

VIEWS = ("figures", "followed", "groups", "ahas", "search", "report")


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone(new_reader: NewReader, width: int) -> None:
    options = {"viewport": {"width": width, "height": 780}, "has_touch": True, "is_mobile": True}
    reader = look(new_reader(device_scale_factor=2, **options))
    for view in VIEWS:
        look(reader, "zero", view)
        expect(reader.page.locator(".view > *").first).to_be_visible()
        reader.page.wait_for_load_state("networkidle")
        assert reader.page.evaluate("document.querySelector('main').scrollWidth") <= width, view
        reader.shot(f"watch-phone-{width}-{view}")
    reader.page.get_by_label("Open the menu").click()
    reader.page.get_by_role("navigation", name="Scratchwork").get_by_role("link", name="zero-random").click()
    expect(reader.page.get_by_role("heading", name="zero-random")).to_be_visible()
    expect(reader.page.locator(".sidebar")).not_to_be_visible()


def test_chinese(new_reader: NewReader) -> None:
    reader = look(new_reader(locale="zh-CN"))
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("训练")
    seen = ("它变好了吗？", "同一个问题", "奖励全都相同的组", "改正失误", "搜索", "哪些成立")
    for view, text in zip(VIEWS, seen, strict=True):
        look(reader, "zero", view)
        expect(reader.page.locator(".view")).to_contain_text(text)
    expect(reader.page.locator(".claims")).to_contain_text("留出题的正确率上升")
    expect(reader.page.locator(".claims")).to_contain_text("最终至少为基座的 1.2 倍")
    expect(reader.page.locator(".claims")).to_contain_text("还需另外两次训练")
    headline = "留出题之前答对 31%，115 步后答对 86%。回答长度是原来的 4.0 倍。"
    expect(reader.page.locator(".headline")).to_have_text(headline)
    look(reader, "of-another-model", "report")
    expect(reader.page.locator(".progress")).to_contain_text("不再写入")
    expect(reader.page.locator(".progress")).to_contain_text("25 分钟前写入")
    look(reader, "zero-random", "report")
    expect(reader.page.locator(".finding").first).to_contain_text("奖励与答案无关")
    reader.shot("watch-chinese")
    reader.page.get_by_role("button", name="English").click()
    expect(reader.page.locator(".claims")).to_contain_text("What holds")
    expect(reader.page.locator(".finding").first).to_contain_text("the reward does not depend on the answer")


def test_all_of_it_can_be_reached_with_the_keyboard(new_reader: NewReader) -> None:
    reader = look(new_reader())
    reader.page.locator(".run-card").first.focus()
    reader.page.keyboard.press("Enter")
    for view in ("One problem, over time", "Groups of a step", "Aha moments", "Search", "Report", "Figures"):
        reader.page.get_by_role("link", name=view).focus()
        reader.page.keyboard.press("Enter")
        expect(reader.page.locator(".tabs [aria-current]")).to_have_text(view)
    reader.page.wait_for_load_state("networkidle")
    wanted = set(reader.page.evaluate(REACHABLE))
    reader.page.evaluate("document.activeElement.blur(); document.querySelector('.brand a').focus()")
    reached = set()
    for _ in range(300):
        reached.add(reader.page.evaluate("NAME(document.activeElement)".replace("NAME", NAMED)))
        reader.page.keyboard.press("Tab")
        if wanted <= reached:
            break
    assert wanted - reached == set()


NAMED = "((e) => (e.getAttribute('aria-label') || e.textContent || e.value || '').trim().slice(0, 60))"
# Of radio buttons Tab reaches the one that is chosen.
REACHABLE = f"""[...document.querySelectorAll('main :is(a, button, select, [tabindex], input:not([type=radio]))')]
    .filter((e) => e.checkVisibility() && !e.disabled).map({NAMED})"""


def test_light_and_dark(new_reader: NewReader) -> None:
    reader = look(new_reader(color_scheme="dark"), "zero", "followed", "step=60")
    expect(reader.page.locator(".beside-now .scratch")).to_be_visible()
    reader.shot("watch-dark-followed")
    dark = reader.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    reader.page.get_by_role("radio", name="Light").check()
    assert reader.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != dark


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_runs_are_text(new_reader: NewReader, view: str) -> None:
    reader = look(new_reader(), HOSTILE, view)
    expect(reader.page.locator("h1")).to_have_text(HOSTILE)
    if view == "groups":
        reader.page.locator(".group").first.click()
        expect(reader.page.locator(".rollout .scratch")).to_contain_text("<script>window.hacked=1</script>")
        expect(reader.page.locator(".rollout .scratch")).to_contain_text("␛[31mred␇")
    elif view != "search":
        expect(reader.page.locator(".view")).to_contain_text("<")
    else:
        expect(reader.page.locator(".hits")).to_contain_text("<script>")
    reader.shot(f"watch-hostile-{view}")
    assert reader.page.evaluate("window.hacked") is None
    markup = "main :is(img, script, iframe, style, object, embed, b, i, u, [onerror], [onload])"
    assert reader.page.locator(markup).count() == 0
    shown = reader.page.evaluate("document.body.textContent")
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\x1b\x00\x07")


def test_a_run_that_is_not_there_and_addresses_that_lie(new_reader: NewReader) -> None:
    reader = new_reader()
    reader.allowed = "404"
    reader.page.goto(f"{reader.url}watch#/no-such-run/figures")
    expect(reader.page.locator(".notice.failed")).to_be_visible()
    for query in ("step=99999999999", "step=-1&sample=x", "problem=%E0%A4%A&sample=9", "with=nobody"):
        for view in VIEWS:
            look(reader, "zero", view, query)
    look(reader, "zero", "figures")
    expect(reader.page.locator(".chart").first).to_be_visible()


def test_a_server_that_goes_away_is_missed_and_found_again(new_reader: NewReader) -> None:
    server = start_mock()
    reader: Reader = new_reader(server.url)
    reader.allowed = "ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"
    look(reader, "zero")
    expect(reader.page.locator(".chart").first).to_be_visible()
    server.process.kill()
    server.process.wait()
    expect(reader.page.locator(".banner")).to_contain_text("Trying again")
    expect(reader.page.locator(".chart").first).to_be_visible()  # what was known stays
    server = start_mock(PORT=server.url.rsplit(":", 1)[1].strip("/"))
    try:
        expect(reader.page.locator(".banner")).to_have_count(0)
    finally:
        server.process.kill()


def test_a_key_is_asked_for(new_reader: NewReader) -> None:
    server = start_mock(MOCK_KEY="let me in")
    try:
        reader = new_reader(server.url)
        reader.allowed = "401"
        reader.page.goto(f"{reader.url}watch")
        reader.page.get_by_role("textbox", name="Key").fill("let me in")
        reader.page.keyboard.press("Enter")
        expect(reader.page.locator(".run-card")).to_have_count(6)
    finally:
        server.process.kill()
