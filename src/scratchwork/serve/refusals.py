"""What a client is told when it cannot have what it asked for: OpenAI's error object, with its status."""

from __future__ import annotations

from typing import Any

from scratchwork.errors import UserError


class Refusal(UserError):
    """An error for the client. `retry_after`: seconds after which the same request may succeed; None: it never will."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.param, self.code, self.retry_after = status, param, code, retry_after

    @property
    def kind(self) -> str:
        """The `type` in the error object."""
        names = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
        if self.status in names:
            return names[self.status]
        return "invalid_request_error" if self.status < 500 else "server_error"

    def body(self) -> dict[str, Any]:
        error = {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}
        return {"error": error}

    def headers(self) -> dict[str, str]:
        """When to come again; the official clients retry by themselves unless told not to."""
        if self.retry_after is None:
            return {"x-should-retry": "false"}
        return {"Retry-After": str(self.retry_after)}


def overloaded(waiting: int) -> Refusal:
    return Refusal(
        f"{waiting} requests are waiting already; try again in a few seconds",
        status=503,
        code="server_is_overloaded",
        retry_after=5,
    )


def too_many(under_way: int) -> Refusal:
    return Refusal(
        f"{under_way} requests of yours are under way already, as many as one client may have; wait for one to end",
        status=429,
        code="rate_limit_exceeded",
        retry_after=5,
    )


def too_long(prompt: int, wanted: int, limit: int, param: str) -> Refusal:
    return Refusal(
        f"This model's maximum context length is {limit} tokens; the messages have {prompt} and {wanted} were asked "
        "for the answer. Shorten one.",
        param=param,
        code="context_length_exceeded",
    )
