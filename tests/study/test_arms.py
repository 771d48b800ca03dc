"""The arms are recipes that can run, and differ in what they are there to show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from scratchwork.errors import UserError
from scratchwork.recipe import world
from scratchwork.study.arms import EMERGENCE, REFLECTIVE, arms_of, chosen
from scratchwork.study.findings import RULES
from scratchwork.study.pictures import PANELS
from scratchwork.study.run import Study
from scratchwork.toml import load_recipe

ARMS = {one.name: one for one in EMERGENCE}


def resolved(name: str, small: bool):
    [trial] = Study("emergence", Path("unused"), (ARMS[name],), 1, small).trials()
    return trial.recipe()


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("name", ARMS)
def test_every_arm_is_a_recipe_that_can_run(name, small):
    recipe = resolved(name, small)
    world.check(recipe)
    assert recipe.stages.count("eval") == 2 and recipe.stages[-1] == "report"
    before, after = (i for i, stage in enumerate(recipe.stages) if stage == "eval")
    assert any(stage in world.ASKING for stage in recipe.stages[before:after])


@pytest.mark.parametrize("small", [False, True])
def test_what_is_compared_differs_in_one_thing(small):
    """The reward, the objective, or the share of reflective text; and imitation asks as much as reinforcement."""

    def changed(name, other):
        one, two = resolved(name, small).model_dump(), resolved(other, small).model_dump()
        return {key for key in one if one[key] != two[key]} - {"name", "description"}

    assert all(changed(name, "correct") == {"reward"} for name in ("random", "inverted", "format"))
    assert changed("grpo", "correct") == {"grpo"}
    assert (
        changed("reflective-none", "reflective-full")
        == changed("reflective-half", "reflective-full")
        == {"midtrain" if small else "corpus"}
    )
    learnt, imitated = resolved("correct", small).grpo.model_dump(), resolved("rejection", small).rejection.model_dump()
    assert {key for key in imitated if learnt[key] != imitated[key]} == set()


def test_the_small_version_asks_the_same_of_all_that_it_compares():
    names = ("correct", "random", "inverted", "format", "grpo", "rejection", "at-once")
    settings = [resolved(name, True).eval.model_dump(exclude={"slots"}) for name in names]
    assert all(own == settings[0] for own in settings)


@pytest.mark.parametrize(("small", "stage"), [(True, "midtrain"), (False, "pretrain")])
def test_the_dial_turns_the_share_of_reflective_pages(small, stage):
    def share(name):
        pages = world.corpus(resolved(name, small), stage)
        habits = Counter(pages.document(i).habit for i in range(400))
        return sum(habits[habit] for habit in REFLECTIVE) / 400

    none, half, full = (share(f"reflective-{name}") for name in ("none", "half", "full"))
    assert none == 0 and 0.1 < half < full < 0.35
    read = (load_recipe("dial").corpus, load_recipe("base").corpus, load_recipe("dial-small").midtrain.corpus)
    assert all(corpus.habits == read[0].habits for corpus in read)  # what "as shipped" means
    assert {habit: read[0].habits[habit] for habit in REFLECTIVE} == REFLECTIVE


def test_rules_and_figures_name_arms_that_there_are():
    assert {name for rule in RULES for name in rule.arms} <= ARMS.keys()
    assert {name for _, _, names in PANELS for name in names} <= ARMS.keys()


def test_a_recipe_is_a_study_of_one_arm(tmp_path):
    [one] = arms_of("zero-random")
    assert (one.name, one.whole.recipe) == ("zero-random", "zero-random")
    path = tmp_path / "mine.toml"
    path.write_text('name = "own"\nstages = ["eval"]')
    assert [arm.name for arm in arms_of(str(path))] == ["own"]
    with pytest.raises(UserError, match="no recipe is called 'emergenc'"):
        arms_of("emergenc")


def test_arms_are_chosen_by_name():
    assert [arm.name for arm in chosen(EMERGENCE, ["random", "correct"])] == ["correct", "random"]
    assert chosen(EMERGENCE, None) == EMERGENCE
    with pytest.raises(UserError, match="no arm 'corect'; did you mean 'correct'"):
        chosen(EMERGENCE, ["corect"])
