"""The page against the server it is made for, in a Chromium: what web/e2e tests with scripts, here with real models.

They are tiny and say one thing by heart, so that a test knows what to wait for.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from scratchwork.model.cache import KVCache
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.serve.codec import OwnCodec
from scratchwork.serve.door import Rules
from scratchwork.serve.house import Defaults, House, Served
from scratchwork.serve.page import find_page
from scratchwork.serve.scheduler import Desk
from tests.serve.conftest import LiveServer

api = pytest.importorskip("playwright.sync_api")
from web.e2e.reader import Reader, chromium, new_tab  # noqa: E402 -- needs playwright

pytestmark = pytest.mark.slow
ROOM = 1024
KEY = "a key that nobody guesses"


class Parrot(Transformer):
    """Thinks the same sum again and again until it is ended, and then puts 7 into the box."""

    def __init__(self, like: Transformer, tokenizer: Tokenizer, pause: float = 0.0) -> None:
        super().__init__(like.config.model_copy(update={"max_position_embeddings": ROOM}))
        self.load_state_dict(like.state_dict())
        self.pause = pause
        thought, box = tokenizer.encode("4+5=9. "), tokenizer.encode("\\boxed{7}")
        assert len({*thought, *box}) == len(thought) + len(box)  # what follows a token hangs on that token alone
        self.next = torch.full((tokenizer.vocab_size,), thought[0])
        for chain in (
            [tokenizer.ids["<think>"], *thought, thought[0]],
            [tokenizer.ids["</think>"], *box, tokenizer.end_id],
        ):
            self.next[chain[:-1]] = torch.tensor(chain[1:])

    def decode(self, ids: Tensor, cache: KVCache, positions: Tensor) -> Tensor:
        time.sleep(self.pause)
        logits = super().decode(ids, cache, positions)
        return torch.full_like(logits, -torch.inf).scatter(1, self.next[ids][:, None], 0.0)


@pytest.fixture(scope="module")
def served(model: Transformer, tokenizer: Tokenizer) -> House:
    quick, slow = Parrot(model, tokenizer), Parrot(model, tokenizer, pause=0.05)
    codecs = {thinks: OwnCodec(tokenizer, thinks) for thinks in (True, False)}

    def one(name: str, role: str, thinks: bool, most: int, parrot: Parrot = quick) -> Served:
        return Served(name, role, codecs[thinks], Desk(parrot, 8, ROOM, 16), Defaults(max_tokens=most))  # type: ignore[arg-type]

    models = [
        one("zero", "thinking", True, 80),
        one("sft", "sft", False, 40),
        one("base", "base", False, 40),
        one("slow", "checkpoint", True, 600, slow),
    ]
    return House({served.name: served for served in models})


@pytest.fixture(scope="module")
def browser() -> Iterator[api.Browser]:
    if find_page() is None:
        pytest.skip("the page is not built: make page")
    with chromium() as launched:
        if launched is None:
            pytest.skip("no Chromium")
        yield launched


@pytest.fixture(scope="module")
def url(served: House) -> Iterator[str]:
    with LiveServer(served, Rules(), find_page()) as server:
        yield f"{server.url}/"


@pytest.fixture
def reader(browser: api.Browser, url: str) -> Iterator[Reader]:
    reader = new_tab(browser, url).open()
    api.expect(reader.page.locator(".composer").get_by_label("Model")).to_be_visible()
    yield reader
    reader.leave()


def choose(reader: Reader, model: str) -> None:
    reader.page.locator(".composer").get_by_label("Model").select_option(model)


def test_a_question_is_thought_about_and_answered_and_kept(reader: Reader) -> None:
    reader.ask("What is 4+5?")
    head = reader.page.locator(".thinking button")
    api.expect(head).to_have_text(re.compile(r"Thought for [\d.]+ s · 60 tokens"))  # 80, a quarter kept for the answer
    api.expect(reader.page.locator(".card-value")).to_have_text("7")
    api.expect(reader.page.locator(".notice")).to_contain_text("The thinking was ended")
    head.click()
    api.expect(reader.page.locator(".scratch")).to_contain_text("4+5=9. 4+5=9.")
    reader.shot("real-chat")
    reader.page.reload()
    api.expect(reader.page.locator(".card-value")).to_have_text("7")
    api.expect(head).to_have_text(re.compile("60 tokens"))


def test_thinking_comes_as_it_is_thought_and_stops_when_told(reader: Reader, served: House) -> None:
    choose(reader, "slow")
    reader.ask("What is 4+5?", wait=False)
    sheet = reader.page.locator(".scratch")
    api.expect(sheet).to_contain_text("4+5")
    early = len(sheet.inner_text())
    api.expect(sheet).to_contain_text("4+5=9. 4+5=9. 4+5=9. 4+5=9. 4+5=9.")
    assert len(sheet.inner_text()) > early
    assert served.models["slow"].desk.rows() == 1
    reader.page.get_by_label("Stop").click()
    api.expect(reader.page.locator(".notice")).to_have_text("Stopped.")
    deadline = time.monotonic() + 10
    while served.models["slow"].desk.rows() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert served.models["slow"].desk.rows() == 0


def test_answer_now(reader: Reader) -> None:
    choose(reader, "slow")
    reader.ask("What is 4+5?", wait=False)
    api.expect(reader.page.locator(".scratch")).to_contain_text("4+5=9")
    reader.page.get_by_role("button", name="Answer now").click()
    api.expect(reader.page.locator(".card-value")).to_have_text("7")
    api.expect(reader.page.locator(".notice")).to_have_text("You asked for the answer.")
    said = reader.page.locator(".thinking button").first.inner_text()
    assert int(re.findall(r"(\d+) tokens", said)[0]) < 536  # all that it may think


def test_deep_think_switches_it_off_and_on(reader: Reader) -> None:
    reader.page.get_by_role("radio", name="Off").check()
    reader.ask("What is 4+5?")
    api.expect(reader.page.locator(".thinking")).to_have_count(0)
    reader.page.get_by_role("radio", name="On").check()
    reader.ask("And again?")
    api.expect(reader.page.locator(".thinking")).to_have_count(1)
    choose(reader, "sft")
    api.expect(reader.page.get_by_role("group", name="Deep think")).to_have_count(0)


def test_models_are_compared_on_a_held_out_problem(reader: Reader) -> None:
    reader.page.get_by_role("link", name="Compare").click()
    reader.page.get_by_role("button", name="Try one").click()
    reader.page.get_by_role("radio", name="Facts").check()
    reader.page.get_by_role("button", name="Draw").click()
    api.expect(reader.page.locator(".drawn")).to_have_text(re.compile(r"Facts · level 1 · no\. \d+"))
    reader.box.press("Enter")
    api.expect(reader.page.locator(".measure")).to_have_count(3)
    api.expect(reader.page.locator(".column .verdict")).to_have_text(["Wrong"] * 3)
    assert {asked["model"] for asked in reader.asked()} == {"base", "sft", "zero"}
    reader.shot("real-compare")
    reader.page.get_by_role("radio", name="Budgets").check()
    reader.ask("What is 4+5?", wait=False)
    api.expect(reader.page.locator(".thinking button")).to_have_text(
        [re.compile("16 tokens"), re.compile("64 tokens"), re.compile("60 tokens")]
    )


def test_a_key_opens_the_door(browser: api.Browser, served: House) -> None:
    with LiveServer(served, Rules(keys=(KEY,)), find_page()) as server:
        reader = new_tab(browser, f"{server.url}/")
        reader.allowed = "401"
        reader.page.goto(reader.url)
        field = reader.page.get_by_role("textbox", name="Key")
        field.fill("wrong")
        field.press("Enter")
        api.expect(reader.page.get_by_role("alert")).to_contain_text("did not take that key")
        field.fill(KEY)
        field.press("Enter")
        reader.ask("What is 4+5?")
        api.expect(reader.page.locator(".card-value")).to_have_text("7")
        reader.leave()


def test_what_there_is_no_room_for_is_said(reader: Reader) -> None:
    reader.allowed = "400"
    reader.ask("x" * 3000)
    api.expect(reader.page.locator(".notice")).to_contain_text("too long for the model")


@pytest.mark.skipif("SHOTS" not in os.environ, reason="a measurement, taken when one looks")
def test_how_soon_the_page_can_be_used(browser: api.Browser, url: str) -> None:
    reader = new_tab(browser, url)
    began = time.monotonic()
    reader.open()
    print(f"the composer is there after {time.monotonic() - began:.2f} s")
    reader.leave()
