"""One question, side by side."""

from __future__ import annotations

from conftest import NewReader
from playwright.sync_api import expect
from reader import Reader


def compare(reader: Reader) -> None:
    reader.page.get_by_role("link", name="Compare").click()
    expect(reader.page.locator(".column")).to_have_count(3)


def draw(reader: Reader) -> None:
    reader.page.get_by_role("button", name="Try one").click()
    reader.page.get_by_role("button", name="Draw").click()
    expect(reader.page.locator(".drawn")).to_be_visible()
    expect(reader.page.locator(".popover")).to_have_count(0)


def test_base_instruct_and_thinking_answer_one_problem(reader: Reader) -> None:
    compare(reader)
    draw(reader)
    reader.box.press("Enter")
    expect(reader.page.locator(".measure")).to_have_count(3)
    expect(reader.page.locator(".column .verdict")).to_have_text(["Wrong", "Right", "Right"])
    assert [asked["model"] for asked in reader.asked()] == ["base", "sft", "zero"]
    for column in range(3):
        expect(reader.page.locator(".measure").nth(column)).to_contain_text("tokens")
    reader.shot("compare")
    reader.page.reload()
    expect(reader.page.locator(".column .verdict")).to_have_text(["Wrong", "Right", "Right"])


def test_one_model_at_several_budgets(reader: Reader) -> None:
    compare(reader)
    reader.page.get_by_role("radio", name="Budgets").check()
    reader.ask("What does an apple cost?", wait=False)
    expect(reader.page.locator(".measure")).to_have_count(3)
    assert [asked["thinking"].get("budget_tokens") for asked in reader.asked()] == [16, 64, None]
    expect(reader.page.locator(".notice").first).to_have_text("The thinking was ended at its budget.")
    reader.shot("budgets")


def test_a_column_that_changes_has_not_answered(reader: Reader) -> None:
    compare(reader)
    reader.ask("15", wait=False)
    expect(reader.page.locator(".measure")).to_have_count(3)
    reader.page.locator(".column").nth(0).get_by_label("Model").select_option("zero")
    expect(reader.page.locator(".measure")).to_have_count(2)
    reader.page.get_by_label("Remove column 2").click()
    expect(reader.page.locator(".column")).to_have_count(2)
    reader.page.get_by_role("button", name="Add a column").click()
    reader.page.get_by_label("Retry").click()
    expect(reader.page.locator(".measure")).to_have_count(3)


def test_stop_stops_every_column(reader: Reader) -> None:
    compare(reader)
    reader.ask("slow", wait=False)
    expect(reader.page.locator(".scratch").first).to_contain_text("4*8")
    reader.page.get_by_label("Stop").click()
    expect(reader.page.locator(".column .live")).to_have_count(0)
    expect(reader.page.locator(".notice").last).to_have_text("Stopped.")


def test_columns_stack_on_a_phone(new_reader: NewReader) -> None:
    reader = new_reader(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).open()
    reader.page.goto(f"{reader.url}#/compare")
    reader.ask("15", wait=False)
    expect(reader.page.locator(".measure")).to_have_count(3)
    boxes = [reader.page.locator(".column").nth(i).bounding_box() for i in range(3)]
    assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 360
    reader.shot("compare-phone")
