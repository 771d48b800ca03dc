"""What goes wrong: errors, lost connections, hostile text, a page that is closed, a storage that lies."""

from __future__ import annotations

import pytest
from conftest import NewReader, start_mock
from playwright.sync_api import expect
from reader import Reader


@pytest.mark.parametrize(
    ("question", "notice"),
    [
        ("busy", "The server is busy. Try again in a moment."),
        ("too much", "This chat has become too long for the model."),
        ("refuse", "The server reports: <b>No</b> such thing as `x`"),
        ("broken", "The server reports: The model ran out of <b>memory</b>"),
        ("drop", "The connection was lost before the answer was finished."),
        ("cut", "Cut off: the limit on tokens was reached."),
    ],
)
def test_every_failure_is_said_and_can_be_retried(reader: Reader, question: str, notice: str) -> None:
    reader.allowed = r"50\d|40\d|ERR_INCOMPLETE_CHUNKED"
    reader.ask(question)
    expect(reader.page.locator(".notice")).to_contain_text(notice)
    expect(reader.page.locator(".live, .shimmer, .dots")).to_have_count(0)
    expect(reader.page.get_by_label("Retry")).to_be_visible()
    if question in ("broken", "drop"):
        expect(reader.page.locator(".scratch")).to_contain_text("4*8=32")


def test_hostile_output_is_text(reader: Reader) -> None:
    reader.ask("hostile <img src=x onerror=window.hacked=0>")
    reader.page.locator(".thinking button").click()
    assert reader.page.evaluate("window.hacked") is None
    assert reader.page.locator("main :is(img, script, iframe, style, object, embed, [onerror], [onload])").count() == 0
    links = reader.page.locator(".prose a")
    for i in range(links.count()):
        assert links.nth(i).get_attribute("href").startswith(("http://", "https://"))
        assert links.nth(i).get_attribute("rel") == "noopener noreferrer"
    expect(reader.page.locator(".scratch")).to_contain_text("A tag </think> in the text, <script>")
    expect(reader.page.locator(".prose")).to_contain_text("</think> stays text")
    expect(reader.page.locator(".card-value")).to_contain_text("<img src=x onerror=window.hacked=10>")
    expect(reader.page.locator(".past a")).to_have_text("hostile <img src=x onerror=window.hacked=0>")
    reader.shot("hostile")


def test_the_browser_refuses_html_made_from_text(reader: Reader) -> None:
    reader.allowed = "TrustedHTML|Trusted Type|requires a"
    refused = reader.page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return false } catch { return true } }"
    )
    assert refused


def test_math_is_drawn(reader: Reader) -> None:
    reader.ask("A garden has a perimeter of 36 m. How large is it?")
    expect(reader.page.locator(".prose .katex").first).to_be_visible()
    expect(reader.page.locator(".formula.broken")).to_have_count(0)
    expect(reader.page.locator(".prose")).to_contain_text("costs $5 to $6")
    expect(reader.page.locator(".prose pre")).to_contain_text("$not math$")
    expect(reader.page.locator(".card .katex")).to_be_visible()
    reader.shot("math")


def test_a_reload_in_the_middle_keeps_the_text_and_ends_the_block(reader: Reader) -> None:
    reader.ask("slow", wait=False)
    expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    reader.page.reload()
    expect(reader.page.locator(".notice")).to_have_text("The page was closed before this answer was finished.")
    expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    expect(reader.page.locator(".live")).to_have_count(0)


def test_a_reload_brings_back_the_chat_with_its_real_duration(reader: Reader) -> None:
    reader.ask("26")
    said = reader.page.locator(".thinking button").inner_text()
    reader.page.reload()
    expect(reader.page.locator(".thinking button")).to_have_text(said)
    expect(reader.page.locator(".card")).to_contain_text("(3+10)×2")
    expect(reader.page.locator(".past a")).to_have_text("26")


def test_leaving_a_chat_does_not_stop_it_and_deleting_does(reader: Reader) -> None:
    reader.ask("slow one", wait=False)
    reader.page.get_by_role("link", name="New chat").click()
    reader.ask("15")
    reader.page.get_by_role("link", name="slow one").click()
    expect(reader.page.locator(".live")).to_be_visible()
    reader.page.get_by_label("Delete “slow one”").click()
    expect(reader.page.locator(".past li")).to_have_count(1)
    expect(reader.page.get_by_role("heading", name="What shall we work out?")).to_be_visible()
    reader.page.reload()
    expect(reader.page.locator(".past a")).to_have_text("15")


def test_a_long_thinking_stays_within_its_block(reader: Reader) -> None:
    reader.ask("long", wait=False)
    expect(reader.page.locator(".scratch")).to_contain_text("Wait")
    sheet = reader.page.locator(".sheet")
    expect(reader.page.locator(".foot")).to_be_visible(timeout=60_000)
    reader.page.locator(".thinking button").click()
    assert sheet.evaluate("(box) => box.scrollHeight > box.clientHeight + 500 && box.clientHeight < 400")


@pytest.mark.parametrize("kept", ["null", "{", "[1]", '[{"id":"a","title":"A"}]', '{"columns":[{}],"text":1}'])
def test_a_storage_that_lies_is_survived(reader: Reader, kept: str) -> None:
    names = ["chats", "settings", "compare", "chat.a"]
    reader.page.evaluate(
        "([names, kept]) => names.forEach((name) => localStorage.setItem(`scratchwork.${name}`, kept))", [names, kept]
    )
    reader.page.goto(f"{reader.url}#/c/a")
    reader.page.reload()
    expect(reader.page.get_by_role("heading", name="What shall we work out?")).to_be_visible()
    reader.ask("15")
    reader.page.goto(f"{reader.url}#/compare")
    expect(reader.page.locator(".column")).to_have_count(3)


def test_a_key_that_nobody_gives_leaves_a_page_that_says_so(new_reader: NewReader) -> None:
    server = start_mock(MOCK_KEY="let me in")
    try:
        reader = new_reader(server.url)
        reader.allowed = "401"
        reader.open()
        reader.page.keyboard.press("Escape")
        expect(reader.page.locator(".banner")).to_contain_text("wants a valid key")
        reader.shot("locked")
        reader.page.get_by_role("button", name="Try again").click()
        expect(reader.page.get_by_role("textbox", name="Key")).to_be_focused()
    finally:
        server.process.kill()


def test_a_server_that_goes_away_is_missed_and_found_again(new_reader: NewReader) -> None:
    server = start_mock()
    reader = new_reader(server.url)
    reader.allowed = "ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET"
    reader.open().ask("slow", wait=False)
    expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    server.process.kill()
    server.process.wait()
    expect(reader.page.locator(".notice")).to_have_text("The connection was lost before the answer was finished.")
    reader.page.get_by_label("Retry").click()
    expect(reader.page.locator(".notice")).to_have_text("The server cannot be reached.")
    reader.shot("unreachable")
    server = start_mock(PORT=server.url.rsplit(":", 1)[1].strip("/"))
    try:
        reader.page.get_by_label("Retry").click()
        expect(reader.page.locator(".scratch")).to_contain_text("4*8")
    finally:
        server.process.kill()


def test_a_model_that_is_no_longer_served_is_let_go(reader: Reader) -> None:
    gone = '{"model":"gone","columns":[{"model":"gone"},{"model":"zero"}],"text":"15"}'
    reader.page.evaluate(
        "(kept) => ['settings', 'compare'].forEach((name) => localStorage.setItem(`scratchwork.${name}`, kept))", gone
    )
    reader.page.reload()
    reader.ask("15")
    assert reader.asked()[0]["model"] == "zero"
    reader.page.goto(f"{reader.url}#/compare")
    expect(reader.page.locator(".column-model select")).to_have_count(3)
