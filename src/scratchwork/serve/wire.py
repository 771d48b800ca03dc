"""What clients send, in the spellings of the field. Unknown keys are let through and ignored, wrong types are refused.

One class for what all three ways of asking share; the thinking switches of DeepSeek, OpenAI, vLLM, SGLang, Qwen,
OpenRouter and Anthropic are all read here and understood in modes.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictBool, WithJsonSchema, field_validator

MAX_TEXT = 200_000  # characters of a message
Visibility = Literal["full", "summary", "hidden"]
Stop = Annotated[str, Field(max_length=200)]
# Numbers of JSON: not text that looks like one, nor `true` for 1.
Whole = Annotated[int, Strict()]
Real = Annotated[float, Strict()]
SWITCHES = {
    "type": "object",
    "properties": {"enable_thinking": {"type": "boolean"}, "thinking": {"type": "boolean"}},
    "additionalProperties": False,
}


class Part(BaseModel):
    """A piece of a message's content; only text is understood."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str | None = Field(None, max_length=MAX_TEXT)


class ChatMessage(BaseModel):
    """A turn. Thinking of past turns is taken and dropped, whatever it is called."""

    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, Field(max_length=MAX_TEXT)] | list[Part] | None = None

    @property
    def text(self) -> str:
        """The content as one string. Raises ValueError for parts that are not text."""
        if isinstance(self.content, list):
            for part in self.content:
                if part.type not in ("text", "input_text", "output_text") or part.text is None:
                    raise ValueError(f"a content part of type {part.type!r}; this server reads text only")
            return "".join(part.text or "" for part in self.content)
        return self.content or ""


class ThinkingSwitch(BaseModel):
    """DeepSeek's and Anthropic's."""

    model_config = ConfigDict(extra="allow")
    type: Literal["enabled", "disabled", "auto", "adaptive"]
    budget_tokens: Whole | None = None


class ReasoningSwitch(BaseModel):
    """OpenAI's (Responses) and OpenRouter's."""

    model_config = ConfigDict(extra="allow")
    effort: str | None = None
    enabled: StrictBool | None = None
    max_tokens: Whole | None = None
    exclude: StrictBool | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None


class Asking(BaseModel):
    """What every request may hold."""

    model_config = ConfigDict(extra="allow")
    model: str | None = Field(None, max_length=500)
    stream: StrictBool = False
    temperature: Annotated[Real, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    top_p: Annotated[Real, Field(gt=0, le=1)] | None = None
    seed: Annotated[Whole, Field(ge=-(2**63), lt=2**63)] | None = None
    user: str | None = Field(None, max_length=500)

    thinking: ThinkingSwitch | None = None
    reasoning: ReasoningSwitch | None = None
    reasoning_effort: str | None = Field(None, max_length=50)
    enable_thinking: StrictBool | None = None
    chat_template_kwargs: Annotated[dict[str, Any], WithJsonSchema(SWITCHES)] | None = None
    thinking_token_budget: Whole | None = None
    thinking_budget: Whole | None = None
    thinking_budget_tokens: Whole | None = None
    include_reasoning: StrictBool | None = None
    visibility: Visibility | None = None

    @field_validator("chat_template_kwargs")
    @classmethod
    def _known(cls, given: dict[str, Any] | None) -> dict[str, Any] | None:
        """Only the thinking switch: whatever else a template takes is the operator's to set."""
        for name, value in (given or {}).items():
            if name not in ("enable_thinking", "thinking"):
                raise ValueError(f"{name!r} cannot be set by a request; only enable_thinking and thinking can")
            if not isinstance(value, bool):
                raise ValueError(f"{name} is {value!r}; it is true or false")
        return given


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="allow")
    include_usage: StrictBool = False


class Sampled(Asking):
    """Chat and completions share these."""

    n: Annotated[Whole, Field(ge=1, le=8)] = 1
    max_tokens: Annotated[Whole, Field(ge=1)] | None = None
    stop: Annotated[list[Stop], Field(max_length=4)] | Stop | None = None
    top_k: Annotated[Whole, Field(ge=-1, le=1_000_000)] | None = None
    stream_options: StreamOptions | None = None

    @property
    def stops(self) -> list[str]:
        return [self.stop] if isinstance(self.stop, str) else self.stop or []


class ChatRequest(Sampled):
    """POST /v1/chat/completions"""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=500)]
    max_completion_tokens: Annotated[Whole, Field(ge=1)] | None = None
    logprobs: StrictBool | None = None
    top_logprobs: Annotated[Whole, Field(ge=0, le=20)] | None = None


class CompletionRequest(Sampled):
    """POST /v1/completions"""

    prompt: Annotated[str, Field(max_length=MAX_TEXT)] | Annotated[list[Stop], Field(min_length=1, max_length=1)]
    echo: StrictBool = False


class ResponsesRequest(Asking):
    """POST /v1/responses"""

    input: Annotated[str, Field(max_length=MAX_TEXT)] | Annotated[list[dict[str, Any]], Field(max_length=500)]
    instructions: str | None = Field(None, max_length=MAX_TEXT)
    max_output_tokens: Annotated[Whole, Field(ge=1)] | None = None
    previous_response_id: str | None = None
    store: StrictBool | None = None


class ControlRequest(BaseModel):
    """POST /v1/chat/completions/control"""

    model_config = ConfigDict(extra="allow")
    id: str = Field(max_length=200)
    action: Literal["reasoning_end"]
