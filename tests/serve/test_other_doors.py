"""Responses and raw completions, read by the official client."""

from __future__ import annotations

import openai
import pytest

from scratchwork.model.tokenizer import Tokenizer
from scratchwork.serve.completions import understand
from scratchwork.serve.wire import CompletionRequest
from tests.serve.conftest import LiveServer


@pytest.fixture(scope="module")
def client(live: LiveServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{live.url}/v1", api_key="none", max_retries=0)


def test_a_response_has_its_thinking_and_its_answer(client: openai.OpenAI) -> None:
    reply = client.responses.create(model="thinker", input="Try 3+4", extra_body={"seed": 1})
    chat = client.chat.completions.create(model="thinker", messages=[{"role": "user", "content": "Try 3+4"}], seed=1)
    assert [item.type for item in reply.output] == ["reasoning", "message"]
    assert reply.output_text == chat.choices[0].message.content
    assert reply.output[0].content[0].text == chat.choices[0].message.reasoning_content
    assert reply.usage.output_tokens_details.reasoning_tokens == (chat.usage.completion_tokens_details.reasoning_tokens)
    assert reply.status == ("completed" if chat.choices[0].finish_reason == "stop" else "incomplete")


@pytest.mark.parametrize("visibility", ["full", "summary", "hidden"])
def test_the_events_of_a_response_add_up_to_it(client: openai.OpenAI, visibility: str) -> None:
    asked = {"model": "thinker", "input": "Try 3+4", "extra_body": {"seed": 1, "visibility": visibility}}
    events = list(client.responses.create(**asked, stream=True))
    whole = client.responses.create(**asked)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [event.type for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1].type == f"response.{whole.status}"
    final = events[-1].response
    assert final.output_text == whole.output_text == joined(events, "response.output_text.delta")
    assert [item.type for item in final.output] == [item.type for item in whole.output]
    thought = joined(events, "response.reasoning_text.delta")
    told = joined(events, "response.reasoning_summary_text.delta")
    assert bool(thought) == (visibility == "full")
    assert not told or visibility == "summary"
    added = [event.item.type for event in events if event.type == "response.output_item.added"]
    assert added == [event.item.type for event in events if event.type == "response.output_item.done"]
    assert added[-1] == "message"


def joined(events: list, kind: str) -> str:
    return "".join(event.delta for event in events if event.type == kind)


def test_a_response_that_is_cut_off_says_so(client: openai.OpenAI) -> None:
    reply = client.responses.create(model="fast", input="Try 3+4", max_output_tokens=1, extra_body={"seed": 1})
    assert reply.status == "incomplete"
    assert reply.incomplete_details.reason == "max_output_tokens"


def test_a_conversation_goes_in_with_its_reasoning_items(client: openai.OpenAI) -> None:
    first = client.responses.create(model="thinker", input="Try 3+4", extra_body={"seed": 1})
    turns = [{"role": "user", "content": "Try 3+4"}, *first.output, {"role": "user", "content": "Try 4+4"}]
    assert client.responses.create(model="thinker", input=turns, extra_body={"seed": 2}).output_text is not None


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": []}, "input"),
        ({"input": [{"role": "user", "content": 3}]}, "input[0]"),
        ({"instructions": "Be kind."}, "input"),
        ({"max_output_tokens": 5000}, "input"),
    ],
)
def test_what_a_response_cannot_be(client: openai.OpenAI, asked: dict, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**{"model": "thinker", "input": "Try 3+4", **asked})
    assert caught.value.body["param"] == param


def test_raw_text_is_gone_on_with(client: openai.OpenAI) -> None:
    asked = {"model": "thinker", "prompt": "Try 3+", "max_tokens": 20, "seed": 1, "n": 2}
    whole = client.completions.create(**asked)
    chunks = list(client.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    for choice in whole.choices:
        own = [c.choices[0] for c in chunks if c.choices and c.choices[0].index == choice.index]
        assert "".join(c.text for c in own) == choice.text
        assert own[-1].finish_reason == choice.finish_reason in ("stop", "length")
    assert chunks[-1].usage == whole.usage
    assert whole.usage.completion_tokens_details.reasoning_tokens == 0
    echoed = client.completions.create(**asked, echo=True)
    assert [c.text for c in echoed.choices] == ["Try 3+" + c.text for c in whole.choices]
    with pytest.raises(openai.BadRequestError, match="prompt is empty"):
        client.completions.create(model="thinker", prompt="")


def test_tags_in_raw_text_are_text(live: LiveServer, tokenizer: Tokenizer) -> None:
    question = understand(CompletionRequest(prompt="Try 3+"), live.app.state.board)
    [guest] = question.job("someone", 9.0).guests
    ids = [tokenizer.ids["<think>"], *tokenizer.encode("3+4=7"), tokenizer.ids["</think>"], *tokenizer.encode("7")]
    said = [part for token in ids for part in guest.take(guest.steer(token))] + guest.finish()
    assert "".join(text for _, text in said) == "<think>3+4=7</think>7"
    assert (guest.thinking_tokens, guest.answer_tokens) == (0, len(ids))
