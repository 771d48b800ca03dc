"""Scratchwork: teach a language model to reason with nothing but right answers, and watch the thinking emerge.

The pipeline, folder by folder; each imports only what stands above it:

    types, config, runs   the nouns, the recipe, the run folder
    tasks                 ask: problems with checkable answers, and the text a base model is raised on
    reward                judge: one grammar of thinking and answer, verifiers, a rubric
    objective             give credit: rewards to advantages, advantages to a loss
    model                 answer: tokenizer, transformer, checkpoints in Hugging Face's layout
    rollout               sample: the engine, and problems made into scored groups
    train                 update: one readable loop a stage (pretrain, sft, grpo)
    evaluate              measure: pass@k, maj@k and their intervals on held-out problems
    observe               read what emerged, from the run folder alone
    serve                 talk to the model that came of it
    recipe, cli           run the stages a recipe lists, in its order

Importing the package loads none of it: a name below is fetched when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Problem": "types",
    "Completion": "types",
    "Rollout": "types",
    "Group": "types",
    "Score": "types",
    "UserError": "errors",
    "Recipe": "config",
    "load_recipe": "toml",
    "RunFolder": "runs",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
