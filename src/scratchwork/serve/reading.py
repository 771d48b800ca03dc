"""Reading what a client sends: a body or a query as the class it has to be, or a refusal that names the first fault."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from scratchwork.serve.refusals import Refusal

R = TypeVar("R", bound=BaseModel)


async def read(request: Request, kind: type[R]) -> R:
    """The request's body. It has to be said to be JSON: a page elsewhere can send other kinds unasked, but not this."""
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal("send JSON: Content-Type: application/json", status=415)
    try:
        given = json.loads(body, parse_float=number, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"the body is not JSON: {error}") from None
    return checked(given, kind)


def number(text: str) -> float | int:
    """To JSON 3.0 is a whole number.

    >>> number("3.0"), number("3.5"), number("1e999")
    (3, 3.5, inf)
    """
    value = float(text)
    return int(value) if value.is_integer() else value


def no_number(name: str) -> None:
    """Python reads NaN and Infinity; JSON has no such words."""
    raise ValueError(f"{name} is not a value")


def checked(given: Any, kind: type[R], *, texts: bool = False) -> R:
    """`given` as the class it has to be; `texts`: it comes from a query, where a number is text."""
    try:
        return kind.model_validate_strings(given) if texts else kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refusal(f"{where or 'the request'}: {first['msg']}", param=where or None) from None
