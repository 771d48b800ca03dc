"""Asking, watching, stopping, asking again."""

from __future__ import annotations

import re

from conftest import NewReader, start_mock
from playwright.sync_api import expect
from reader import Reader

COUNTDOWN = "Use the numbers 2, 3 and 10, each once, to make 26."


def test_thinking_streams_above_the_answer_and_folds_when_it_is_done(reader: Reader) -> None:
    reader.ask(f"{COUNTDOWN} slow", wait=False)
    block = reader.page.locator(".thinking")
    expect(block.get_by_role("button").first).to_contain_text("Thinking…")
    expect(block.locator(".scratch")).to_contain_text("4*8=32")
    reader.shot("thinking")
    reader.page.get_by_label("Stop").click()
    expect(block).not_to_have_class(re.compile("live"))
    reader.ask(COUNTDOWN)
    block = reader.page.locator(".thinking").last
    expect(block.get_by_role("button")).to_have_text(re.compile(r"Thought for [\d.]+ s · \d+ tokens"))
    expect(block.get_by_role("button")).to_have_attribute("aria-expanded", "false")
    expect(reader.page.locator(".card").last).to_contain_text("(3+10)×2")


def test_checks_backtracks_and_second_derivations_are_marked_and_explained(reader: Reader) -> None:
    reader.ask(COUNTDOWN)
    reader.page.locator(".thinking button").click()
    sheet = reader.page.locator(".scratch")
    expect(sheet.locator("mark.failed")).to_have_text("23 against 26: no")
    expect(sheet.locator("mark.wait")).to_have_text("Wait")
    expect(sheet.locator("mark.second")).to_have_text("Need 26")
    expect(sheet.locator("mark.held")).to_have_text("13 against 13: yes")
    legend = reader.page.get_by_role("list", name="Marks in the thinking")
    expect(legend.get_by_role("listitem")).to_have_count(4)
    expect(sheet).to_be_in_viewport(ratio=1)
    reader.shot("marks")


def test_what_the_reader_opens_stays_open(reader: Reader) -> None:
    reader.ask("slow", wait=False)
    button = reader.page.locator(".thinking-head button").first
    expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(reader.page.locator(".scratch")).to_contain_text("32. 100")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    reader.page.get_by_role("button", name="Answer now").click()
    expect(reader.page.locator(".card")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")


def test_answer_now_ends_the_thinking_and_an_answer_follows(reader: Reader) -> None:
    reader.ask("slow", wait=False)
    reader.page.get_by_role("button", name="Answer now").click()
    expect(reader.page.locator(".foot")).to_be_visible()
    expect(reader.page.locator(".notice")).to_have_text("You asked for the answer.")
    expect(reader.page.locator(".card")).to_contain_text("17")
    assert "100 against 100" not in reader.page.locator(".scratch").inner_text()


def test_stop_keeps_what_came(reader: Reader) -> None:
    reader.ask("slow", wait=False)
    expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    reader.box.press("Escape")
    expect(reader.page.locator(".notice")).to_have_text("Stopped.")
    expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    expect(reader.page.get_by_role("button", name="Answer now")).to_have_count(0)
    reader.page.get_by_label("Retry").click()
    expect(reader.page.get_by_label("Stop")).to_be_visible()
    expect(reader.page.locator(".turn")).to_have_count(1)


def test_edit_asks_anew_and_lets_go_of_what_came_after(reader: Reader) -> None:
    reader.ask(COUNTDOWN).ask("And 15?")
    reader.page.locator(".question").first.hover()
    reader.page.get_by_label("Edit", exact=True).first.click()
    editor = reader.page.get_by_label("Edit the question")
    expect(editor).to_be_focused()
    editor.fill("Make 15 of 6, 3 and 3.")
    editor.press("Enter")
    expect(reader.page.locator(".turn")).to_have_count(1)
    expect(reader.page.locator(".card")).to_contain_text("6×3−3")


def test_the_next_turn_is_told_answers_and_no_thinking(reader: Reader) -> None:
    reader.ask(COUNTDOWN).ask("And 15?")
    assert [message["role"] for message in reader.asked()[1]["messages"]] == ["user", "assistant", "user"]
    assert reader.asked()[1]["messages"][1] == {"role": "assistant", "content": "The answer is \\boxed{(3+10)*2}."}


def test_copies_are_plain_and_without_thinking(reader: Reader) -> None:
    reader.ask("What does an apple cost?")
    reader.page.get_by_label("Copy answer").click()
    assert reader.page.evaluate("navigator.clipboard.readText()") == "Each apple costs 17 dollars."
    reader.ask(COUNTDOWN)
    reader.page.get_by_label("Copy the value").last.click()
    assert reader.page.evaluate("navigator.clipboard.readText()") == "(3+10)*2"


def test_deep_think_is_asked_for_remembered_and_shown_only_where_it_can_be(reader: Reader) -> None:
    reader.page.get_by_role("radio", name="Off").check()
    reader.page.reload()
    expect(reader.page.get_by_role("radio", name="Off")).to_be_checked()
    reader.ask("15")
    assert reader.asked()[0]["thinking"] == {"type": "disabled"}
    expect(reader.page.locator(".thinking")).to_have_count(0)
    picker = reader.page.locator(".composer").get_by_label("Model")
    picker.select_option("base")
    expect(reader.page.get_by_role("group", name="Deep think")).to_have_count(0)
    picker.select_option("auto")
    reader.page.get_by_role("radio", name="Auto").check()
    reader.ask("26")
    assert reader.asked()[1]["thinking"] == {"type": "auto"}
    expect(reader.page.locator(".facts").last).to_contain_text("Routed to zero · because short answers disagree (0.42)")


def test_summaries_show_their_titles_and_hidden_thinking_its_cost(reader: Reader) -> None:
    picker = reader.page.locator(".composer").get_by_label("Model")
    picker.select_option("summed")
    reader.ask("apples").page.locator(".thinking button").click()
    expect(reader.page.locator(".summary strong")).to_have_text(["Reading the bill", "Finding the rest", "Checking"])
    picker.select_option("veiled")
    reader.ask("apples")
    block = reader.page.locator(".thinking").last
    expect(block.get_by_role("button")).to_be_disabled()
    expect(block).to_contain_text(re.compile(r"Thought for .* tokens"))
    expect(block).to_contain_text("not shown")


def test_a_held_out_problem_is_drawn_and_judged(reader: Reader) -> None:
    reader.page.get_by_role("radio", name="Countdown").check()
    reader.page.get_by_role("radio", name="3", exact=True).check()
    reader.page.get_by_role("button", name="Draw").click()
    expect(reader.page.locator(".drawn")).to_have_text(re.compile(r"Countdown · level 3 · no\. \d+"))
    expect(reader.box).to_be_focused()
    reader.shot("drawn")
    reader.box.press("Enter")
    expect(reader.page.locator(".card")).to_contain_text("Right")
    reader.page.get_by_role("radio", name="Off").check()
    reader.page.locator(".composer").get_by_label("Model").select_option("base")
    reader.page.get_by_label("Retry").click()
    expect(reader.page.locator(".card")).to_contain_text("Wrong")
    expect(reader.page.locator(".card")).to_contain_text("expected (3+10)*2")


def test_a_key_is_asked_for_once(new_reader: NewReader) -> None:
    server = start_mock(MOCK_KEY="let me in")
    try:
        reader = new_reader(server.url)
        reader.allowed = "401"
        reader.page.goto(server.url)
        field = reader.page.get_by_role("textbox", name="Key")
        expect(field).to_be_focused()
        field.fill("wrong")
        field.press("Enter")
        expect(reader.page.get_by_role("alert")).to_contain_text("did not take that key")
        expect(field).to_have_value("")
        reader.shot("key")
        field.fill("let me in")
        field.press("Enter")
        reader.ask("15")
        reader.page.reload()
        reader.ask("26")
        assert "let me in" not in reader.page.evaluate("JSON.stringify(localStorage) + location.href")
    finally:
        server.process.kill()


def test_a_server_that_loads_is_waited_for(new_reader: NewReader) -> None:
    server = start_mock(MOCK_LOADING="3")
    try:
        reader = new_reader(server.url)
        reader.allowed = "503"
        reader.open()
        expect(reader.page.locator(".banner")).to_contain_text("loading its models")
        reader.shot("loading")
        expect(reader.page.locator(".banner")).to_have_count(0)
        reader.ask("15")
    finally:
        server.process.kill()
