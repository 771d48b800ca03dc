"""`auto` over a live server: who answers, why, and that a reply is what the model it came from would have said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import openai
import pytest

from scratchwork.errors import UserError
from scratchwork.router.classifier import FEATURES, Classifier
from scratchwork.router.policy import Policy, save
from scratchwork.router.signals import agreement, boxed
from scratchwork.serve.chooser import FRONTIER, ROUTER, find_auto
from scratchwork.serve.door import Rules
from scratchwork.serve.house import Auto, House
from tests.serve.conftest import LiveServer

ASKED = [{"role": "user", "content": "Try 3+4"}]
Ask = Callable[..., Any]


@contextmanager
def serving(house: House, policy: Policy) -> Iterator[Ask]:
    """Ask a server that routes by `policy`."""
    auto = Auto(house.models["fast"], house.models["thinker"], policy)
    with LiveServer(replace(house, auto=auto), Rules()) as live:
        client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none", max_retries=0)

        def ask(model: str = "auto", **more: Any) -> Any:
            return client.chat.completions.create(model=model, messages=ASKED, **more)

        ask.client = client  # type: ignore[attr-defined]
        yield ask


def test_quick_answers_that_will_do_are_the_reply_and_not_drawn_again(house: House) -> None:
    with serving(house, Policy(threshold=0.0, samples=3)) as ask:
        reply = ask(seed=5)
        drawn = ask("fast", seed=5, n=3, max_tokens=60)
        _, front = agreement([boxed(choice.message.content) for choice in drawn.choices])
        assert reply.choices[0].message.content == drawn.choices[front].message.content
        assert reply.choices[0].finish_reason == drawn.choices[front].finish_reason
        assert reply.model == reply.scratchwork["route"]["to"] == "fast"
        cost = reply.scratchwork["cost"]
        assert cost["router_tokens"] + cost["answer_tokens"] == drawn.usage.completion_tokens
        assert cost["answer_tokens"] == reply.usage.completion_tokens > 0
        metrics = ask.client.get("/../metrics", cast_to=str)  # type: ignore[attr-defined]
        said = drawn.usage.completion_tokens
        assert f'scratchwork_tokens_total{{kind="answer",model="fast"}} {2.0 * said}' in metrics
        reason = reply.scratchwork["route"]["reason"]
        assert f'scratchwork_routes_total{{reason="{reason}",to="fast"}} 1.0' in metrics


def test_a_question_worth_thinking_about_is_thought_about(house: House) -> None:
    with serving(house, Policy(threshold=2.0, samples=2, budget=20)) as ask:
        reply = ask(seed=5)
        deep = ask("thinker", seed=5, extra_body={"thinking_budget": 20})
        assert reply.choices[0].message == deep.choices[0].message
        assert reply.model == "thinker"
        assert reply.usage == deep.usage
        assert reply.scratchwork["budget"] == 20
        route, cost = reply.scratchwork["route"], reply.scratchwork["cost"]
        assert route["threshold"] == 2.0 and 0 <= route["score"] <= 1 and "2 quick answers" in route["reason"]
        drawn = ask("fast", seed=5, n=2, max_tokens=60)
        assert cost["router_tokens"] == drawn.usage.completion_tokens
        own = ask(seed=5, extra_body={"thinking": {"type": "auto", "budget_tokens": 9}})
        assert own.scratchwork["budget"] == 9  # the client's own goes first
        assert ask("thinker", seed=5, extra_body={"thinking": {"type": "auto"}}).scratchwork["route"] == route


def test_a_stream_says_the_same(house: House) -> None:
    for threshold in (0.0, 2.0):
        with serving(house, Policy(threshold=threshold, samples=2)) as ask:
            whole, chunks = ask(seed=3), list(ask(seed=3, stream=True))
            message = whole.choices[0].message
            deltas = [chunk.choices[0].delta.model_dump(exclude_none=True) for chunk in chunks]
            assert "".join(d.get("content", "") for d in deltas) == message.content
            thought = "".join(d.get("reasoning_content", "") for d in deltas)
            assert thought == getattr(message, "reasoning_content", "")
            assert chunks[-1].scratchwork["route"] == whole.scratchwork["route"]
            told = ask.client.responses.create(model="auto", input="Try 3+4", extra_body={"seed": 3})  # type: ignore[attr-defined]
            assert told.output_text == message.content


@pytest.mark.parametrize(
    ("switch", "to"),
    [
        ({"thinking": {"type": "enabled"}}, "thinker"),
        ({"thinking_budget": 9}, "thinker"),
        ({"reasoning_effort": "none"}, "fast"),
        ({"enable_thinking": False}, "fast"),
    ],
)
def test_who_says_whether_to_think_is_obeyed(house: House, switch: dict[str, Any], to: str) -> None:
    with serving(house, Policy(threshold=0.0 if to == "thinker" else 2.0)) as ask:
        reply = ask(seed=1, extra_body=switch)
        assert reply.model == to
        assert reply.scratchwork["cost"]["router_tokens"] == 0
        route = reply.scratchwork["route"]
        assert route["score"] is None and next(iter(switch)) in route["reason"]
        assert reply.choices[0].message == ask(to, seed=1, extra_body=switch).choices[0].message


@pytest.mark.parametrize(("bias", "to"), [(9.0, "fast"), (-9.0, "thinker")])
def test_words_are_weighed_for_nothing(house: House, bias: float, to: str) -> None:
    weighing = Classifier((*([0.0] * FEATURES), bias))
    with serving(house, Policy("classifier", 0.5, classifier=weighing)) as ask:
        reply = ask(seed=2)
        assert reply.model == to
        assert reply.scratchwork["cost"]["router_tokens"] == 0
        mode = {"extra_body": {"thinking": {"type": "disabled" if to == "fast" else "enabled"}}}
        assert reply.choices[0].message.content == ask(to, seed=2, **mode).choices[0].message.content


def test_confidence_is_that_of_the_answer_given(house: House) -> None:
    with serving(house, Policy("confidence", 0.0)) as ask:
        reply = ask(seed=2)
        assert reply.choices[0].message.content == ask("fast", seed=2).choices[0].message.content
        assert 0 < reply.scratchwork["route"]["score"] < 1
        assert reply.scratchwork["cost"]["router_tokens"] == 0


def test_cold_answers_would_always_agree_so_those_on_trial_are_drawn_as_usual(house: House) -> None:
    with serving(house, Policy(threshold=2.0, samples=4)) as ask:
        warm, cold = ask(seed=5), ask(seed=5, temperature=0)
        assert cold.scratchwork["route"] == warm.scratchwork["route"]
        assert cold.choices[0].message == ask("thinker", temperature=0).choices[0].message


def test_what_auto_cannot_do_is_said(house: House) -> None:
    with serving(house, Policy()) as ask:
        with pytest.raises(openai.BadRequestError, match="auto gives one answer"):
            ask(n=2)
        with pytest.raises(openai.NotFoundError, match="auto"):
            ask.client.completions.create(model="auto", prompt="Try")  # type: ignore[attr-defined]
        listed = {model.id: model for model in ask.client.models.list()}  # type: ignore[attr-defined]
        assert list(listed) == ["thinker", "fast", "auto"]
        assert listed["auto"].scratchwork["thinking"] == {"modes": ["auto", "on", "off"], "default": "auto"}
    with LiveServer(house, Rules()) as live:
        client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.NotFoundError, match="scratchwork calibrate"):
            client.chat.completions.create(model="auto", messages=ASKED)


def kept(run: Path, policy: Policy, pays: bool) -> None:
    save(policy, run / ROUTER)
    (run / FRONTIER).write_text(json.dumps({"policy": asdict(policy), "verdict": {"pays": pays}}))


def test_auto_is_served_where_it_was_shown_to_pay(house: House, tmp_path: Path) -> None:
    models = {"thinker": replace(house.models["thinker"], run=tmp_path.name), "fast": house.models["fast"]}
    policy = Policy(quick="fast")
    assert find_auto([tmp_path], models, None) == (None, "")
    kept(tmp_path, policy, pays=True)
    found, sentence = find_auto([tmp_path], models, None)
    assert found == Auto(models["fast"], models["thinker"], policy) and "agreement" in sentence
    assert find_auto([tmp_path], models, False) == (None, "")
    kept(tmp_path, policy, pays=False)
    assert find_auto([tmp_path], models, None)[0] is None
    assert find_auto([tmp_path], models, True)[0] is not None
    kept(tmp_path, policy, pays=True)
    save(replace(policy, threshold=0.25), tmp_path / ROUTER)  # calibrated anew: the verdict is on another one
    assert find_auto([tmp_path], models, None)[0] is None


def test_a_router_that_cannot_be_used_is_said(house: House, tmp_path: Path) -> None:
    models = {"thinker": replace(house.models["thinker"], run=tmp_path.name)}
    with pytest.raises(UserError, match="calibrate"):
        find_auto([tmp_path], models, True)
    kept(tmp_path, Policy(quick="fast"), pays=True)
    with pytest.raises(UserError, match="'fast', which is not served"):
        find_auto([tmp_path], models, None)
    (tmp_path / FRONTIER).write_text("[]")
    with pytest.raises(UserError, match="damaged"):
        find_auto([tmp_path], models, None)
    (tmp_path / ROUTER).write_text("{")
    with pytest.raises(UserError, match="calibrate"):
        find_auto([tmp_path], models, True)
