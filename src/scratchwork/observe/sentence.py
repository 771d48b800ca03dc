"""A sentence about a run, apart from its language: a template, and what stands in it.

The template is the English sentence, and its own name: the terminal, the journal and the plain report say it as it is.
Another language is a table from these templates to its own (see `chinese`), so that numbers are measured, chosen and
written in one place whatever they are read in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "str | float | tuple[str | Sentence, ...] | Sentence"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A value that is a sentence is told in the same language, one that is several things with `joint` between them."""

    template: str
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return self.told({}, " and ")

    def told(self, templates: Mapping[str, str], joint: str) -> str:
        """In the language of `templates`; in English where that has no words for it."""

        def part(value: Value) -> str | float:
            if isinstance(value, tuple):
                return joint.join(str(part(own)) for own in value)
            return value.told(templates, joint) if isinstance(value, Sentence) else value

        values = {name: part(value) for name, value in self.values.items()}
        return templates.get(self.template, self.template).format(**values)


def say(template: str, /, **values: Value) -> Sentence:
    """
    >>> said = say("{share:.0%} of {what}", share=0.25, what=say("{n} apples", n=2))
    >>> str(said)
    '25% of 2 apples'
    >>> said.told({"{share:.0%} of {what}": "{what}的{share:.0%}", "{n} apples": "{n} 个苹果"}, "、")
    '2 个苹果的25%'
    """
    return Sentence(template, values)
