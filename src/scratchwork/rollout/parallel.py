"""An engine of several processes, for a CPU: one token a row is too little work for threads to share.

With two threads a decode step of a small model is hardly faster than with one: each of its hundred operations is over
before a second core has joined. Two processes with one thread each answer nearly twice as much in the same time. This
process is one of them, and takes its share of the prompts; the others wait for theirs. Weights travel as safetensors.

A text does not depend on how many processes there are: every draw is a hash of its sequence's own seed.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from typing import Any, Self

import torch
from safetensors.torch import load, save
from torch import Tensor

from scratchwork.config import ModelConfig
from scratchwork.errors import UserError
from scratchwork.model.transformer import Transformer
from scratchwork.rollout.decoding import Prompt, room_for
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from scratchwork.types import Completion

ROWS = 64  # fewer than these at once in a process do not pay for its own reading of the weights


class ParallelEngine:
    """An Engine on a `Transformer` in this process and copies of it in others. To be used in a `with` block.

    `slots`: sequences decoded together, over all processes; `processes`: this one counted, and by default as many as
    there are threads to compute with, if each gets ROWS of them. One is a TorchEngine and no other process.
    """

    def __init__(self, model: Transformer, slots: int = 256, processes: int | None = None) -> None:
        threads = torch.get_num_threads()
        alone = model.cos.device.type != "cpu"  # a GPU is shared by no one
        count = 1 if alone else processes or max(1, min(threads, slots // ROWS))
        self.threads = max(1, threads // count)  # of each
        self.own = TorchEngine(model, -(-slots // count))
        self.helpers = [Helper(model.config, self.own.slots, self.threads) for _ in range(count - 1)]
        self.load_weights(model.state_dict())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the other processes."""
        for helper in self.helpers:
            helper.close()

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        self.own.load_weights(state)
        weights = save({name: tensor.clone() for name, tensor in state.items()}) if self.helpers else b""
        for helper in self.helpers:
            helper.send("load", weights)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Raises UserError for an empty prompt, one that leaves no room for `max_tokens`, or a process that died."""
        room_for(prompts, sampling.max_tokens, self.own.model.config.max_position_embeddings)
        try:
            return self.shared_out(prompts, sampling)
        except BaseException:
            self.close()  # lest a later call should be given the answers to this one
            raise

    def shared_out(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        count = 1 + len(self.helpers)
        for i, helper in enumerate(self.helpers, 1):
            helper.send("generate", (prompts[i::count], sampling))
        answers: list[list[Completion]] = [[] for _ in prompts]
        with computing_with(self.threads):
            answers[::count] = self.own.generate(prompts[::count], sampling)
        for i, helper in enumerate(self.helpers, 1):
            answers[i::count] = helper.receive()
        return answers


class Helper:
    """Another process with a TorchEngine of its own, seen from this one."""

    def __init__(self, config: ModelConfig, slots: int, threads: int) -> None:
        context = get_context("spawn")  # a forked process would inherit a pool of threads that are not there
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=help_out, args=(theirs, config, slots, threads), daemon=True)
        with no_signals():
            self.process.start()
        theirs.close()

    def send(self, what: str, content: Any) -> None:
        """Raises UserError when the process is gone."""
        try:
            self.line.send((what, content))
        except OSError as error:
            raise self.gone() from error

    def receive(self) -> list[list[Completion]]:
        """What it was asked for. Raises UserError when the process is gone, and what was raised there."""
        try:
            answer = self.line.recv()
        except (EOFError, OSError) as error:
            raise self.gone() from error
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def gone(self) -> UserError:
        self.process.join(timeout=5)
        return UserError(
            f"a process that samples answers ended (exit code {self.process.exitcode}); if memory ran out, set slots "
            "lower, or threads to 1, which needs no other process"
        )

    def close(self) -> None:
        """End it, whatever it is doing: it keeps nothing."""
        self.line.close()
        self.process.kill()
        self.process.join()


def help_out(line: Connection, config: ModelConfig, slots: int, threads: int) -> None:
    """What the other process does until nobody is at the other end of the line."""
    torch.set_num_threads(threads)
    engine = TorchEngine(Transformer(config), slots)
    try:
        while True:
            what, content = line.recv()
            if what == "load":
                engine.load_weights(load(content))
                continue
            try:
                line.send(engine.generate(*content))
            except Exception as error:
                line.send(error)
    except (EOFError, OSError):
        return


@contextmanager
def no_signals() -> Iterator[None]:
    """A process that is started within the block never hears Ctrl-C, which a terminal sends to all of a run's, nor
    SIGTERM: they are for the one that saves. This process hears them afterwards.
    """
    resource_tracker.ensure_running()  # when `start` has to, it lets the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def computing_with(threads: int) -> Iterator[None]:
    """Within the block this process computes with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
