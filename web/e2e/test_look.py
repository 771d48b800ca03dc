"""Keyboard alone, a phone, two languages, light and dark."""

from __future__ import annotations

import pytest
from conftest import NewReader
from playwright.sync_api import expect
from reader import Reader


def test_everything_can_be_done_with_the_keyboard(reader: Reader) -> None:
    keyboard = reader.page.keyboard
    expect(reader.box).to_be_focused()
    keyboard.type("Make 26")
    keyboard.press("Shift+Enter")
    keyboard.type("of 2, 3, 10")
    expect(reader.box).to_have_value("Make 26\nof 2, 3, 10")
    keyboard.press("Tab")
    expect(reader.page.get_by_role("radio", name="On")).to_be_focused()
    keyboard.press("ArrowLeft")
    expect(reader.page.get_by_role("radio", name="Off")).to_be_checked()
    keyboard.press("ArrowRight")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(reader.page.locator(".foot")).to_be_visible()
    expect(reader.box).to_be_focused()
    block = reader.page.locator(".thinking button")
    for _ in range(12):  # backwards from the composer, past the answer's buttons
        keyboard.press("Shift+Tab")
        if block.evaluate("(button) => button === document.activeElement"):
            break
    expect(block).to_be_focused()
    keyboard.press("Enter")
    expect(block).to_have_attribute("aria-expanded", "true")
    assert reader.page.locator(".fold[data-open=false]").count() == 0


def test_what_is_folded_is_out_of_reach(reader: Reader) -> None:
    reader.ask("26")
    assert reader.page.locator(".fold").evaluate("(fold) => fold.inert")


@pytest.mark.parametrize("width", [320, 360, 390])
def test_a_phone(new_reader: NewReader, width: int) -> None:
    options = {"viewport": {"width": width, "height": 740}, "has_touch": True, "is_mobile": True}
    reader = new_reader(device_scale_factor=2, **options).open()
    reader.shot(f"phone-{width}-home")
    reader.ask("hostile garden 15").ask("A garden, and its area?")
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    reader.page.locator(".thinking button").last.click()
    reader.shot(f"phone-{width}")
    expect(reader.page.locator(".sidebar")).not_to_be_visible()
    reader.page.get_by_label("Open the menu").click()
    expect(reader.page.get_by_role("link", name="Compare")).to_be_visible()
    reader.shot(f"phone-{width}-menu")
    reader.page.get_by_role("link", name="New chat").click()
    expect(reader.page.locator(".sidebar")).not_to_be_visible()


def test_chinese(new_reader: NewReader) -> None:
    reader = new_reader(locale="zh-CN").open()
    expect(reader.page.get_by_role("heading")).to_contain_text(["今天算点什么？"])
    reader.shot("chinese-home")
    reader.ask("苹果和梨一共 100 元。每个苹果多少钱？")
    expect(reader.page.locator(".thinking button")).to_contain_text("思考了")
    reader.page.locator(".thinking button").click()
    expect(reader.page.locator("mark.second")).to_have_text("换个角度")
    reader.shot("chinese")
    assert reader.page.evaluate("document.documentElement.lang") == "zh-Hans"
    reader.page.get_by_role("button", name="English").click()
    expect(reader.page.locator(".thinking button")).to_contain_text("Thought for")
    reader.page.reload()
    expect(reader.page.get_by_role("button", name="中文")).to_be_visible()


def background(reader: Reader) -> str:
    return reader.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def test_light_and_dark_follow_the_system_until_chosen(new_reader: NewReader) -> None:
    reader = new_reader(color_scheme="dark").open()
    dark = background(reader)
    reader.ask("A garden, and its area?")
    reader.page.locator(".thinking button").click()
    reader.shot("dark")
    reader.page.get_by_role("button", name="Settings").click()
    reader.page.get_by_role("radio", name="Light").check()
    light = background(reader)
    assert light != dark
    reader.shot("settings")
    reader.page.reload()
    expect(reader.page.locator(".card")).to_be_visible()
    assert background(reader) == light


def test_the_thinking_block_can_be_set_to_stay_closed(reader: Reader) -> None:
    reader.page.get_by_role("button", name="Settings").click()
    reader.page.get_by_role("radio", name="Closed").check()
    reader.page.keyboard.press("Escape")
    reader.ask("slow", wait=False)
    expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    expect(reader.page.locator(".thinking-head button").first).to_have_attribute("aria-expanded", "false")


def test_all_chats_are_deleted_after_a_second_press(reader: Reader) -> None:
    reader.ask("15")
    reader.page.get_by_role("button", name="Settings").click()
    reader.page.get_by_role("button", name="Delete all chats").click()
    expect(reader.page.locator(".past li")).to_have_count(1)
    reader.page.get_by_role("button", name="Press again").click()
    expect(reader.page.locator(".past li")).to_have_count(0)
    assert reader.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('chat.')).length") == 0
