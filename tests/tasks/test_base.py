"""Problem i depends on (seed, i, settings) alone, and a held-out problem is held out wherever it turns up."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from scratchwork.reward.verify import verify
from scratchwork.tasks.apples import Apples, apples_problem, classic_apple_problem
from scratchwork.tasks.base import LEVELS, ProblemSource, Share, Task, TaskError, draw_split, is_held_out, make_problem
from scratchwork.tasks.corpus import TASKS
from scratchwork.types import Problem

FAMILIES = sorted(TASKS)


def source(seed: int = 0, **settings: object) -> ProblemSource:
    shares = [Share(TASKS[name](), (1, 2, 3)) for name in ("apples", "countdown", "arithmetic")]
    return ProblemSource(shares, seed, **settings)  # type: ignore[arg-type]


def test_a_problem_does_not_depend_on_what_was_drawn_before() -> None:
    forwards = source().take(0, 60)
    fresh = source()
    assert [fresh[i] for i in reversed(range(60))] == forwards[::-1]
    assert source().take(37, 5) == forwards[37:42]


def test_seed_split_and_index_each_change_the_problems() -> None:
    base = [p.id for p in source().take(0, 30)]
    for other in (source(seed=1), source(split="held_out")):
        assert len(set(base) & {p.id for p in other.take(0, 30)}) < 3
    assert len(set(base)) > 25


def test_every_cycle_holds_the_same_mixture_and_weights_count() -> None:
    shares = [Share(TASKS["apples"](), (2, 3), weight=2), Share(TASKS["facts"](), (1,))]
    problems = ProblemSource(shares, 0)
    for start in (0, 5, 50):
        turns = Counter((p.family, p.level) for p in problems.take(start, 5))
        assert turns == {("apples", 2): 2, ("apples", 3): 2, ("facts", 1): 1}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_draws_have_their_level_and_a_gold_that_verifies(family: str, level: int) -> None:
    task, rng = TASKS[family](), random.Random(level)
    for _ in range(100):
        problem = task.draw(rng, level)
        assert (problem.family, problem.level) == (family, level)
        assert verify(problem.answer, problem) and not verify("", problem)


@pytest.mark.parametrize("family", FAMILIES)
def test_train_and_held_out_never_share_a_problem(family: str) -> None:
    task, rng = TASKS[family](), random.Random(0)
    train = {draw_split(task, rng, 1 + i % 5, "train").id for i in range(1500)}
    held_out = {draw_split(task, rng, 1 + i % 5, "held_out").id for i in range(150)}
    assert not train & held_out


def test_one_problem_in_ten_is_held_out() -> None:
    held_out = [is_held_out(make_problem("sums", str(i), 1, "?", "1", "number")) for i in range(5000)]
    assert 0.085 < sum(held_out) / 5000 < 0.115


def test_the_classic_apple_problem_is_held_out_in_every_wording() -> None:
    classic = classic_apple_problem()
    assert is_held_out(classic)
    reworded = apples_problem("Wei", ("pear", "fig"), ((3, 3), (2, 2)), 2, bill=50)
    assert reworded.prompt != classic.prompt
    assert is_held_out(reworded) and reworded.id == classic.id
    rng = random.Random(0)
    assert classic.id not in {draw_split(Apples(), rng, 1, "train").id for _ in range(3000)}


def test_a_split_that_is_never_drawn_is_an_error_not_a_hang() -> None:
    class Single:
        family = "single"

        def draw(self, rng: random.Random, level: int) -> Problem:
            return make_problem("single", "the one", level, "?", "1", "number")

    task: Task = Single()
    other = "train" if is_held_out(task.draw(random.Random(), 1)) else "held_out"
    with pytest.raises(TaskError, match=f"'single' made no {other} problem at level 1"):
        draw_split(task, random.Random(0), 1, other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Share(TASKS["apples"](), (0, 6)), r"levels of 'apples' are \[0, 6\]"),
        (lambda: Share(TASKS["apples"](), ()), r"levels of 'apples' are \[\]"),
        (lambda: Share(TASKS["apples"](), (1,), weight=0), "weight of 'apples' is 0"),
        (lambda: ProblemSource([], 0), "at least one family"),
    ],
)
def test_bad_settings_are_named(make, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        make()


def test_a_negative_index_is_refused() -> None:
    with pytest.raises(IndexError):
        source()[-1]
