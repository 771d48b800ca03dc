"""What clients get, as classes: the server writes these by hand, and its OpenAPI document is made of them.

Nothing may be in a reply that is not here, and a test holds the server to it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from scratchwork.serve.house import ModelRole
from scratchwork.serve.modes import Mode
from scratchwork.serve.wire import Visibility

Finish = Literal["stop", "length"]
Status = Literal["completed", "incomplete"]


class Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fault(Reply):
    """OpenAI's error object."""

    message: str
    type: str
    param: str | None
    code: str | None


class Failure(Reply):
    """Whatever goes wrong."""

    error: Fault


class CachedTokens(Reply):
    cached_tokens: int


class ReasoningTokens(Reply):
    reasoning_tokens: int


class Usage(Reply):
    """Thinking is part of the completion."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    completion_tokens_details: ReasoningTokens
    prompt_tokens_details: CachedTokens


class Way(Reply):
    """How `auto` came to who answered."""

    to: str
    reason: str
    score: float | None
    threshold: float | None


class Cost(Reply):
    prompt_tokens: int
    thinking_tokens: int
    answer_tokens: int
    router_tokens: int
    seconds: float
    thinking_seconds: float
    tokens_per_second: float


class Account(Reply):
    """Who answered, how, and what it cost."""

    model: str
    mode: Mode
    visibility: Visibility
    route: Way | None
    answer: str | None
    budget: int
    warning: str | None
    closed_by: Literal["model", "budget", "request", "cap"] | None
    cost: Cost


class Message(Reply):
    """Thinking stands in one of two fields, as the server is set."""

    role: Literal["assistant"]
    content: str
    refusal: None
    reasoning_content: str = ""
    reasoning: str = ""


class Choice(Reply):
    index: int
    message: Message
    logprobs: None
    finish_reason: Finish
    stop_reason: str | None


class ChatCompletion(Reply):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    scratchwork: Account


class TextChoice(Reply):
    index: int
    text: str
    logprobs: None
    finish_reason: Finish


class TextCompletion(Reply):
    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage


class TextOf(Reply):
    type: Literal["output_text", "summary_text", "reasoning_text"]
    text: str
    annotations: list[Any] = []
    logprobs: list[Any] = []


class Item(Reply):
    """Of a response's output: its thinking, then its message."""

    id: str
    type: Literal["reasoning", "message"]
    status: Status
    role: Literal["assistant"] = "assistant"
    summary: list[TextOf] = []
    content: list[TextOf] = []


class ResponsesUsage(Reply):
    input_tokens: int
    input_tokens_details: CachedTokens
    output_tokens: int
    output_tokens_details: ReasoningTokens
    total_tokens: int


class Incomplete(Reply):
    reason: Literal["max_output_tokens"]


class ResponseObject(Reply):
    id: str
    object: Literal["response"]
    created_at: int
    status: Status
    model: str
    output: list[Item]
    error: None
    incomplete_details: Incomplete | None
    instructions: str | None
    max_output_tokens: int | None
    metadata: dict[str, str]
    parallel_tool_calls: bool
    previous_response_id: None
    store: Literal[False]
    temperature: float
    tool_choice: Literal["none"]
    tools: list[Any]
    top_p: float
    usage: ResponsesUsage
    scratchwork: Account


class Ended(Reply):
    id: str
    ended: bool


class ThinkingModes(Reply):
    modes: list[Mode]
    default: Mode


class About(Reply):
    role: ModelRole
    run: str | None
    title: str
    thinking: ThinkingModes
    visibility: Visibility
    max_tokens: int


class Card(Reply):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    max_model_len: int
    scratchwork: About


class Cards(Reply):
    object: Literal["list"]
    data: list[Card]


class Family(Reply):
    name: str
    title: str
    levels: list[int]


class Families(Reply):
    families: list[Family]


class Drawn(Reply):
    family: str
    level: int
    index: int
    prompt: str


class Verdict(Reply):
    correct: bool
    expected: str


class Health(Reply):
    status: Literal["ok"]


class Version(Reply):
    version: str
    pages: list[Literal["chat", "watch"]]
