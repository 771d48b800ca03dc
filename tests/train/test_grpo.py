"""The RL step on a tiny policy: it learns what pays, keeps what agrees, refuses to diverge, and continues exactly."""

import copy
from dataclasses import replace
from math import inf, nan

import pytest
import torch

from scratchwork.config import GrpoConfig
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from scratchwork.tasks.base import ProblemSource, Share
from scratchwork.train.grpo import (
    Learner,
    ask,
    credit,
    grpo,
    merge_updates,
    minibatches,
    objective_of,
    take_step,
)
from scratchwork.train.optim import Optimizer
from scratchwork.train.session import Diverged, Progress, refuse_divergence

SETTINGS = dict(steps=3, prompts_per_step=4, group_size=4, max_tokens=12, lr=3e-3, slots=16, tokens_per_microbatch=256)


def ends(attempt):
    """A reward that needs no reading: 1 for an answer that stops by itself."""
    return float(attempt.finish_reason == "stop")


def odd(attempt):
    """A reward that half of any group gets."""
    return float(len(attempt.text) % 2)


@pytest.fixture
def learner(tokenizer, tiny_model, digits):
    def make(component=ends, seed=0, **settings):
        config = GrpoConfig(**{**SETTINGS, **settings})
        policy = tiny_model(seed)
        components = {"it": component}
        return Learner(
            policy,
            Optimizer(policy, config.optimizer, config.lr, config.lr, 0.0),
            TorchEngine(policy, config.slots),
            tokenizer,
            Rubric({"it": 1.0}, components=components),
            ProblemSource([Share(digits, (1, 2))], seed=0),
            config,
            seed=0,
        )

    return make


def mean_reward(groups):
    rewards = [r for g in groups for r in g.rewards]
    return sum(rewards) / len(rewards)


def weights(learner):
    return [p.detach().clone() for p in learner.policy.parameters()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_what_pays_becomes_likelier(learner, recorder):
    """A sign flipped anywhere between reward and weights makes this fail."""
    it, session = learner(steps=25, prompts_per_step=8, group_size=8, lr=1e-2), recorder()
    first, _ = ask(it, Progress())
    grpo(it, session, lambda groups: {"reward": mean_reward(groups)})
    assert session.lines[0][1]["reward"] == mean_reward(first)
    assert session.lines[-1][1]["reward"] > max(0.5, 3 * mean_reward(first))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_sampler_trainer_and_reference_agree(learner, temperature):
    metrics, _, _ = take_step(learner(component=odd, temperature=temperature, kl=0.1), Progress())
    assert metrics["kl"] == pytest.approx(0, abs=1e-6)
    assert metrics["sampling/sampling_logp_difference/max"] < 1e-4
    assert metrics["sampling/importance_sampling_ratio/min"] == pytest.approx(1, abs=1e-4)
    assert metrics["clip_ratio/region_mean"] == 0


def test_agreement_moves_no_weight(learner):
    it = learner(component=lambda attempt: 1.0)
    before = weights(it)
    metrics, _, progress = take_step(it, Progress())
    assert same(before, weights(it))
    assert metrics["grad_norm"] == 0 and progress == Progress(1, 4)


def test_a_verifier_without_a_verdict_gives_no_credit(learner):
    def broken(attempt):
        raise RuntimeError("no verdict")

    it = learner(component=broken)
    before = weights(it)
    _, groups, _ = take_step(it, Progress())
    assert all(r is None for g in groups for r in g.rewards)
    assert same(before, weights(it))


def test_gradient_is_that_of_the_whole_step(learner):
    """One micro-batch or many: the same weights after a step."""
    one, many = learner(component=odd, tokens_per_microbatch=10_000), learner(component=odd, tokens_per_microbatch=40)
    take_step(one, Progress())
    take_step(many, Progress())
    for a, b in zip(weights(one), weights(many), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=2e-5)


def test_stopped_and_continued_equals_uninterrupted(learner, recorder):
    whole, halves = learner(component=odd, steps=4), learner(component=odd, steps=4)
    grpo(whole, recorder(), lambda groups: {})
    progress = grpo(halves, recorder(stop_after=2), lambda groups: {})
    assert progress.step == 2
    grpo(halves, recorder(), lambda groups: {}, progress)
    assert same(weights(whole), weights(halves))


def test_dynamic_sampling_asks_on_and_keeps_its_place(learner):
    """Every group agrees here, so all rounds are used and the source moves on by each."""
    it = learner(component=lambda attempt: 1.0, dynamic_sampling=2)
    groups, position = ask(it, Progress(position=10))
    assert position == 10 + 3 * 4 and len(groups) == 4

    mixed = learner(component=odd, dynamic_sampling=5)
    groups, _ = ask(mixed, Progress())
    assert len(groups) == 4 and all(g.has_signal for g in groups)


def test_soft_overlong_takes_from_long_answers_only(learner):
    """Lengths given by hand: free up to 12 - 6 tokens, then in a straight line to -1."""
    it = learner(component=lambda attempt: 1.0, soft_overlong=6)
    groups, _ = ask(it, Progress())
    rollout = groups[0].rollouts[0]
    own = [
        replace(rollout, completion_ids=(1,) * n, loss_mask=(1,) * n, sampled_logprobs=(0.0,) * n)
        for n in (5, 6, 9, 12)
    ]
    advantages = credit([replace(groups[0], rollouts=tuple(own))], it)
    assert advantages == pytest.approx([0.375, 0.375, -0.125, -0.625])


def test_the_rate_follows_the_schedule(learner):
    it = learner(component=odd, steps=4, cooldown=1.0)
    metrics, _, _ = take_step(it, Progress(step=3))
    assert it.optimizer.parts[0].param_groups[0]["lr"] == metrics["learning_rate"] == pytest.approx(it.config.lr / 4)


def test_an_engine_of_its_own_is_sent_the_new_weights(learner):
    it = learner(component=odd)
    it.engine = TorchEngine(copy.deepcopy(it.policy), 16)
    take_step(it, Progress())
    assert same(weights(it), [p.detach() for p in it.engine.model.parameters()])


def test_every_answer_of_a_run_has_a_seed_of_its_own(learner):
    it = learner()
    seeds = set()
    for position in (0, 4, 8):
        groups, _ = ask(it, Progress(position=position))
        seeds |= {r.completion_ids for g in groups for r in g.rollouts}
    assert len(seeds) == 3 * 16  # twelve tokens drawn from some 300: no two alike


def test_the_recipe_overrides_the_objectives_clip_range():
    own = objective_of(GrpoConfig(objective="dapo"))
    changed = objective_of(GrpoConfig(objective="dapo", clip_low=0.1, clip_high=0.3, kl=0.5))
    assert (changed.clip_low, changed.clip_high, changed.kl) == (0.1, 0.3, 0.5)
    assert changed == replace(own, clip_low=0.1, clip_high=0.3, kl=0.5) and own.clip_high != 0.3


def test_answers_cut_off_can_be_left_out(learner):
    """No token ends these answers, so all of them are cut off, and nothing is left to learn from."""
    for mask, learns in ((False, True), (True, False)):
        it = learner(component=odd, mask_truncated=mask)
        it.sampling = Sampling(it.config.max_tokens)
        metrics, _, _ = take_step(it, Progress())
        assert bool(metrics["grad_norm"]) is learns


@pytest.mark.parametrize(("loss", "norm"), [(nan, 1.0), (0.0, inf), (0.0, nan)])
def test_what_is_not_finite_is_refused(loss, norm):
    with pytest.raises(Diverged):
        refuse_divergence(loss, norm, limit=0.0)


def test_minibatches_partition_the_step():
    parts = minibatches(16, 4, seed=0, step=3)
    assert sorted(i for part in parts for i in part) == list(range(16))
    assert [len(part) for part in parts] == [4] * 4
    assert parts == minibatches(16, 4, seed=0, step=3) != minibatches(16, 4, seed=0, step=4)
    assert minibatches(5, 1, seed=0, step=0) == [[0, 1, 2, 3, 4]]


def test_several_updates_go_off_policy_and_the_ratio_shows_it(learner):
    it = learner(component=odd, minibatches_per_step=4, lr=1e-2)
    metrics, _, _ = take_step(it, Progress())
    assert metrics["sampling/sampling_logp_difference/max"] > 1e-3


def test_a_step_of_several_updates_reports_all_of_them():
    first = {"loss": 1.0, "grad_norm": 2.0, "loss_tokens": 8.0, "ratio/min": 0.5, "ratio/max": 1.5, "ratio/mean": 1.0}
    second = {"loss": 3.0, "grad_norm": 4.0, "loss_tokens": 4.0, "ratio/min": 0.9, "ratio/max": 1.1, "ratio/mean": 1.2}
    merged = merge_updates([first, second, {"loss": 0.0, "grad_norm": 0.0}])
    expected = {"loss": 4 / 3, "grad_norm": 2.0, "loss_tokens": 12.0, "ratio/min": 0.5, "ratio/max": 1.5}
    assert merged == pytest.approx({**expected, "ratio/mean": 1.1})


def test_divergence_is_refused_before_it_spoils_the_weights(learner, recorder):
    it = learner(component=odd, max_grad_norm_stop=1e-9)
    before, session = weights(it), recorder()
    with pytest.raises(Diverged, match="max_grad_norm_stop"):
        grpo(it, session, lambda groups: {})
    assert same(before, weights(it))
    [(why, groups)] = session.failures
    assert "gradient norm" in why and len(groups) == it.config.prompts_per_step


def test_kl_holds_the_policy_to_the_reference(learner):
    free, held = learner(component=odd, steps=5), learner(component=odd, steps=5, kl=100.0)
    start = weights(free)
    for it in (free, held):
        progress = Progress()
        for _ in range(5):
            metrics, _, progress = take_step(it, progress)
    assert metrics["kl"] >= 0

    def distance(it):
        return sum(float((a - b).square().sum()) for a, b in zip(start, weights(it), strict=True))

    assert distance(held) < distance(free)


def test_the_reference_follows_when_it_is_refreshed(learner, recorder):
    it = learner(component=odd, steps=2, kl=0.01, ref_refresh=2)
    grpo(it, recorder(), lambda groups: {})
    assert same(weights(it), [p.detach() for p in it.reference.parameters()])
