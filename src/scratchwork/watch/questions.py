"""What a request may ask, read from its query: every field checked, an unknown one refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scratchwork.errors import UserError

Count = Annotated[int, Field(ge=0, le=2**53)]
Text = Annotated[str, Field(max_length=1_000)]


class Question(BaseModel):
    """A query without fields. An empty value is one that was not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lines(Question):
    stage: Text = "grpo"
    after: Count = 0
    most: Annotated[int, Field(ge=2, le=2_000)] = 2_000  # steps in the answer


class Page(Question):
    family: Text = ""
    offset: Count = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class Answer(Question):
    from_: Literal["rollouts", "held_out"] = Field("rollouts", alias="from")


class Samples(Question):
    samples: Annotated[int, Field(ge=1, le=64)] = 8  # of a problem at one step


class Family(Question):
    family: Text = ""


class Search(Page):
    """`text` is looked for as it stands, in either case; `correct` null: not judged."""

    run: Text
    correct: Literal["", "true", "false", "null"] = ""
    finish: Text = ""
    text: Text = ""
    min_length: Count = 0
    order: Literal["step", "length", "-length"] = "step"


Q = TypeVar("Q", bound=Question)


def understood(query: Mapping[str, Any], kind: type[Q]) -> Q:
    """The query as the class it has to be. Raises UserError, which names the first field that is wrong.

    >>> understood({"after": "7", "stage": ""}, Lines)
    Lines(stage='grpo', after=7, most=2000)
    """
    try:
        return kind.model_validate_strings({name: value for name, value in query.items() if value != ""})
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{'.'.join(map(str, first['loc'])) or 'the query'}: {first['msg']}") from None
