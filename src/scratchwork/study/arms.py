"""The arms of a study as data: which recipe each one runs, with what changed, and what it is there to show.

What a claim needs beside the run itself: other rewards (Spurious Rewards, arXiv:2506.10947), another way to average the
loss (Dr. GRPO, arXiv:2503.20783), less reflective text to have read (Cognitive Behaviors, arXiv:2503.01307; none at
all is the case that arXiv:2510.11495 leaves open), imitation at the same number of answers, a model that answers at
once, and a world where guessing pays.
"""

from __future__ import annotations

from dataclasses import dataclass

from scratchwork.errors import UserError, suggestion

STEPS = ("steps=24", "prompts_per_step=10", "group_size=8", "lr=0.0008", "cooldown=0.5", "max_tokens=300")
FEW = ("eval.problems=8", "eval.samples=4", "eval.max_tokens=400", "held_out.every=0")
SMALL = (*(f"grpo.{one}" for one in STEPS), *FEW)
SMALL_REJECTION = (*(f"rejection.{one}" for one in STEPS), *FEW)
SMALL_WORLD = ("grpo.steps=24", "eval.samples=4", "held_out.every=0")
SMALL_SFT = ("sft.tokens=150000", *FEW)
REFLECTIVE = {"checker": 0.08, "explorer": 0.09, "reframer": 0.07}  # the shares in `base` and both dials


@dataclass(frozen=True, slots=True)
class Version:
    """What an arm's runs are started with: a recipe and its `--set`s, seed and threads apart."""

    recipe: str
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """One line of a study."""

    name: str
    about: str
    whole: Version
    small: Version

    def version(self, small: bool, extra: tuple[str, ...] = ()) -> Version:
        """The one asked for, with settings of the user's laid over it."""
        own = self.small if small else self.whole
        return Version(own.recipe, (*own.settings, *extra))


def arm(name: str, recipe: str, about: str, small: tuple[str, ...] = SMALL, both: tuple[str, ...] = ()) -> Arm:
    """An arm whose small version is the same recipe with less of everything."""
    return Arm(name, about, Version(recipe, both), Version(recipe, (*both, *small)))


def dial(name: str, share: float, about: str) -> Arm:
    """This share of the reflective writers; the other habits fill the room. A base of its own, raised from nothing; in
    the small version the shipped one, which has read on: nothing raised in minutes can so much as copy a number.
    """
    habits = [f"corpus.habits.{habit}={shipped * share:g}" for habit, shipped in REFLECTIVE.items()]
    reading_on = tuple(f"midtrain.{one}" for one in habits)
    return Arm(name, about, Version("dial", tuple(habits)), Version("dial-small", (*reading_on, *SMALL)))


EMERGENCE = (
    arm("correct", "zero", "right answers pay"),
    arm("random", "zero-random", "the toss of a coin pays"),
    arm("inverted", "zero-inverted", "wrong answers pay"),
    arm("format", "zero-format", "form pays, right or wrong"),
    arm("grpo", "zero", "averaged by answer and scaled by the group, as in GRPO", both=("grpo.objective=grpo",)),
    arm("rejection", "zero-rejection", "right answers are imitated, at as many answers", SMALL_REJECTION),
    dial("reflective-full", 1.0, "a base raised on the shipped share of reflective text"),
    dial("reflective-half", 0.5, "a base raised on half of it"),
    dial("reflective-none", 0.0, "a base raised on none"),
    arm("at-once", "sft", "right answers are learnt without any thinking", SMALL_SFT),
    arm("guessable", "zero-guessable", "a world where a guess is the best bet", SMALL_WORLD),
)


def arms_of(name: str) -> tuple[Arm, ...]:
    """The arms of a study: those of `emergence`, or a recipe's single one."""
    if name == "emergence":
        return EMERGENCE
    from scratchwork.toml import load_recipe

    recipe = load_recipe(name)
    return (arm(recipe.name, name, recipe.description, small=()),)


def chosen(arms: tuple[Arm, ...], only: list[str] | None) -> tuple[Arm, ...]:
    """Those named, in the study's order; all when none is. Raises UserError for a name that no arm has."""
    known = {one.name for one in arms}
    for name in only or ():
        if name not in known:
            raise UserError(f"the study has no arm {name!r}; {suggestion(name, known)}")
    return tuple(one for one in arms if not only or one.name in only)
