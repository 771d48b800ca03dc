"""The recipe: one frozen table of settings per stage, with a line on each.

A recipe is data: it lists the stages to run and their settings. `toml.py` reads and writes it. Left out: names of
classes or functions (a recipe cannot choose code). What only another layer can know, such as a task's name or a
reward's, is checked there.
"""

from scratchwork.config.learning import EvalConfig, GrpoConfig, HeldOutConfig, RejectionConfig, RolloutConfig, TaskShare
from scratchwork.config.model import ModelConfig, TokenizerConfig
from scratchwork.config.reading import CorpusConfig, MidtrainConfig, PretrainConfig, SftConfig
from scratchwork.config.recipe import Recipe
from scratchwork.config.section import (
    HABITS,
    Architecture,
    Fraction,
    Level,
    ObjectiveName,
    Optimizer,
    Precision,
    Section,
    SeedNumber,
    Stage,
)

__all__ = [
    "HABITS",
    "Architecture",
    "CorpusConfig",
    "EvalConfig",
    "Fraction",
    "GrpoConfig",
    "HeldOutConfig",
    "Level",
    "MidtrainConfig",
    "ModelConfig",
    "ObjectiveName",
    "Optimizer",
    "Precision",
    "PretrainConfig",
    "Recipe",
    "RejectionConfig",
    "RolloutConfig",
    "Section",
    "SeedNumber",
    "SftConfig",
    "Stage",
    "TaskShare",
    "TokenizerConfig",
]
