"""Facts: simple knowledge, where there is nothing to think about.

A fact has several wordings and the split is by (fact, wording): every fact is in the training text, a held-out wording
of it is not. Levels are how often the fact is written about, level 1 the most.
"""

from __future__ import annotations

import random

from scratchwork.tasks.base import make_problem
from scratchwork.types import Problem

CAPITALS = (
    "France Paris, Japan Tokyo, Italy Rome, Spain Madrid, China Beijing, Egypt Cairo, Greece Athens, Cuba Havana, "
    "Peru Lima, Kenya Nairobi, Norway Oslo, Austria Vienna, Poland Warsaw, Portugal Lisbon, Ireland Dublin, "
    "Sweden Stockholm, Finland Helsinki, Hungary Budapest, Iran Tehran, Chile Santiago"
)
COLOURS = (
    "grass green, snow white, coal black, blood red, the sky blue, a lemon yellow, chocolate brown, a carrot orange"
)
LEGS = "dog 4, bird 2, spider 8, ant 6, fish 0, horse 4, bee 6, crab 10, cow 4, snake 0"
OPPOSITES = "hot cold, big small, up down, day night, fast slow, wet dry, old new, full empty, open closed, light dark"
NEXT = (
    "Monday Tuesday, Tuesday Wednesday, Wednesday Thursday, Thursday Friday, Friday Saturday, Saturday Sunday, "
    "Sunday Monday, January February, May June, October November"
)
WORDINGS = {
    "capital": ("What is the capital of {}?", "Name the capital of {}.", "Which city is the capital of {}?"),
    "colour": ("What colour is {}?", "Name the colour of {}.", "Which colour has {}?"),
    "legs": ("How many legs has a {}?", "Count the legs of a {}.", "What number of legs has a {}?"),
    "opposite": ("What is the opposite of {}?", "Name the opposite of {}.", "Which word is the opposite of {}?"),
    "next": ("What comes after {}?", "Name what follows {}.", "Which one comes next after {}?"),
}
TABLE = {"capital": CAPITALS, "colour": COLOURS, "legs": LEGS, "opposite": OPPOSITES, "next": NEXT}


def pairs() -> list[tuple[str, str, str]]:
    """Every fact as (kind, thing, answer), kinds taking turns so that each level holds all kinds."""
    columns = [
        [(kind, thing, answer) for thing, _, answer in (entry.rpartition(" ") for entry in text.split(", "))]
        for kind, text in TABLE.items()
    ]
    longest = max(map(len, columns))
    return [column[i] for i in range(longest) for column in columns if i < len(column)]


class Facts:
    family = "facts"

    def __init__(self) -> None:
        self.pairs = pairs()

    def draw(self, rng: random.Random, level: int) -> Problem:
        fifth = -(-len(self.pairs) // 5)
        kind, thing, answer = rng.choice(self.pairs[(level - 1) * fifth : level * fifth])
        question = rng.choice(WORDINGS[kind]).format(thing)
        return make_problem("facts", question, level, question, answer, "text")
