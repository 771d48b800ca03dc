"""Makes tests/foreign/trl_sample anew: four steps of TRL's GRPOTrainer on the shipped base (TRL 1.16, a minute).

    python -m tests.foreign.record FOLDER

Kept of it: completions/ but for the last step's (a shard that is missing), checkpoint-2/trainer_state.json and
trainer_state.json; of what it printed (trl_printed.txt) the lines of numbers and the titles of the tables.

verl_sample holds the same answers as verl writes them: its bytes were made by verl's own functions `_dump_generations`
and `concat_dict_to_str` (github.com/volcengine/verl, commit b178a3cd), called with these answers. No verl trainer ran.
"""

from __future__ import annotations

import sys
from typing import Any

import torch

from scratchwork.recipe import world
from scratchwork.recipe.models import find_model
from scratchwork.reward.trl import reward_function
from scratchwork.toml import load_recipe

STEPS, PROMPTS, SAMPLES = 4, 3, 4


def format_reward(prompts: Any, completions: Any, **columns: Any) -> list[float]:
    return [0.5 if turns[-1]["content"].count("\\boxed{") == 1 else 0.0 for turns in completions]


def main(folder: str) -> None:
    # Here and not above: tests are collected where TRL is not installed.
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    from benchmarks.rl_step import row_of

    recipe = load_recipe("zero", ["seed=3"])
    judge = reward_function(world.rubric(recipe))

    def accuracy_reward(prompts: Any, completions: Any, log_extra: Any = None, **columns: Any) -> list[float]:
        if log_extra:
            log_extra("solution", list(columns["answer"]))
        return judge(prompts, completions, **columns)

    torch.set_num_threads(1)
    drawn = world.problem_source(recipe).take(0, STEPS * PROMPTS * 4)
    problems = [problem for problem in drawn if problem.family in ("apples", "countdown")][: STEPS * PROMPTS]
    base = find_model("scratch-base")
    settings = GRPOConfig(
        output_dir=folder,
        max_steps=STEPS,
        num_generations=SAMPLES,
        max_completion_length=40,
        per_device_train_batch_size=PROMPTS * SAMPLES,
        gradient_accumulation_steps=1,
        reward_weights=[1.0, 0.2],
        loss_type="dr_grpo",
        scale_rewards="none",
        learning_rate=1e-4,
        lr_scheduler_type="constant",
        shuffle_dataset=False,
        seed=1,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to=[],
        logging_steps=1,
        save_steps=STEPS // 2,
        log_completions=True,
    )
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
        processing_class=AutoTokenizer.from_pretrained(base),
        reward_funcs=[accuracy_reward, format_reward],
        args=settings,
        train_dataset=Dataset.from_list([row_of(problem) for problem in problems]),
    )
    trainer.train()
    trainer.save_state()


if __name__ == "__main__":
    main(sys.argv[1])
