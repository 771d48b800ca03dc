"""The loop's view of a run folder (train/session.py says what a loop needs), and how a loop is asked to stop.

The first Ctrl-C or SIGTERM lets the loop finish its step and save; the second one stops at once. Being killed at any
moment loses the steps since the last checkpoint: going on forgets their lines and rollouts, and does them again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from torch import Tensor

from scratchwork.model.checkpoint import save_checkpoint
from scratchwork.model.state import StateError
from scratchwork.model.transformer import Transformer
from scratchwork.observe.doctor.rules import Doctor
from scratchwork.observe.doctor.silence import no_signal_sentence
from scratchwork.observe.metrics import step_metrics
from scratchwork.observe.view import View
from scratchwork.recipe.following import Following
from scratchwork.recipe.job import Job
from scratchwork.runs import ANSWERING
from scratchwork.shapes import Trainer, flaw
from scratchwork.train.optim import Optimizer
from scratchwork.train.session import Progress
from scratchwork.types import Group


class Stopped(Exception):
    """Someone asked to stop; all is saved."""


@dataclass
class RunSession:
    """A `Session` that writes the run folder of `job`. `every`: steps between checkpoints; 0 = only the last."""

    job: Job
    view: View
    stage: str
    steps: int
    every: int
    optimizer: Optimizer
    reference: Transformer | None = None
    following: Following | None = None
    stopping: bool = False
    saved: int = 0  # the step of the newest checkpoint
    tokens: float = 0.0  # of the newest step's `num_tokens`
    doctor: Doctor = field(init=False)

    def __post_init__(self) -> None:
        self.doctor = Doctor(self.job.recipe.grpo.model_dump())

    def restore(self) -> Progress:
        """Bring the optimizer, the reference and the folder to where the newest checkpoint of this stage is.

        Raises StateError when the checkpoint's state is not one of this stage.
        """
        state, progress, run = self.job.trainer_state(self.stage), Progress(), self.job.run
        if state:
            if why := flaw(state, Trainer):
                raise StateError(f"its state is damaged: {why}")
            self.optimizer.restore(state["optimizer"])
            if self.reference is not None:
                load_reference(self.reference, state.get("reference"))
            progress = Progress(state["step"], state["position"], state["extra"])
        run.truncate_journal(self.stage, progress.step)
        if self.stage in ANSWERING:
            run.forget_answers(progress.step if progress.step else -1)
            if not progress.step:
                run.truncate_journal("held_out", -1)
        lines = run.journal()
        self.tokens = next(
            (line.get("num_tokens", 0.0) for line in reversed(lines) if line["stage"] == self.stage), 0.0
        )
        for line in lines:
            self.doctor.see(line)  # what it found then was told then
        self.saved = progress.step
        return progress

    def measure(self, groups: Sequence[Group]) -> Mapping[str, float]:
        """The metrics of a step, `num_tokens` counted from the run's beginning."""
        return step_metrics(groups, tokens_before=int(self.tokens))

    def log(self, step: int, metrics: Mapping[str, float], groups: Sequence[Group] = ()) -> None:
        line: dict[str, float | str] = dict(metrics)
        idle = not metrics.get("grad_norm")  # a reward's shape, or a baseline over the batch, may teach all the same
        told = [sentence] if idle and (sentence := no_signal_sentence(groups)) else []
        told += map(str, self.doctor.see({**line, "stage": self.stage, "step": step}))
        if told:
            line["note"] = "\n".join(told)
        for sentence in told:
            self.view.note(f"step {step}: {sentence}")
        self.job.run.append(self.stage, step, line)
        if groups:
            self.job.run.write_rollouts(step, groups)
        self.tokens = metrics.get("num_tokens", self.tokens)
        self.view.step({**line, "stage": self.stage, "step": step}, groups)
        if self.following and self.following.due(step, self.steps):
            self.follow(step)

    def follow(self, step: int) -> None:
        """Ask the held-out problems again, and say how it went."""
        if self.following:
            metrics = self.following.ask(self.job.run, step)
            self.view.note(self.following.told(step, metrics))
            for finding in self.doctor.see({**metrics, "stage": "held_out", "step": step}):
                self.view.note(f"step {step}: {finding}")

    def due(self, step: int) -> bool:
        return self.stopping or step == self.steps or bool(self.every and step % self.every == 0)

    def save(self, progress: Progress) -> None:
        standing = self.job.standing
        trainer = {
            "stage": self.stage,
            "step": progress.step,
            "position": progress.position,
            "extra": progress.extra,
            "optimizer": self.optimizer.state(),
            "reference": self.reference and self.reference.state_dict(),
        }
        number = self.job.steps_before(self.stage) + progress.step
        save_checkpoint(self.job.run.path / "checkpoints", number, standing.model, standing.tokenizer, trainer)
        self.saved = progress.step
        self.job.keep_progress()  # the time so far, lest being killed should lose it

    def failed(self, step: int, why: str, groups: Sequence[Group] = (), rows: Tensor | None = None) -> None:
        self.job.run.append(self.stage, step, {"failed": why})
        if groups:
            self.job.run.write_rollouts(step, groups)
        if rows is not None:
            self.job.run.write_json("failed.json", {"stage": self.stage, "step": step, "ids": rows.tolist()})

    @contextmanager
    def stops_on_signals(self) -> Iterator[None]:
        """Within the block Ctrl-C and SIGTERM set `stopping`, and a second one raises KeyboardInterrupt."""

        def ask(number: int, frame: FrameType | None) -> None:
            if self.stopping:
                raise KeyboardInterrupt
            self.stopping = True
            # Not `print`: a signal may come in the middle of one, which cannot be entered twice.
            os.write(2, b"\nFinishing this step, then saving. Once more stops at once.\n")

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def load_reference(model: Transformer, state: Any) -> None:
    """Give the reference its weights. Raises StateError when they are not of such a model."""
    found = {name: getattr(value, "shape", None) for name, value in state.items()} if isinstance(state, Mapping) else {}
    if found != {name: value.shape for name, value in model.state_dict().items()}:
        raise StateError("its reference is not a model of this shape")
    model.load_state_dict(state)
