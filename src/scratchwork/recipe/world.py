"""What a recipe's words stand for: its tasks, its corpus and its rubric; and whether they can do what it asks.

`check` runs before there is a run folder, so that a recipe that cannot work leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path

from scratchwork.config import Recipe, TaskShare
from scratchwork.errors import UserError, suggestion
from scratchwork.evaluate import held_out_problems
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.reward.rubric import Rubric, RubricError
from scratchwork.runs import ANSWERING
from scratchwork.tasks.apples import classic_apple_problem
from scratchwork.tasks.base import ProblemSource, Share, Task, TaskError
from scratchwork.tasks.corpus import TASKS, Corpus
from scratchwork.tasks.jsonl import Jsonl
from scratchwork.tasks.writers.habits import Dials
from scratchwork.types import Problem

TRAINING = ("pretrain", "midtrain", "sft", "grpo", "rejection")
READING = ("pretrain", "midtrain")  # those that train on the corpus
ASKING = ("sft", "grpo", "rejection")  # those that train on problems


def check(recipe: Recipe) -> None:
    """Raises UserError when the stages do not fit together, or a task, the corpus or the rubric cannot be made."""
    for stage in ("tokenizer", *TRAINING):
        if recipe.stages.count(stage) > 1:
            raise UserError(
                f"stages lists {stage!r} twice; a run takes it once, so make the second one a run of its own"
            )
    if "tokenizer" in recipe.stages and recipe.stages[0] != "tokenizer":
        raise UserError("stages has 'tokenizer' after other stages; it comes first, for nothing can be read without it")
    if "midtrain" in recipe.stages and "pretrain" in recipe.stages[recipe.stages.index("midtrain") :]:
        raise UserError("stages has 'pretrain' after 'midtrain'; midtraining goes on with what pretraining made")
    if "tokenizer" in recipe.stages and "pretrain" not in recipe.stages:
        raise UserError("stages has 'tokenizer' without 'pretrain'; a new tokenizer needs a new model")
    if set(ASKING) & set(recipe.stages):
        source = problem_source(recipe)
        source.take(0, len(source.cycle))  # each family at each of its levels
        rubric(recipe)
    if "rejection" in recipe.stages and {name for name, weight in recipe.reward.items() if weight} != {"accuracy"}:
        raise UserError(
            f"reward is {recipe.reward}, but the stage 'rejection' keeps right answers and looks at nothing else; "
            "leave accuracy as the only weight"
        )
    for stage in set(READING) & set(recipe.stages):
        corpus(recipe, stage)
    if "eval" in recipe.stages:
        eval_problems(recipe)


def check_room(recipe: Recipe, tokenizer: Tokenizer, positions: int) -> None:
    """Raises UserError when rows or answers cannot fit: a cap below the shortest right one, or past `positions`."""
    for stage in {*READING, "sft"} & set(recipe.stages):
        length = getattr(recipe, stage).sequence_length
        if length > positions:
            raise UserError(
                f"{stage}.sequence_length is {length}, but the model ends at {positions} (max_position_embeddings); "
                "shorten it"
            )
    asked: dict[str, tuple[int, Callable[[], Sequence[Problem]]]] = {
        **{
            stage: (getattr(recipe, stage).max_tokens, lambda: training_problems(recipe) + followed_problems(recipe))
            for stage in ANSWERING
        },
        "eval": (recipe.eval.max_tokens, lambda: eval_problems(recipe)),
    }
    for stage in sorted(asked.keys() & set(recipe.stages), reverse=True):
        cap, problems = asked[stage][0], asked[stage][1]()
        shortest = min(len(tokenizer.encode(f"\\boxed{{{p.answer}}}")) for p in problems) + 2  # </think> and <|end|>
        if cap < shortest:
            raise UserError(
                f"{stage}.max_tokens is {cap}, but the shortest right answer takes {shortest} tokens; raise it"
            )
        longest = max(len(tokenizer.prompt_ids(p.prompt)) for p in problems)
        if longest + cap > positions:
            raise UserError(
                f"{stage}.max_tokens is {cap}, which with a prompt of {longest} tokens is beyond the model's "
                f"{positions} (max_position_embeddings); set it to {positions - longest} at most"
            )


def thinks(recipe: Recipe) -> bool:
    """False when the recipe ends in a model that answers at once; its base is then asked the same way."""
    trained = [stage for stage in recipe.stages if stage in TRAINING]
    return trained[-1:] != ["sft"]


def make_task(share: TaskShare) -> Task:
    """Raises UserError for a family that there is not, or a file that cannot be read."""
    if share.path is not None:
        return Jsonl(Path(share.path))
    if share.family not in TASKS:
        raise UserError(f"tasks.family is {share.family!r}; {suggestion(share.family, [*TASKS, Jsonl.family])}")
    return TASKS[share.family]()


def problem_source(recipe: Recipe) -> ProblemSource:
    """The mixture of problems to train on."""
    if not recipe.tasks:
        raise UserError("the recipe has no problems to train on; add at least one [[tasks]] table")
    return ProblemSource([Share(make_task(s), s.levels, s.weight) for s in recipe.tasks], recipe.seed)


def training_problems(recipe: Recipe) -> list[Problem]:
    """Problems to measure prompts by: all of a file's, and some of each family's."""
    tasks = [make_task(share) for share in recipe.tasks]
    own = [p for task in tasks if isinstance(task, Jsonl) for level in task.problems.values() for p in level]
    return own + problem_source(recipe).take(0, 64)


def mappings(recipe: Recipe) -> list[str]:
    """A line on each file of problems: which column was taken for what, and what was left out."""
    return [str(make_task(share)) for share in recipe.tasks if share.path is not None]


def eval_problems(recipe: Recipe) -> list[Problem]:
    """The held-out problems, the same for every model and every seed of a run."""
    files = {share.path: share for share in recipe.tasks if share.path is not None}
    tasks: dict[str, Task] = {name: task() for name, task in TASKS.items()}
    if Jsonl.family in recipe.eval.families:
        if len(files) != 1:
            raise UserError(f"eval.families names 'jsonl', but [[tasks]] has {len(files)} files; it needs exactly one")
        tasks[Jsonl.family] = make_task(*files.values())
    for family in recipe.eval.families:
        if family not in tasks:
            raise UserError(f"eval.families names {family!r}; {suggestion(family, tasks)}")
    return held_out_problems(tasks, recipe.eval.families, recipe.eval.problems, recipe.eval.seed)


def followed_problems(recipe: Recipe) -> list[Problem]:
    """What reinforcement learning asks again and again, of none of which it learns: the classic apple problem, then of
    each family and level of the mixture in turn. One that has no such problems (a short file's) is left out.
    """
    config, pairs = recipe.held_out, [(make_task(share), level) for share in recipe.tasks for level in share.levels]
    each = -(-(config.problems - 1) // max(len(pairs), 1))
    drawn: list[list[Problem]] = []
    for task, level in pairs:
        with suppress(TaskError):
            drawn.append(held_out_problems({task.family: task}, {task.family: [level]}, each, recipe.eval.seed))
    turns = [problem for turn in zip_longest(*drawn) for problem in turn if problem is not None]
    unique = {problem.id: problem for problem in [classic_apple_problem(), *turns]}
    return list(unique.values())[: config.problems]


def corpus(recipe: Recipe, stage: str = "pretrain") -> Corpus:
    """The small internet that a stage reads: of the [corpus] table, or of [midtrain.corpus], whose pages are others."""
    c = recipe.midtrain.corpus if stage == "midtrain" else recipe.corpus
    seed = f"{recipe.seed}/midtrain" if stage == "midtrain" else recipe.seed
    return Corpus(c.families, Dials(c.habits, c.slip, c.go_on, c.max_attempts, c.insight), seed, c.levels)


def rubric(recipe: Recipe) -> Rubric:
    """The rubric of the [reward] table; it measures accuracy whether or not that pays."""
    try:
        return Rubric({"accuracy": 0.0, **recipe.reward})
    except RubricError as error:
        raise UserError(str(error)) from error
