"""Recipes found, overridden, refused with a sentence, and written back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork import toml
from scratchwork.config import CorpusConfig, GrpoConfig, Recipe, TaskShare
from scratchwork.errors import UserError
from scratchwork.toml import RecipeError, load_recipe, parse_recipe, set_value, to_toml

SMALL = """
name = "small"
stages = ["grpo", "eval"]
[[tasks]]
family = "countdown"
levels = [1, 2]
[grpo]
steps = 3
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return str(path)


def refusal(table: dict) -> str:
    with pytest.raises(RecipeError) as error:
        parse_recipe({"name": "x", "stages": ["eval"]} | table)
    return str(error.value)


def test_a_recipe_is_read_from_a_path(small: str) -> None:
    recipe = load_recipe(small)
    assert (recipe.name, recipe.stages, recipe.grpo.steps) == ("small", ("grpo", "eval"), 3)
    assert recipe.tasks == (TaskShare(family="countdown", levels=(1, 2)),)
    assert recipe.grpo.group_size == GrpoConfig().group_size


def test_a_recipe_is_found_by_name_and_the_nearest_is_suggested(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toml, "SHIPPED", tmp_path)
    assert load_recipe("small") == load_recipe(small)
    with pytest.raises(RecipeError, match="no recipe is called 'smal'; did you mean 'small'"):
        load_recipe("smal")


@pytest.mark.parametrize("path", sorted(toml.SHIPPED.glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_recipes_load_and_are_called_after_their_file(path: Path) -> None:
    assert load_recipe(path.stem).name == path.stem


CONTROLS = {
    "zero-random": {"random": 1.0, "accuracy": 0.0},
    "zero-format": {"format": 1.0, "accuracy": 0.0},
    "zero-inverted": {"wrong": 1.0, "accuracy": 0.0},
}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_is_zero_with_another_reward(name: str) -> None:
    own = load_recipe(name).model_dump()
    changed = {"name": name, "reward": CONTROLS[name], "description": own["description"]}
    assert own == load_recipe("zero").model_dump() | changed and own["description"]


def test_a_recipe_extends_another_setting_by_setting(small: str, tmp_path: Path) -> None:
    """Sections are laid over key by key, whatever is no section is replaced; the path starts at the file's folder."""
    inner = tmp_path / "deep" / "more.toml"
    inner.parent.mkdir()
    inner.write_text(
        'extends = "../small.toml"\nname = "more"\nreward = { random = 1.0 }\n'
        '[grpo]\nlr = 1.0\n[midtrain.corpus]\ngo_on = 0.5\n[[tasks]]\nfamily = "facts"\n'
    )
    (tmp_path / "last.toml").write_text('extends = "deep/more.toml"\nname = "last"\n[midtrain.corpus]\ninsight = 1.0\n')
    recipe = load_recipe(str(tmp_path / "last.toml"), ["grpo.lr=2.0"])
    assert (recipe.name, recipe.grpo.steps, recipe.grpo.lr) == ("last", 3, 2.0)
    assert (recipe.midtrain.corpus.go_on, recipe.midtrain.corpus.insight) == (0.5, 1.0)
    assert recipe.reward == {"random": 1.0} and [share.family for share in recipe.tasks] == ["facts"]
    assert "extends" not in to_toml(recipe)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('name = "a"\nextends = "zeroo"', "no recipe is called 'zeroo'; did you mean 'zero'"),
        ('extends = "zero"', "name is missing"),
        ('name = "a"\nextends = ["zero"]', r"extends is \['zero'\] in .*a\.toml; it names one recipe"),
        ('name = "a"\nextends = "a.toml"', r"a\.toml extends itself: a\.toml -> a\.toml"),
        ('name = "a"\nextends = "b.toml"', r"a\.toml extends itself: a\.toml -> b\.toml -> a\.toml"),
        ('name = "a"\nextends = "none.toml"', r"cannot read .*none\.toml"),
        ('name = "a"\nextends = "zero"\n[grpo]\nstep = 1', r"unknown key 'step' in \[grpo\]; did you mean 'steps'"),
        ('name = "a"\nextends = "zero"\ngrpo = 3', "grpo is 3; it should be a table"),
    ],
)
def test_what_cannot_be_extended_is_a_sentence(tmp_path: Path, lines: str, sentence: str) -> None:
    (tmp_path / "a.toml").write_text(lines)
    (tmp_path / "b.toml").write_text('name = "b"\nextends = "a.toml"')
    with pytest.raises(UserError, match=sentence):
        load_recipe(str(tmp_path / "a.toml"))


def test_overrides(small: str) -> None:
    sets = ["grpo.steps=50", "grpo.lr=1e-4", "grpo.mask_truncated=true", "tasks.0.levels=[3]", "base=runs/a/final"]
    recipe = load_recipe(small, [*sets, "seed = 7", "name=a=b"])
    assert (recipe.grpo.steps, recipe.grpo.lr, recipe.grpo.mask_truncated) == (50, 1e-4, True)
    assert (recipe.tasks[0].levels, recipe.base, recipe.seed, recipe.name) == ((3,), "runs/a/final", 7, "a=b")


def test_an_override_of_one_entry_keeps_the_default_others(small: str) -> None:
    recipe = load_recipe(small, ["corpus.habits.checker=0", "reward.boxed=0.0"])
    assert recipe.corpus.habits == CorpusConfig().habits | {"checker": 0.0}
    assert recipe.reward == {"accuracy": 1.0, "boxed": 0.0}
    assert load_recipe(small).corpus == CorpusConfig()  # the default itself is untouched


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("grpo.steps", "not of the form a.b=c"),
        ("grpo..steps=1", "not of the form a.b=c"),
        ("=1", "not of the form a.b=c"),
        ("grpo.steps.x=1", "no entry 'x'"),
        ("tasks.1.weight=2", "no entry '1'"),
        ("tasks.0.wight=2", r"unknown key 'wight' in \[tasks.0\]; did you mean 'weight'"),
        ("grpo.lrr=1", r"unknown key 'lrr' in \[grpo\]; did you mean 'lr'"),
        ("grp.lr=1", "unknown key 'grp' in the recipe; did you mean 'grpo'"),
        ("grpo.lr=fast", "grpo.lr is 'fast'; it should be a valid number"),
        ("grpo.steps=1\nseed=2", "grpo.steps is .*; it should be a valid integer"),
    ],
)
def test_a_bad_override_is_a_sentence(small: str, override: str, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        load_recipe(small, [override])


def test_unknown_keys_name_key_table_and_nearest() -> None:
    assert refusal({"grpo": {"grupo_size": 4}}) == "unknown key 'grupo_size' in [grpo]; did you mean 'group_size'?"
    assert refusal({"zzzzz": 1}).startswith("unknown key 'zzzzz' in the recipe; known: base, corpus, description")


def test_values_are_not_converted() -> None:
    assert refusal({"grpo": {"steps": "5"}}) == "grpo.steps is '5'; it should be a valid integer"
    assert refusal({"grpo": {"steps": 1.5}}).startswith("grpo.steps is 1.5; it should be a valid integer")
    assert refusal({"grpo": {"steps": True}}) == "grpo.steps is True; it should be a valid integer"
    assert refusal({"stages": []}).startswith("stages is []; it should have at least 1 item")
    assert refusal({"grpo": 5}) == "grpo is 5; it should be a table"
    assert refusal({"seed": -1}) == "seed is -1; it should be greater than or equal to 0"
    assert parse_recipe({"name": "x", "stages": ["eval"], "grpo": {"kl": 0}}).grpo.kl == 0.0


def test_all_mistakes_are_told_at_once() -> None:
    text = refusal({"stages": ["rest"], "model": {"hidden_size": 0}, "tasks": [{}]})
    assert text.splitlines() == [
        "stages.0 is 'rest'; it should be "
        "'tokenizer', 'pretrain', 'midtrain', 'sft', 'grpo', 'rejection', 'eval' or 'report'",
        "model.hidden_size is 0; it should be greater than 0",
        "tasks.0.family is missing; it has no default",
    ]


def test_a_rule_between_settings_names_their_table() -> None:
    assert refusal({"grpo": {"group_size": 1}}).startswith("grpo: group_size is 1, but 'dr_grpo' compares")
    assert refusal({"stages": ["grpo"]}).startswith("the stage 'grpo' has no problems to ask")
    assert "path" in refusal({"tasks": [{"family": "jsonl"}]})


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_broken_file_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"broken\.toml is not valid TOML"):
        load_recipe(str(path))


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*none\.toml: No such file"):
        load_recipe(str(tmp_path / "none.toml"))


text = st.text(st.characters(exclude_categories=["Cs"]))
number = st.floats(0, 1e30)
recipes = st.builds(
    Recipe,
    name=text.filter(bool),
    description=text,
    seed=st.integers(0, 2**63 - 1),
    stages=st.just(("eval",)),
    base=text,
    reward=st.dictionaries(text, number, max_size=3),
    tasks=st.lists(
        st.builds(
            TaskShare, family=text.filter(lambda t: t != "jsonl"), levels=st.just((2, 3)), weight=st.integers(1, 9)
        ),
        max_size=2,
    ).map(tuple),
    grpo=st.builds(
        GrpoConfig, lr=number.filter(bool), clip_high=st.none() | number, clip_low=st.none() | st.floats(0, 1)
    ),
)


@given(recipes)
def test_written_and_read_back_it_is_the_same(recipe: Recipe) -> None:
    assert parse_recipe(toml.tomllib.loads(to_toml(recipe))) == recipe


def test_the_resolved_recipe_explains_itself(small: str) -> None:
    written = to_toml(load_recipe(small))
    assert written.splitlines()[0] == "# grpo: 3 steps of 32 prompts x 8 answers = 256 rollouts"
    assert "steps = 3  # times to ask, answer, judge and update" in written.splitlines()
    assert "# clip_low =  # instead of the objective's own lower clip" in written.splitlines()
    assert "[[tasks]]" in written.splitlines()


def test_set_value_makes_no_table_on_the_way_to_an_error() -> None:
    table = {"seed": 1}
    with pytest.raises(RecipeError):
        set_value(table, "seed.x=1")
    assert table == {"seed": 1}
