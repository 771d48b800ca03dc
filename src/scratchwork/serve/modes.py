"""How a request is to think: the field's many spellings, one meaning.

Precedence, the first that says anything wins: `thinking` > `reasoning` > `reasoning_effort` > `enable_thinking` >
`chat_template_kwargs` > the model's default. A budget is kept or refused, never ignored; a client can lower what is
shown, never raise it above what the operator allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scratchwork.serve.codec import Modes
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.wire import Asking, Visibility

Mode = Literal["on", "off", "auto"]
ANSWER_ROOM = 64  # tokens kept for the answer, at most; of a small cap a quarter
SHOWN: tuple[Visibility, ...] = ("full", "summary", "hidden")  # from most to least
# Every name in use, on the share of the thinking room that it may take; DeepSeek maps what it does not have as well.
EFFORTS = {"minimal": 0.125, "low": 0.25, "medium": 0.5, "high": 1.0, "xhigh": 1.0, "max": 1.0, "ultra": 1.0}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for; None where it says nothing."""

    mode: Mode | None = None
    budget: int | None = None  # -1 = no limit
    effort: float | None = None
    param: str = "thinking"  # who said it


@dataclass(frozen=True, slots=True)
class Plan:
    """What it gets. `budget` counts thinking tokens with the closing tag; 0 where there is no thinking."""

    mode: Mode
    budget: int
    visibility: Visibility


def read_wish(asking: Asking) -> Wish:
    """The first spelling that says whether to think, with the budget wherever it is said.

    Raises Refusal for a contradiction, a negative budget or an effort that nobody uses.
    """
    wish = first_wish(asking)
    budgets = {
        "thinking.budget_tokens": asking.thinking.budget_tokens if asking.thinking else None,
        "reasoning.max_tokens": asking.reasoning.max_tokens if asking.reasoning else None,
        "thinking_token_budget": asking.thinking_token_budget,
        "thinking_budget": asking.thinking_budget,
        "thinking_budget_tokens": asking.thinking_budget_tokens,
    }
    given = {name: value for name, value in budgets.items() if value is not None}
    for name, value in given.items():
        if value < -1:
            raise Refusal(f"{name} is {value}; use 0 (no thinking), a number of tokens, or -1 (no limit)", param=name)
    if not given:
        return wish
    name, budget = next(iter(given.items()))
    if wish.mode == "off" and budget > 0:
        raise Refusal(f"thinking is switched off by {wish.param}, but {name} is {budget}; drop one", param=name)
    if budget == 0:
        return Wish("off", 0, None, name)
    return Wish(wish.mode or "on", budget, wish.effort, name)


def first_wish(asking: Asking) -> Wish:
    if asking.thinking is not None:
        modes: dict[str, Mode] = {"enabled": "on", "disabled": "off", "auto": "auto", "adaptive": "auto"}
        return Wish(modes[asking.thinking.type], param="thinking.type")
    if asking.reasoning is not None:
        if asking.reasoning.enabled is not None:
            return Wish("on" if asking.reasoning.enabled else "off", param="reasoning.enabled")
        if asking.reasoning.effort is not None:
            return by_effort(asking.reasoning.effort, "reasoning.effort")
    if asking.reasoning_effort is not None:
        return by_effort(asking.reasoning_effort, "reasoning_effort")
    if asking.enable_thinking is not None:
        return Wish("on" if asking.enable_thinking else "off", param="enable_thinking")
    kwargs = asking.chat_template_kwargs or {}
    for name in ("enable_thinking", "thinking"):
        if name in kwargs:
            return Wish("on" if kwargs[name] else "off", param=f"chat_template_kwargs.{name}")
    return Wish()


def by_effort(name: str, param: str) -> Wish:
    """`none` is off; the others take their share of the room."""
    if name == "none":
        return Wish("off", param=param)
    if name not in EFFORTS:
        raise Refusal(f"{param} is {name!r}; choose among none, {', '.join(EFFORTS)}", param=param)
    return Wish("on", effort=EFFORTS[name], param=param)


def make_plan(wish: Wish, modes: Modes, default: Mode, max_tokens: int, given: bool, visibility: Visibility) -> Plan:
    """What a model with these `modes` does about a wish, within `max_tokens` for thinking and answer together.

    `given` says whether the client set `max_tokens`: a budget beyond its own limit is refused, one beyond ours is
    brought down to it. Raises Refusal when the model cannot do as asked.
    """
    mode = wish.mode or default
    if mode == "on" and "on" not in modes:
        raise Refusal(
            "this model was not trained to think; ask a thinking model, or leave the switch off", param=wish.param
        )
    if mode == "off" and "off" not in modes:
        raise Refusal("this model always thinks; ask another one for a quick answer", param=wish.param)
    if mode == "off":
        return Plan("off", 0, visibility)
    if wish.budget is not None and wish.budget >= max_tokens and given:
        raise Refusal(
            f"the thinking budget is {wish.budget}, but max_tokens is {max_tokens}, thinking included; "
            "leave room for the answer",
            param=wish.param,
        )
    room = max_tokens - answer_room(max_tokens)
    budget = room if wish.budget in (None, -1) else min(wish.budget or 0, max_tokens - 1)
    if wish.effort is not None and wish.budget is None:
        budget = max(1, round(room * wish.effort))
    return Plan(mode, max(1, budget), visibility)


def answer_room(max_tokens: int) -> int:
    """Tokens that the thinking leaves to the answer.

    >>> answer_room(400), answer_room(40), answer_room(1)
    (64, 10, 0)
    """
    return min(ANSWER_ROOM, max_tokens // 4)


def shown(asking: Asking, allowed: Visibility) -> Visibility:
    """How much of the thinking is shown: the least of what the operator allows and what the request asks for."""
    wishes: list[Visibility] = [allowed]
    if asking.visibility is not None:
        wishes.append(asking.visibility)
    if asking.include_reasoning is False or (asking.reasoning is not None and asking.reasoning.exclude):
        wishes.append("hidden")
    return max(wishes, key=SHOWN.index)
