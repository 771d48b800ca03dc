"""Problems to try a model on: held-out ones alone, named by a number, judged by the verifiers of training.

A problem is its family, level and index; nothing is kept between drawing one and judging an answer to it.
"""

from __future__ import annotations

import asyncio
import random
from typing import Annotated, Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from scratchwork.errors import suggestion
from scratchwork.reward.verify import verify
from scratchwork.serve.reading import checked, read
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.wire import Whole
from scratchwork.tasks.base import LEVELS, draw_split
from scratchwork.tasks.corpus import TASKS
from scratchwork.types import Problem

TITLES = {"apples": "Word problems", "arithmetic": "Sums", "countdown": "Countdown", "facts": "Facts"}
INDICES = 10_000  # problems that have a number, of each family and level


class Place(BaseModel):
    """Which problem is meant, and nothing more."""

    model_config = ConfigDict(extra="forbid")
    family: str
    level: Annotated[Whole, Field(ge=LEVELS[0], le=LEVELS[-1])]
    index: Annotated[Whole, Field(ge=0, lt=INDICES)]

    def problem(self) -> Problem:
        """The same one for the same place, always. Raises Refusal when there is none."""
        if self.family not in TASKS:
            raise Refusal(f"family is {self.family[:80]!r}; {suggestion(self.family[:80], TASKS)}", param="family")
        rng = random.Random(f"try/{self.family}/{self.level}/{self.index}")
        return draw_split(TASKS[self.family](), rng, self.level, "held_out")


class Drawing(Place):
    """One to be drawn where no index is named."""

    index: Annotated[Whole, Field(ge=0, lt=INDICES, default_factory=lambda: random.randrange(INDICES))]


class Attempt(Place):
    """An answer to one: what stood in the box, None when there was no box."""

    answer: str | None = None


def add_problems(app: FastAPI) -> None:
    """The routes of "Try one"."""

    @app.get("/v1/scratchwork/families")
    async def families() -> dict[str, Any]:
        return {"families": [{"name": name, "title": TITLES.get(name, name), "levels": list(LEVELS)} for name in TASKS]}

    @app.get("/v1/scratchwork/problem")
    async def problem(request: Request) -> dict[str, Any]:
        place = checked(dict(request.query_params), Drawing, texts=True)
        drawn = await asyncio.to_thread(place.problem)
        return {**place.model_dump(), "prompt": drawn.prompt}

    @app.post("/v1/scratchwork/verdict")
    async def verdict(request: Request) -> dict[str, Any]:
        attempt = await read(request, Attempt)
        asked = await asyncio.to_thread(attempt.problem)
        return {"correct": verify(attempt.answer, asked), "expected": asked.answer}
