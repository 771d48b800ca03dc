"""Reading what a client sends: a body or a query as the class it has to be, or a refusal that names the first fault."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from scratchwork.serve.refusals import Refusal

R = TypeVar("R", bound=BaseModel)


async def read(request: Request, kind: type[R]) -> R:
    """The request's body."""
    try:
        given = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Refusal(f"the body is not JSON: {error}") from None
    return checked(given, kind)


def checked(given: Any, kind: type[R]) -> R:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refusal(f"{where or 'the request'}: {first['msg']}", param=where or None) from None
