"""What is served: the models by name, each with its codec and desk, and what their operator allows."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scratchwork.errors import suggestion
from scratchwork.router.policy import Policy
from scratchwork.serve.codec import Codec
from scratchwork.serve.modes import Mode
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.scheduler import Desk
from scratchwork.serve.wire import Visibility

AUTO = "auto"
ModelRole = Literal["base", "sft", "thinking", "checkpoint", "foreign", "auto"]


@dataclass(frozen=True)
class Defaults:
    """How a model answers where a request does not say; by mode, as thinking asks for other sampling than answering."""

    max_tokens: int = 400
    temperature: Mapping[Mode, float] = field(default_factory=lambda: {"on": 1.0, "off": 1.0, "auto": 1.0})
    top_p: Mapping[Mode, float] = field(default_factory=lambda: {"on": 1.0, "off": 1.0, "auto": 1.0})
    close_phrase: str = ""  # leads from a thinking that is cut short to the answer


@dataclass(frozen=True)
class Served:
    """A model to talk to."""

    name: str
    role: ModelRole
    codec: Codec
    desk: Desk
    defaults: Defaults = Defaults()
    run: str | None = None
    title: str = ""
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def context(self) -> int:
        """Tokens of the longest conversation."""
        return self.desk.room

    def card(self, visibility: Visibility) -> dict[str, Any]:
        """Its entry in /v1/models."""
        modes = self.codec.modes
        return {
            "id": self.name,
            "object": "model",
            "created": self.created,
            "owned_by": "scratchwork",
            "max_model_len": self.context,
            "scratchwork": {
                "role": self.role,
                "run": self.run,
                "title": self.title or self.name,
                "thinking": {"modes": list(modes), "default": modes[0]},
                "visibility": visibility,
                "max_tokens": self.defaults.max_tokens,
            },
        }


@dataclass(frozen=True)
class Auto:
    """A model that is none: it asks `quick` or `deep`, as `policy` has it."""

    quick: Served
    deep: Served
    policy: Policy

    def card(self, visibility: Visibility) -> dict[str, Any]:
        """Its entry in /v1/models."""
        card = self.deep.card(visibility)
        own = {"role": "auto", "title": AUTO, "thinking": {"modes": ["auto", "on", "off"], "default": "auto"}}
        return card | {"id": AUTO, "scratchwork": card["scratchwork"] | own}


@dataclass(frozen=True)
class House:
    """All that is served. The first model answers where a request names none."""

    models: Mapping[str, Served]
    visibility: Visibility = "full"
    seconds: float = 300.0  # most time for a request
    drain: float = 20.0  # most time for those under way when the server is stopped
    auto: Auto | None = None
    thinking_field: Literal["reasoning_content", "reasoning"] = "reasoning_content"
    threads: int = 0  # that decoding computes with; 0 = as many as the process
    per_client: int = 192  # most requests of one client at once, waiting ones included
    retell: Callable[[str], Awaitable[str]] | None = None  # a chat model that summarizes the thinking of foreign ones

    def find(self, name: str | None) -> Served:
        """Raises Refusal for a model that is not served."""
        if name is None:
            return next(iter(self.models.values()))
        if name == AUTO and AUTO not in self.models:
            raise Refusal(
                "auto is not switched on here; its operator sets it up with `scratchwork calibrate RUN`, "
                "then `scratchwork serve RUN --auto`",
                status=404,
                param="model",
                code="model_not_found",
            )
        if name not in self.models:
            hint = suggestion(name, list(self.models))
            raise Refusal(
                f"model {name!r} is not served here; {hint}", status=404, param="model", code="model_not_found"
            )
        return self.models[name]

    def cards(self) -> list[dict[str, Any]]:
        """Entries in /v1/models, the first model's first: it answers where a request names none."""
        auto = [self.auto.card(self.visibility)] if self.auto else []
        return [*(model.card(self.visibility) for model in self.models.values()), *auto]

    def auto_for(self, name: str | None, mode: Mode | None) -> Auto | None:
        """Who chooses for a request: asked by its name, or by the thinking model's mode `auto`."""
        if self.auto is None or (name in self.models and name != self.auto.deep.name):
            return None
        return self.auto if name == AUTO or (mode == "auto" and self.find(name) is self.auto.deep) else None
