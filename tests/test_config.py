"""The recipe's tables: what they derive, and what they refuse."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from scratchwork.config import HABITS, CorpusConfig, GrpoConfig, ModelConfig, ObjectiveName, PretrainConfig, Recipe
from scratchwork.objective.policy_loss import OBJECTIVES
from scratchwork.tasks.writers import habits


def sections(model: type[BaseModel] = Recipe) -> list[type[BaseModel]]:
    found = [model]
    for field in model.model_fields.values():
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found += sections(inner)
    return found


def test_every_setting_says_what_it_is() -> None:
    described = {
        f"{section.__name__}.{name}": field.description
        for section in sections()
        for name, field in section.model_fields.items()
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel))
    }
    assert len(described) > 80
    assert [name for name, text in described.items() if text is None or "\n" in text] == []


def test_defaults_obey_their_own_limits() -> None:
    for section in sections():
        required = {"name": "x", "stages": ["eval"], "family": "apples"}
        given = {name: required[name] for name, field in section.model_fields.items() if field.is_required()}
        made = section.model_validate(given, strict=False)
        assert section.model_validate_json(made.model_dump_json()) == made


def test_names_agree_with_the_layers_that_own_them() -> None:
    assert set(get_args(ObjectiveName)) == set(OBJECTIVES)
    assert set(HABITS) == set(habits.HABITS)


def test_head_dim_follows_from_the_width_unless_given() -> None:
    assert ModelConfig(hidden_size=256, num_attention_heads=4, num_key_value_heads=2).head_dim == 64
    assert ModelConfig(hidden_size=256, num_attention_heads=4, num_key_value_heads=2, head_dim=32).head_dim == 32


def test_batch_arithmetic() -> None:
    assert GrpoConfig(prompts_per_step=32, group_size=8).rollouts_per_step == 256
    assert PretrainConfig(tokens=1000, batch_tokens=600, sequence_length=100).steps == 2
    assert PretrainConfig(tokens=1200, batch_tokens=600, sequence_length=100).steps == 2


def test_nothing_can_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        GrpoConfig().steps = 5  # type: ignore[misc]


def test_a_group_of_one_needs_an_objective_without_group_baseline() -> None:
    assert GrpoConfig(group_size=1, objective="ppo_clip").rollouts_per_step == 32
    for objective in set(get_args(ObjectiveName)) - {"ppo_clip"}:
        with pytest.raises(ValidationError, match=r"group_size is 1, but .* use at least 2"):
            GrpoConfig(group_size=1, objective=objective)


@pytest.mark.parametrize(
    ("section", "settings", "sentence"),
    [
        (ModelConfig, {"num_attention_heads": 6, "num_key_value_heads": 4}, "must divide num_attention_heads"),
        (ModelConfig, {"hidden_size": 18, "num_attention_heads": 6}, "head_dim is 3; .* even"),
        (CorpusConfig, {"habits": {"terze": 1.0}}, "'terze' is not a writer's habit; did you mean 'terse'"),
        (CorpusConfig, {"habits": {"terse": 0.0}}, "the shares sum to 0"),
        (CorpusConfig, {"slip": {"steps": 1.5}}, "less than or equal to 1"),
        (PretrainConfig, {"warmup": 0.7, "cooldown": 0.4}, "may sum to 1 at most"),
        (PretrainConfig, {"sequence_length": 512, "batch_tokens": 256}, "must hold at least one row"),
        (GrpoConfig, {"temperature": 0.0}, "greater than or equal to 0.01"),
        (GrpoConfig, {"lr": float("nan")}, "finite"),
        (GrpoConfig, {"minibatches_per_step": 3}, "must divide the 256 rollouts of a step"),
        (GrpoConfig, {"soft_overlong": 401, "max_tokens": 400}, "can be max_tokens at most"),
        (Recipe, {"name": "x", "stages": ("grpo",)}, "no problems to ask"),
        (
            Recipe,
            {"name": "x", "stages": ("pretrain",), "model": ModelConfig(max_position_embeddings=256)},
            "sequence_length is 512, but the model ends at max_position_embeddings 256",
        ),
    ],
)
def test_numbers_that_do_not_fit_are_refused(section: type[BaseModel], settings: dict, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        section(**settings)
