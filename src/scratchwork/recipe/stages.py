"""The stages by name: what each one does to the job, and what it leaves in the run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scratchwork.config import PretrainConfig, RolloutConfig
from scratchwork.files import atomic_folder
from scratchwork.model.checkpoint import unusable
from scratchwork.model.state import StateError
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.observe.view import View
from scratchwork.recipe import world
from scratchwork.recipe.following import Following
from scratchwork.recipe.job import Job
from scratchwork.recipe.measure import describe, keep_evaluation, measure
from scratchwork.recipe.models import newest_checkpoint, with_way_on
from scratchwork.recipe.provenance import base_manifest
from scratchwork.recipe.session import RunSession, Stopped
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.engine import Engine, TorchEngine
from scratchwork.tasks.base import ProblemSource
from scratchwork.tasks.corpus import Corpus
from scratchwork.train.documents import CorpusPages, answer_pages
from scratchwork.train.gradients import warm_up
from scratchwork.train.grpo import Learner, grpo
from scratchwork.train.optim import Optimizer
from scratchwork.train.pretrain import supervised_loop
from scratchwork.train.rejection import Imitator, rejection
from scratchwork.train.session import Diverged, Progress

TOKENIZER_PAGES = 20_000  # at most; more change no merge that matters

Loop = Callable[[RunSession, Progress], Progress]


def train_tokenizer(job: Job, view: View) -> None:
    """Merges learnt from the first pages of the corpus, kept in tokenizer/."""
    recipe = job.recipe
    pages = min(TOKENIZER_PAGES, recipe.pretrain.tokens // 100)
    drills = (recipe.corpus.drills_start + recipe.corpus.drills_end) / 2
    corpus_text = texts(world.corpus(recipe), pages, drills)
    tokenizer = Tokenizer.train(corpus_text, recipe.model.vocab_size, recipe.tokenizer.digits)
    with atomic_folder(job.run.path / "tokenizer") as aside:
        tokenizer.save(aside)
    view.note(f"{tokenizer.vocab_size} tokens learnt from {pages:,} pages")


def texts(corpus: Corpus, pages: int, drills: float) -> Iterator[str]:
    """The parts of pages as the tokenizer sees them: it never encodes across two."""
    for page in (corpus.document(i, drills) for i in range(pages)):
        yield from (page.plain,) if page.plain else (page.question, page.thinking, page.answer)


def pretrain(job: Job, view: View, stage: str = "pretrain") -> None:
    """Next-token prediction on the corpus; base.json tells what the model was raised on."""
    recipe, model = job.recipe, job.standing.model
    config, c = (recipe.midtrain, recipe.midtrain.corpus) if stage == "midtrain" else (recipe.pretrain, recipe.corpus)
    pages = CorpusPages(world.corpus(recipe, stage), job.standing.tokenizer, c.drills_start, c.drills_end)
    optimizer = supervised_optimizer(model, config)

    def loop(session: RunSession, start: Progress) -> Progress:
        packer = pages.packer(config)
        return supervised_loop(model, optimizer, packer, config, session, start, pages.before_step)

    train(RunSession(job, view, stage, config.steps, config.checkpoint_every, optimizer), loop)
    older = None if "pretrain" in recipe.stages else job.run.read_json("base.json")
    job.run.write_json("base.json", base_manifest(recipe, model, job.run.journal(), older))


def midtrain(job: Job, view: View) -> None:
    """The same, gone on with: other pages, of other lengths."""
    pretrain(job, view, "midtrain")


def sft(job: Job, view: View) -> None:
    """Right answers given at once."""
    config, model = job.recipe.sft, job.standing.model
    optimizer = supervised_optimizer(model, config)

    def loop(session: RunSession, start: Progress) -> Progress:
        packer = answer_pages(world.problem_source(job.recipe), job.standing.tokenizer, config)
        return supervised_loop(model, optimizer, packer, config, session, start)

    train(RunSession(job, view, "sft", config.steps, config.checkpoint_every, optimizer), loop)


def reinforce(job: Job, view: View) -> None:
    """Reinforcement learning on right answers."""
    config, policy = job.recipe.grpo, job.standing.model
    engine = TorchEngine(policy, config.slots)
    learner = Learner(policy, policy_optimizer(policy, config), engine, *asking(job), config, job.recipe.seed)
    state = learner.optimizer, learner.reference
    session = RunSession(job, view, "grpo", config.steps, config.checkpoint_every, *state)
    answer(session, config, engine, lambda session, start: grpo(learner, session, session.measure, start))


def imitate(job: Job, view: View) -> None:
    """Supervised learning from the model's own right answers, as many asked as in reinforcement learning."""
    config, model = job.recipe.rejection, job.standing.model
    engine = TorchEngine(model, config.slots)
    own = Imitator(model, policy_optimizer(model, config), engine, *asking(job), config, job.recipe.seed)
    session = RunSession(job, view, "rejection", config.steps, config.checkpoint_every, own.optimizer)
    answer(session, config, engine, lambda session, start: rejection(own, session, session.measure, start))


def asking(job: Job) -> tuple[Tokenizer, Rubric, ProblemSource]:
    """How problems become prompts, how answers are judged, and where problems come from."""
    return job.standing.tokenizer, world.rubric(job.recipe), world.problem_source(job.recipe)


def answer(session: RunSession, config: RolloutConfig, engine: Engine, loop: Loop) -> None:
    """Train on answers, a handful of held-out problems asked before, in between and after."""
    recipe = session.job.recipe
    if recipe.held_out.every:
        session.following = Following.of(recipe, config, engine, session.job.standing.tokenizer)

    def followed(session: RunSession, start: Progress) -> Progress:
        if not start.step:
            session.follow(0)
        return loop(session, start)

    train(session, followed)


def supervised_optimizer(model: Transformer, config: PretrainConfig) -> Optimizer:
    return Optimizer(model, config.optimizer, config.lr, config.embed_lr, config.weight_decay)


def policy_optimizer(model: Transformer, config: RolloutConfig) -> Optimizer:
    return Optimizer(model, config.optimizer, config.lr, config.lr, config.weight_decay)


def train(session: RunSession, loop: Loop) -> None:
    """Run a loop from where the stage is. Raises Stopped when someone asked to stop; all is saved then.

    Raises CheckpointError when training cannot go on from the newest checkpoint.
    """
    seconds = warm_up(session.job.standing.model)  # before the first step is timed
    if seconds > 3:
        session.view.note(f"compiled the kernels of the training pass, once on this machine: {seconds:.0f} s")
    with session.stops_on_signals():
        try:
            progress = loop(session, session.restore())
        except Diverged as error:
            raise Diverged(f"{error}. {way_on(session)}") from error
        except StateError as error:
            path = newest_checkpoint(session.job.run.path)
            raise with_way_on(path, unusable(path, error)) from error
        if progress.step != session.saved:  # asked between the loop's last look at the calendar and its end
            session.save(progress)
    if progress.step < session.steps:
        raise Stopped(f"{session.stage} stopped after step {progress.step} of {session.steps}, all of it saved")


def way_on(session: RunSession) -> str:
    """What a person can do about a step that diverged, since every repetition of it will."""
    run = session.job.run
    kept = f"The step's data is kept in {run.path}"
    if not session.saved:
        return f"{kept}; start anew with other settings"
    checkpoint = run.path / "checkpoints" / f"step-{session.job.steps_before(session.stage) + session.saved:06d}"
    return f"{kept}; to go on from its last checkpoint with other settings: --set base={checkpoint}"


def evaluate(job: Job, view: View) -> None:
    """The model as it stands on the held-out problems: `base` before any fine-tuning, `final` after all of it."""
    label = eval_label(job.recipe.stages, job.stages_done)
    view.note(f"evaluating the {label} model on held-out problems ...")
    own, think = job.standing, world.thinks(job.recipe)
    result, groups = measure(own.model, own.tokenizer, job.recipe, think=think, view=view)
    keep_evaluation(job.run, label, result, groups)
    view.note(describe(label, result))


def eval_label(stages: tuple[str, ...], index: int) -> str:
    """What the evaluation at `index` is called: `base`, `final`, or in between the stage that it follows.

    >>> stages = ("eval", "sft", "eval", "grpo", "eval", "report")
    >>> [eval_label(stages, i) for i in (0, 2, 4)]
    ['base', 'sft', 'final']
    """
    tuning = [stage for stage in stages[:index] if stage in world.ASKING]
    if not tuning:
        return "base"
    return tuning[-1] if set(world.ASKING) & set(stages[index:]) else "final"


def report(job: Job, view: View) -> None:
    """summary.json and report.html."""
    from scratchwork.observe.summary import write_summary
    from scratchwork.watch.frozen import freeze_report

    write_summary(job.run, seconds_total=job.seconds, peak_memory_mb=job.peak_memory_mb)
    freeze_report(job.run, ended=True)


STAGES: dict[str, Callable[[Job, View], None]] = {
    "tokenizer": train_tokenizer,
    "pretrain": pretrain,
    "midtrain": midtrain,
    "sft": sft,
    "grpo": reinforce,
    "rejection": imitate,
    "eval": evaluate,
    "report": report,
}


def run_stages(job: Job, view: View) -> None:
    """The stages that are not done yet, in order. Raises Stopped, KeyboardInterrupt, and whatever a stage raises."""
    try:
        for name in job.recipe.stages[job.stages_done :]:
            STAGES[name](job, view)
            job.stages_done += 1
            job.keep_progress()
    finally:
        job.keep_progress()
