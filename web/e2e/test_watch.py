"""The watch page: a run in figures, its groups, one problem over training, aha moments, search."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from conftest import Mock, NewReader, start_mock
from playwright.sync_api import expect
from reader import Reader
from watching import chart, look


@pytest.fixture
def watcher(new_reader: NewReader) -> Reader:
    return look(new_reader())


@pytest.fixture
def growing() -> Iterator[Mock]:
    """A server whose run gets on by six steps a second."""
    server = start_mock(MOCK_STEPS_PER_SECOND="6")
    yield server
    server.process.kill()


def test_runs_are_listed_as_they_are(watcher: Reader) -> None:
    cards = watcher.page.locator(".run-card")
    expect(cards).to_have_count(6)
    expect(cards.nth(0)).to_contain_text("finished")
    expect(cards.nth(2)).to_contain_text("stopped")
    expect(cards.nth(5)).to_contain_text("a run of another version")
    watcher.shot("watch-runs")
    cards.nth(5).click()
    expect(watcher.page.locator(".notice.failed")).to_contain_text("journal.jsonl line 1 has no stage")


def test_chat_and_watch_lead_to_each_other(watcher: Reader) -> None:
    watcher.page.get_by_role("link", name="Chat", exact=True).click()
    expect(watcher.box).to_be_visible()
    watcher.page.get_by_role("link", name="Watch runs").click()
    expect(watcher.page.get_by_role("heading", name="Runs", level=1)).to_be_visible()


def test_a_run_is_seen_while_it_goes_on(new_reader: NewReader, growing: Mock) -> None:
    reader = look(new_reader(growing.url), "zero-live")
    expect(reader.page.locator(".run-head .state")).to_have_text("running")
    expect(reader.page.locator(".progress")).to_contain_text(re.compile(r"(minute|min) left"))
    steps = reader.page.locator(".progress")
    before = steps.inner_text()
    expect(steps).not_to_have_text(before)
    reader.page.wait_for_function("document.querySelectorAll('.chart').length > 5")
    asked = [r.url for r in reader.requests if "journal?stage=grpo" in r.url and "after=0" not in r.url]
    while not asked:  # only what is new is asked for
        reader.page.wait_for_timeout(500)
        asked = [r.url for r in reader.requests if "journal?stage=grpo" in r.url and "after=0" not in r.url]
    reader.shot("watch-live")


def test_figures_mark_their_beginning_and_read_out_where_one_points(watcher: Reader) -> None:
    look(watcher, "zero")
    accuracy = chart(watcher, "Accuracy")
    expect(accuracy.locator(".start")).to_have_count(4)
    expect(accuracy.locator(".read-out")).to_contain_text("apples")
    last = accuracy.locator(".read-out li").first.inner_text()
    plot = accuracy.locator(".plot svg")
    plot.hover(position={"x": 200, "y": 100})
    expect(accuracy.locator(".cursor text")).to_have_text(re.compile(r"step \d+"))
    expect(chart(watcher, "Response length").locator(".cursor text")).to_have_text(
        accuracy.locator(".cursor text").text_content()
    )
    assert accuracy.locator(".read-out li").first.inner_text() != last
    watcher.shot("watch-figures")


def test_figures_obey_the_keyboard(watcher: Reader) -> None:
    look(watcher, "zero")
    accuracy = chart(watcher, "Accuracy")
    accuracy.locator(".plot").focus()
    keyboard = watcher.page.keyboard
    for key, step in (("ArrowLeft", 115), ("ArrowLeft", 114), ("Home", 0), ("ArrowRight", 1), ("End", 115)):
        keyboard.press(key)
        expect(accuracy.locator(".cursor text")).to_have_text(f"step {step}")
    keyboard.press("Escape")
    expect(accuracy.locator(".cursor")).to_have_count(0)
    apples = accuracy.get_by_role("button", name="apples")
    apples.press("Enter")
    expect(apples).to_have_attribute("aria-pressed", "false")
    expect(accuracy.locator(".start")).to_have_count(3)
    length = chart(watcher, "Response length")
    ticks = length.locator(".axes").text_content()
    length.get_by_role("radio", name="linear").press("ArrowRight")
    expect(length.locator(".axes")).not_to_have_text(ticks)


def test_two_runs_are_laid_over_each_other(watcher: Reader) -> None:
    look(watcher, "zero").page.get_by_label("Compare with").select_option("zero-random")
    accuracy = chart(watcher, "Accuracy")
    expect(accuracy.locator(".curve[data-other=true]")).to_have_count(4)
    expect(accuracy.locator(".read-out")).to_contain_text("all · zero-random")
    watcher.shot("watch-overlay")
    watcher.page.reload()
    expect(chart(watcher, "Accuracy").locator(".curve[data-other=true]")).to_have_count(4)


def test_what_the_doctor_says_stands_with_its_change(watcher: Reader) -> None:
    look(watcher, "zero-random")
    findings = watcher.page.locator(".finding")
    expect(findings).to_have_count(2)
    expect(findings.first).to_contain_text("alarm")  # the worst first
    expect(findings.first).to_contain_text("give reward.accuracy a weight")
    watcher.shot("watch-doctor")


def test_from_the_groups_of_a_step_to_a_rollout_and_its_tokens(watcher: Reader) -> None:
    look(watcher, "zero", "groups", "step=30")
    groups = watcher.page.locator(".group")
    expect(groups).to_have_count(50)
    watcher.page.get_by_role("button", name="Show more").click()
    expect(groups).to_have_count(60)
    silent = watcher.page.locator(".group[data-signal=false]")
    expect(silent.first).to_contain_text("no signal")
    watcher.shot("watch-groups")
    watcher.page.get_by_role("radio", name="countdown").check()
    expect(groups).to_have_count(20)
    watcher.page.get_by_role("slider", name="Step").press("ArrowRight")
    expect(watcher.page.locator("output")).to_have_text("Step 31")
    groups.first.click()
    expect(watcher.page.locator(".samples a")).to_have_count(8)
    watcher.page.locator(".samples a").nth(2).click()
    expect(watcher.page.locator(".samples [aria-current]")).to_have_attribute("aria-label", re.compile("Answer 3"))
    watcher.shot("watch-rollout")
    watcher.page.get_by_role("radio", name="log-prob").check()
    expect(watcher.page.locator(".token[data-grade='7']").first).to_be_visible()
    expect(watcher.page.locator(".heat-legend")).to_contain_text("the checkpoint of step 20")
    watcher.shot("watch-heat")
    watcher.page.get_by_role("link", name="All groups").click()
    expect(groups.first).to_be_visible()


def test_log_probs_that_cannot_be_made_again_are_said_to_be_so(watcher: Reader) -> None:
    watcher.allowed = "404"
    look(watcher, "zero-random", "groups", "step=3")
    watcher.page.locator(".group").first.click()
    watcher.page.get_by_role("radio", name="entropy").check()
    expect(watcher.page.locator(".notice.failed")).to_contain_text("There is nothing at <b>this</b> address")


def test_steps_are_coloured_by_what_they_do_and_lined_by_whether_they_hold(watcher: Reader) -> None:
    look(watcher, "zero", "followed", "problem=apples%2F1%2Fclassic&step=40")
    now = watcher.page.locator(".beside-now")
    false = now.locator("mark[data-kind=candidate][data-holds=false]").first
    true = now.locator("mark[data-kind=candidate][data-holds=true]").first
    colour = "(mark) => getComputedStyle(mark).backgroundColor"
    line = "(mark) => getComputedStyle(mark).textDecorationStyle"
    assert false.evaluate(colour) == true.evaluate(colour)
    assert (false.evaluate(line), true.evaluate(line)) == ("wavy", "solid")
    check = now.locator("mark[data-kind=check]").first
    assert check.evaluate(colour) != true.evaluate(colour)
    expect(now.locator(".legend")).to_contain_text("check 2")
    expect(now.locator(".legend")).to_contain_text("nobody knows")


def test_one_problem_is_followed_over_training(watcher: Reader) -> None:
    look(watcher, "zero", "followed")
    now, before = watcher.page.locator(".beside-now"), watcher.page.locator(".beside-before")
    expect(now.get_by_role("heading")).to_have_text("Step 110")  # the newest, until one chooses
    expect(before.get_by_role("heading")).to_have_text("Before, at step 100")
    expect(watcher.page.locator(".timeline .mark")).to_have_count(12 * 8)
    slider = watcher.page.get_by_role("slider", name="Step")
    slider.press("Home")
    expect(now.get_by_role("heading")).to_have_text("Step 0")
    expect(before).to_contain_text("The first time it was asked.")
    slider.press("ArrowRight")
    expect(before.get_by_role("heading")).to_have_text("Before, at step 0")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"Step 10: \d of 8 right"))
    first = now.inner_text()
    now.get_by_role("radio", name="3", exact=True).check()
    expect(now).not_to_have_text(first)
    watcher.page.get_by_label("Question").select_option("countdown/2/17")
    expect(watcher.page.locator(".asked-problem")).to_contain_text("to make 26")
    watcher.page.locator(".timeline-column").nth(7).click()
    expect(now.get_by_role("heading")).to_have_text("Step 70")
    watcher.shot("watch-followed")
    watcher.page.get_by_role("button", name="Play").click()
    expect(now.get_by_role("heading")).to_have_text("Step 80")
    watcher.page.get_by_role("button", name="Pause").click()


def test_aha_moments_true_and_false(watcher: Reader) -> None:
    look(watcher, "zero", "ahas")
    expect(watcher.page.locator(".aha")).to_have_count(4)
    expect(watcher.page.locator(".common")).to_contain_text("Slip put right: common from step 31")
    expect(watcher.page.locator(".common")).to_contain_text("False aha: never common")
    watcher.shot("watch-ahas")
    watcher.page.get_by_role("radio", name="False aha").check()
    expect(watcher.page.locator(".aha")).to_have_count(1)
    expect(watcher.page.locator(".aha del")).to_have_text("3")
    look(watcher, "zero-random", "ahas")
    expect(watcher.page.locator("main")).to_contain_text("No such moments found.")


def test_search_by_text_outcome_and_length(watcher: Reader) -> None:
    look(watcher, "zero", "search")
    watcher.page.get_by_role("searchbox").fill("Another way")
    watcher.page.get_by_role("searchbox").press("Enter")
    hits = watcher.page.locator(".hits li")
    expect(hits.first.locator(".hit-text mark")).to_have_text("Another way")
    watcher.page.get_by_label("Outcome").select_option("right")
    watcher.page.get_by_label("Order").select_option("-length")
    expect(hits.first).to_contain_text("right")
    tokens = [int(re.search(r"(\d+) tokens", text)[1]) for text in hits.locator(".hit-about").all_inner_texts()]
    assert tokens == sorted(tokens, reverse=True)
    watcher.shot("watch-search")
    watcher.page.reload()
    expect(watcher.page.get_by_role("searchbox")).to_have_value("Another way")
    hits.first.locator("a").click()
    expect(watcher.page.locator(".rollout .scratch")).to_contain_text("Another way")
    watcher.page.go_back()
    expect(hits.first).to_be_visible()
    watcher.page.get_by_role("searchbox").fill("no one ever wrote this")
    watcher.page.get_by_role("button", name="Search").click()
    expect(watcher.page.locator("main")).to_contain_text("No rollout is like that.")


def test_the_report_has_claims_cost_and_recipe(watcher: Reader) -> None:
    look(watcher, "zero", "report")
    claims = watcher.page.locator(".claims")
    expect(claims.locator("tbody tr")).to_have_count(5)
    expect(claims).to_contain_text("does not hold")
    expect(claims).to_contain_text("needs two more runs")
    expect(watcher.page.locator(".evaluations")).to_contain_text("86%")
    expect(watcher.page.locator(".cost")).to_contain_text("4,310,220")
    watcher.page.get_by_role("button", name="Copy the recipe").click()
    assert "group_size = 8" in watcher.page.evaluate("navigator.clipboard.readText()")
    watcher.shot("watch-report")
