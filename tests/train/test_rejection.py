"""Rejection-sampling fine-tuning on a tiny model: what is kept, that it learns, and that going on is exact."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from scratchwork.config import GrpoConfig, RejectionConfig
from scratchwork.reward.rubric import Rubric
from scratchwork.reward.verify import VerifierError
from scratchwork.rollout.engine import TorchEngine
from scratchwork.tasks.base import ProblemSource, Share
from scratchwork.train import grpo
from scratchwork.train.optim import Optimizer
from scratchwork.train.rejection import Imitator, ask, imitate, rejection, right_answers
from scratchwork.train.session import Diverged, Progress
from scratchwork.types import Group, Score

SETTINGS = dict(steps=3, prompts_per_step=4, group_size=4, max_tokens=12, lr=3e-3, slots=16, tokens_per_microbatch=256)


def ends(attempt):
    """A stand-in for the verifier that needs no reading: right is an answer that stops by itself."""
    return float(attempt.finish_reason == "stop")


def fails(attempt):
    raise VerifierError("it cannot tell")


@pytest.fixture
def imitator(tokenizer, tiny_model, digits):
    def make(component=ends, seed=0, **settings):
        config = RejectionConfig(**{**SETTINGS, **settings})
        model = tiny_model(seed)
        return Imitator(
            model,
            Optimizer(model, config.optimizer, config.lr, config.lr, 0.0),
            TorchEngine(model, config.slots),
            tokenizer,
            Rubric({"accuracy": 1.0}, components={"accuracy": component}),
            ProblemSource([Share(digits, (1, 2))], seed=0),
            config,
            seed=0,
        )

    return make


def weights(own):
    return [p.detach().clone() for p in own.model.parameters()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def judged(groups, score, finish_reason="stop"):
    """The same answers with another verdict."""
    return [
        Group(g.problem, tuple(replace(r, score=score, finish_reason=finish_reason) for r in g.rollouts))
        for g in groups
    ]


RIGHT, WRONG = Score(1.0, {"accuracy": 1.0}), Score(0.0, {"accuracy": 0.0})


def test_only_right_answers_that_ended_are_kept(imitator):
    one, two, three, four = ask(imitator(), Progress())
    failed = Score(None, {}, error="accuracy: VerifierError: it cannot tell")
    half = Score(None, {"accuracy": 1.0}, error="form: it broke")  # right, and yet without a reward
    mixed = [*judged([one], RIGHT), *judged([two], WRONG), *judged([three], failed), *judged([four], half)]
    assert right_answers(mixed) == list(mixed[0].rollouts)
    assert right_answers(judged([one], RIGHT, "length")) == []


def test_wrong_answers_move_no_weight(imitator, recorder):
    own, session = imitator(component=lambda attempt: 0.0), recorder()
    before = weights(own)
    rejection(own, session, lambda groups: {})
    assert same(before, weights(own))
    assert [(line["loss"], line["grad_norm"], line["rejection/kept"]) for _, line in session.lines] == [(0, 0, 0)] * 3


def test_a_failed_verifier_moves_no_weight(imitator, recorder):
    own = imitator(component=fails)
    before = weights(own)
    progress = rejection(
        own, recorder(), lambda groups: {"reward/none": sum(r is None for g in groups for r in g.rewards)}
    )
    assert same(before, weights(own)) and progress == Progress(3, 12)


def test_the_gradient_is_that_of_the_kept_answers_alone(imitator):
    """A step on a mixed batch is the step on its right answers, whatever the others say."""
    first, second = imitator(), imitator()
    groups = ask(first, Progress())
    mixed = judged(groups[:2], RIGHT) + judged(groups[2:], WRONG)
    imitate(first, right_answers(mixed), 0)
    imitate(second, [r for g in judged(groups[:2], RIGHT) for r in g.rollouts], 0)
    assert same(weights(first), weights(second)) and not same(weights(first), weights(imitator()))


def test_the_loss_is_the_mean_of_the_kept_tokens_logprobs(imitator):
    """On the policy itself that is what sampling recorded, prompts left out, whatever the micro-batches are."""
    for budget in (256, 20):
        own = imitator(tokens_per_microbatch=budget)
        kept = right_answers(judged(ask(own, Progress()), RIGHT))
        sampled = [value for rollout in kept for value in rollout.sampled_logprobs]
        metrics = imitate(own, kept, 0)
        assert metrics["loss"] == pytest.approx(-sum(sampled) / len(sampled), rel=1e-4)
        assert metrics["loss_tokens"] == len(sampled)


def test_what_is_right_becomes_likelier(imitator, recorder):
    own, session = imitator(steps=25, prompts_per_step=8, group_size=8, lr=1e-2), recorder()
    rejection(own, session, lambda groups: {})
    kept = [line["rejection/kept"] for _, line in session.lines]
    assert kept[0] > 0 and kept[-1] > max(0.5, 3 * kept[0])


def test_it_asks_what_reinforcement_learning_asks(imitator):
    """Problems and seeds, so that the answers of the same model are the same: the compute is matched."""
    own = imitator()
    learner = grpo.Learner(
        own.model, own.optimizer, own.engine, own.tokenizer, own.rubric, own.source, GrpoConfig(**SETTINGS), own.seed
    )
    progress = Progress(2, 8)
    theirs, position = grpo.ask(learner, progress)
    assert ask(own, progress) == theirs and position == 12


def test_stopped_and_continued_equals_uninterrupted(imitator, recorder):
    whole, halves = imitator(steps=4), imitator(steps=4)
    first, second, session = recorder(stop_after=2), recorder(), recorder()
    rejection(whole, session, lambda groups: {})
    progress = rejection(halves, first, lambda groups: {})
    assert progress == Progress(2, 8)
    rejection(halves, second, lambda groups: {}, progress)
    assert same(weights(whole), weights(halves))
    clocks = {"step_time", "profiling/rollout_time", "tokens_per_second"}
    told = [
        [{k: v for k, v in line.items() if k not in clocks} for _, line in s.lines] for s in (session, first, second)
    ]
    assert told[0] == told[1] + told[2]


def test_divergence_stops_before_the_weights_are_touched(imitator, recorder):
    own, session = imitator(max_grad_norm_stop=1e-9), recorder()
    before = weights(own)
    with pytest.raises(Diverged, match="above max_grad_norm_stop"):
        rejection(own, session, lambda groups: {})
    [(_, groups)] = session.failures
    assert same(before, weights(own)) and len(groups) == 4
