"""The arms of a study as data: which recipe each one runs, with what changed, and what it is there to show.

What a claim needs beside the run itself: other rewards (Spurious Rewards, arXiv:2506.10947), another way to average the
loss (Dr. GRPO, arXiv:2503.20783), less reflective text to have read (Cognitive Behaviors, arXiv:2503.01307; none at
all is the case that arXiv:2510.11495 leaves open), imitation at the same number of answers, a model that answers at
once, and a world where guessing pays.
"""

from __future__ import annotations

from dataclasses import dataclass

from scratchwork.errors import UserError, suggestion

STEPS = ("steps=26", "prompts_per_step=10", "group_size=8", "lr=0.0008", "cooldown=0.5", "max_tokens=300")
FEW = ("eval.problems=8", "eval.samples=4", "eval.max_tokens=400", "held_out.every=0")
SMALL = (*(f"grpo.{one}" for one in STEPS), *FEW)
SMALL_REJECTION = (*(f"rejection.{one}" for one in STEPS), *FEW)
SMALL_DIAL = ("pretrain.tokens=700000", *(f"grpo.{one}" for one in STEPS), "eval.problems=60", *FEW[1:])
SMALL_WORLD = ("grpo.steps=26", "eval.samples=4", "held_out.every=0")
SMALL_SFT = ("sft.tokens=150000", "sft.precision=fp32", *FEW)
REFLECTIVE = {"checker": 0.08, "explorer": 0.09, "reframer": 0.07}  # the shares in recipe `dial`, as in `base`


@dataclass(frozen=True, slots=True)
class Arm:
    """One line of a study. `small` is added to `settings` for the small version."""

    name: str
    recipe: str
    about: str
    settings: tuple[str, ...] = ()
    small: tuple[str, ...] = SMALL

    def overrides(self, small: bool, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The `--set`s that its runs are started with, seed and threads apart."""
        return (*self.settings, *(self.small if small else ()), *extra)


def dial(name: str, share: float, about: str) -> Arm:
    """A base model of its own, raised with this share of the reflective writers; the other habits fill the room."""
    habits = tuple(f"corpus.habits.{habit}={shipped * share:g}" for habit, shipped in REFLECTIVE.items())
    return Arm(name, "dial", about, habits, SMALL_DIAL)


EMERGENCE = (
    Arm("correct", "zero", "right answers pay"),
    Arm("random", "zero-random", "the toss of a coin pays"),
    Arm("inverted", "zero-inverted", "wrong answers pay"),
    Arm("format", "zero-format", "form pays, right or wrong"),
    Arm("grpo", "zero", "the loss averaged by answer and scaled by the group, as in GRPO", ("grpo.objective=grpo",)),
    Arm(
        "rejection",
        "zero-rejection",
        "right answers are imitated, at as many answers",
        small=SMALL_REJECTION,
    ),
    dial("reflective-full", 1.0, "a small base raised on the shipped share of reflective text"),
    dial("reflective-half", 0.5, "a small base raised on half of it"),
    dial("reflective-none", 0.0, "a small base that never read a check or a second try"),
    Arm("at-once", "sft", "right answers are learnt without any thinking", small=SMALL_SFT),
    Arm("guessable", "zero-guessable", "a world where a guess is the best bet", small=SMALL_WORLD),
)


def arms_of(name: str) -> tuple[Arm, ...]:
    """The arms of a study: those of `emergence`, or a recipe's single one."""
    if name == "emergence":
        return EMERGENCE
    from scratchwork.toml import load_recipe

    recipe = load_recipe(name)
    return (Arm(recipe.name, name, recipe.description, small=()),)


def chosen(arms: tuple[Arm, ...], only: list[str] | None) -> tuple[Arm, ...]:
    """Those named, in the study's order; all when none is. Raises UserError for a name that no arm has."""
    known = {arm.name: arm for arm in arms}
    for name in only or ():
        if name not in known:
            raise UserError(f"the study has no arm {name!r}; {suggestion(name, known)}")
    return tuple(arm for arm in arms if not only or arm.name in only)
