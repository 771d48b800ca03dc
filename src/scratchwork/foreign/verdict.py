"""Which of their scores says that an answer is right. Nothing in a foreign folder tells; this is the rule.

1. The score that the user names.
2. Else the first whose name has `acc` or `correct` in it; else the only one that counts in the reward, unless its name
   speaks of format or length.
3. It must hold no more than two values over the whole run, one above 0 and one not: above 0 is right. (1 and 0, 1 and
   -1, 2.0 and 0.0 all do; 1, 0.1 and 0 mix being right with something else.)

Where no score passes, nobody knows what is right, and `correct` stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scratchwork.errors import suggestion
from scratchwork.foreign.source import Answer, ForeignError

RIGHT, OTHER = ("acc", "correct"), ("format", "len")


class Verdicts:
    """Looks at all answers of a run, and then says which score is the verdict."""

    def __init__(self, wanted: str | None = None) -> None:
        self.wanted = wanted
        self.values: dict[str, set[float]] = {}  # three of each score at most

    def see(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            for name, value in answer.scores.items():
                own = self.values.setdefault(name, set())
                if len(own) < 3:
                    own.add(value)

    def column(self, weights: Mapping[str, float]) -> str | None:
        """The score's name. Raises ForeignError when the one that was named is not there, or mixes several things."""
        if self.wanted is not None:
            if self.wanted not in self.values:
                raise ForeignError(f"no answer has the score {self.wanted!r}; {suggestion(self.wanted, self.values)}")
            if not self.is_verdict(self.wanted):
                raise ForeignError(f"the score {self.wanted!r} holds more than right and wrong; name another one")
            return self.wanted
        named = [name for name in self.values if any(word in name.lower() for word in RIGHT)]
        paid = [name for name, weight in weights.items() if weight and name in self.values]
        alone = paid if len(paid) == 1 and not any(word in paid[0].lower() for word in OTHER) else []
        return next((name for name in [*named, *alone] if self.is_verdict(name)), None)

    def is_verdict(self, name: str) -> bool:
        own = self.values[name]
        return len(own) < 2 or (len(own) == 2 and min(own) <= 0 < max(own))
