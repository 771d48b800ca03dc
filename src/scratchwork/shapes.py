"""What the files of a run hold, as far as anything reads it, so that a damaged file is a sentence and not a crash.

A file may hold more than is said here. What is said has its type, or the file is damaged; a number that was not finite
was written as null. Left out: what only a stage knows, such as the shapes of an optimizer's tensors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError


class Shape(BaseModel):
    """A table with these keys among others."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


class Numbers(Shape):
    """A table of numbers but for the keys that are said."""

    __pydantic_extra__: dict[str, float | None]


class Line(Numbers):
    """A line of journal.jsonl."""

    step: int
    stage: str
    note: str = ""
    failed: str = ""


class Share(Shape):
    family: str
    levels: list[int] = []


class Corpus(Shape):
    habits: dict[str, float] = {}


class Budget(Shape):
    steps: int | None = None
    tokens: int | None = None


class Recipe(Shape):
    """recipe.toml, of any version; `config.Recipe` is all of this one's."""

    name: str
    seed: int = 0
    stages: list[str] = []
    description: str = ""
    reward: dict[str, float] = {}
    tasks: list[Share] = []
    corpus: Corpus = Corpus()
    pretrain: Budget = Budget()
    grpo: Budget = Budget()


class Progress(Shape):
    """progress.json."""

    stages: NonNegativeInt = 0
    seconds: float = 0.0
    peak_memory_mb: float = 0.0


class Manifest(Shape):
    """manifest.json."""

    scratchwork: str = ""
    commit: str | None = None
    data: dict[str, str] = {}
    packages: dict[str, str] = {}
    hardware: dict[str, Any] = {}


class Base(Shape):
    """base.json."""

    recipe: Recipe | None = None
    tokens: int | None = None
    last_stage: str | None = None


class Row(Numbers):
    """What an evaluation says of some problems."""

    problems: PositiveInt
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(None, alias="pass@1_ci")


Level = Annotated[str, Field(pattern="^(all|[0-9]{1,9})$")]
Table = dict[str, dict[Level, Row]]


class Apple(Shape):
    share_right: float
    samples: int


class Evaluation(Shape):
    """evals/NAME.json."""

    samples: int
    temperature: float
    max_tokens: int
    seed: int
    think: bool = True
    families: Table
    greedy: Table = {}
    classic_apple: Apple | None = None


class Probed(Numbers):
    """What became of some problems' answers under an intervention."""

    problems: PositiveInt
    accuracy: float
    tokens: float
    accuracy_ci: Annotated[list[float], Field(min_length=2, max_length=2)]
    difference_ci: Annotated[list[float], Field(min_length=2, max_length=2)]


class Arm(Shape):
    what: str = ""
    kept: float | None = None
    families: dict[str, Probed]


class ProbedModel(Shape):
    checkpoint: str
    samples: int
    seed: int
    arms: dict[str, Arm]


class Probe(Shape):
    """probe.json."""

    models: dict[str, ProbedModel]


class Trainer(Shape):
    """checkpoints/step-N/trainer/: where a stage stood, and the states of its optimizers."""

    stage: str
    step: NonNegativeInt
    position: NonNegativeInt
    extra: dict[str, Any]
    optimizer: list[Any]


class Waiting(Shape):
    """What a packer of documents keeps: where it is, and the pages that wait, each with its mask."""

    position: NonNegativeInt
    too_long: NonNegativeInt
    pool: list[Annotated[list[list[NonNegativeInt]], Field(min_length=2, max_length=2)]]


SHAPES: Mapping[str, type[Shape]] = {
    "recipe.toml": Recipe,
    "progress.json": Progress,
    "manifest.json": Manifest,
    "base.json": Base,
    "probe.json": Probe,
}


def shape_of(name: str) -> type[Shape] | None:
    """What the file of this name in a run holds; None where nothing reads it."""
    return Evaluation if name.startswith("evals/") else SHAPES.get(name)


def flaw(data: Any, shape: type[Shape]) -> str | None:
    """The first thing about `data` that is not of this shape, in a few words; None when there is none.

    >>> flaw({"step": "3", "stage": "grpo"}, Line), flaw({"step": 3}, Line), flaw([], Line)
    ("step is '3'; it should be a valid integer", 'stage is missing', 'it is []; it should be a table')
    >>> flaw({"step": 3, "stage": "grpo", "loss": 0.5, "reward": None}, Line)
    """
    try:
        shape.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        if first["type"] == "missing":
            return f"{where} is missing"
        should = re.sub(r"^\w+ should be a valid (dictionary|object).*", "it should be a table", first["msg"])
        return f"{where} is {first['input']!r:.80}; {re.sub(r'^[A-Z][a-z]+ should', 'it should', should)}"
    return None
