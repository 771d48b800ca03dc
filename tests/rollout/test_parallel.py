"""ParallelEngine: the contract of every engine with two processes, and what becomes of the other one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
import torch

from scratchwork.errors import UserError
from scratchwork.model.transformer import Transformer
from scratchwork.rollout.engine import Engine, TorchEngine
from scratchwork.rollout.parallel import ParallelEngine
from scratchwork.rollout.sampling import Sampling
from tests.rollout.engine_contract import STOPS, EngineContract, random_model, some_prompts

SAMPLING = Sampling(20, stop_ids=STOPS)


@pytest.fixture(scope="module")
def two() -> Iterator[ParallelEngine]:
    """Starting a process takes seconds, so all tests share it."""
    torch.set_num_threads(1)
    with ParallelEngine(random_model(), slots=10, processes=2) as engine:
        yield engine


class TestTwoProcesses(EngineContract):
    @pytest.fixture(autouse=True)
    def shared(self, two: ParallelEngine) -> None:
        self.two = two

    def make_engine(self, model: Transformer, slots: int) -> Engine:
        self.two.load_weights(model.state_dict())
        return self.two


def test_as_many_processes_as_one_says_the_same(two: ParallelEngine) -> None:
    two.load_weights(random_model(3).state_dict())
    ours, theirs = (engine.generate(some_prompts(7), SAMPLING) for engine in (two, TorchEngine(random_model(3), 64)))
    for one, other in ((c, d) for g, h in zip(ours, theirs, strict=True) for c, d in zip(g, h, strict=True)):
        assert (one.ids, one.finish_reason) == (other.ids, other.finish_reason)
        assert one.sampled_logprobs == pytest.approx(other.sampled_logprobs, abs=1e-5)


def test_few_rows_or_one_thread_need_no_other_process() -> None:
    torch.set_num_threads(2)
    with ParallelEngine(random_model(), slots=100) as few:
        assert few.helpers == []
    torch.set_num_threads(1)
    with ParallelEngine(random_model(), slots=1000) as one:
        assert one.helpers == []


def test_threads_are_as_they_were(two: ParallelEngine) -> None:
    torch.set_num_threads(2)
    two.generate(some_prompts(2), SAMPLING)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)


def test_ctrl_c_is_for_the_one_that_saves() -> None:
    """From the first moment on, when the other process is still loading what it needs."""
    with ParallelEngine(random_model(), slots=10, processes=2) as engine:
        [helper] = engine.helpers
        assert helper.process.pid is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(helper.process.pid, number)
        assert len(engine.generate(some_prompts(3), SAMPLING)) == 3
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT, signal.SIGTERM} == set()


def test_a_call_that_broke_off_leaves_no_answers_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    with ParallelEngine(random_model(), slots=10, processes=2) as engine:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(engine.own, "generate", interrupted)
            engine.generate(some_prompts(4), SAMPLING)
        with pytest.raises(UserError, match="a process that samples answers ended"):
            engine.generate(some_prompts(2), SAMPLING)


def test_a_process_that_was_killed_is_a_sentence_and_none_is_left() -> None:
    with ParallelEngine(random_model(), slots=10, processes=2) as engine:
        [helper] = engine.helpers
        assert helper.process.pid is not None
        os.kill(helper.process.pid, signal.SIGKILL)
        helper.process.join(5)
        with pytest.raises(UserError, match=r"a process that samples answers ended \(exit code -9\); .* threads to 1"):
            engine.generate(some_prompts(), SAMPLING)
    assert not helper.process.is_alive()
