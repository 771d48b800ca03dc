"""Rules on the update: how large it is, how far it went, and whether sampler and trainer are the same policy."""

from __future__ import annotations

from statistics import median

from scratchwork.observe.doctor.course import WINDOW, Course, values
from scratchwork.observe.doctor.finding import Symptom
from scratchwork.observe.sentence import say

# Nats. 0.02 is what a token has that is drawn as expected in 499 of 500 cases: nothing is explored any more. A tiny
# model's sums are nearly certain (0.15 in the base model shipped here), so that a share of the beginning is asked too.
CERTAIN, SHARE_LEFT = 0.02, 0.2
UNSURE, TIMES_MORE = 1.5, 3.0  # nats; and of the beginning's
FAR, LOST = 0.5, 2.0  # nats a token between policy and reference; e to the 2 is 7 times less likely, at every token
GAP = "sampling/sampling_logp_difference/mean"
FAR_APART = 0.1  # nats; with two updates a step, healthy, it is 0.01
RATIO = 5.0  # policy / sampler of one token; DAPO and PPO clip at 1.2 to 1.28
CLIPPED = 0.1  # share of tokens; with one update a step it is 0, with some updates 0.001 to 0.02
DISAGREE, DISAGREE_MUCH = 1e-3, 2e-2  # mean difference of log-probs, on-policy; rounding in float32 makes 1e-6
SPIKE = 10.0  # times the median of the steps before


def diverged(course: Course) -> Symptom | None:
    """The run stopped itself."""
    why = course.last[-1].get("failed") if course.last else None
    if not why:
        return None
    return Symptom(
        "alarm",
        say("the run ended: {why}", why=str(why)),
        say("the steps are too large for this model"),
        say("lower grpo.lr, and start anew"),
    )


def gradient_spikes(course: Course) -> Symptom | None:
    """A gradient far from what is usual in this run; steps without any (all groups agree) are not looked at."""
    norms = [norm for norm in values(course.last, "grad_norm") if norm > 0]
    if len(norms) <= WINDOW or not course.last[-1].get("grad_norm"):
        return None
    usual = median(norms[:-1])
    if norms[-1] < SPIKE * usual:
        return None
    return Symptom(
        "warning",
        say(
            "the gradient's norm is {norm:.3g}, {times:.0f} times the usual {usual:.3g}",
            norm=norms[-1],
            times=norms[-1] / usual,
            usual=usual,
        ),
        say("the weights move into a region where small steps change much"),
        say("lower grpo.lr, or grpo.grad_clip below the usual norm"),
    )


def entropy_collapse(course: Course) -> Symptom | None:
    """The model has stopped trying anything else."""
    entropy, change, reward = course.now("entropy"), course.change("entropy"), course.now("accuracy")
    if entropy is None or (reward or 0.0) > 0.9:  # having found what is right is no collapse
        return None
    fell = change is not None and change.fell and entropy < SHARE_LEFT * change.before
    if entropy >= CERTAIN and not fell:
        return None
    if fell and change:
        was = change.before
        evidence = say("the entropy of a token is {now:.3f} nats, from {before:.3f}", now=entropy, before=was)
    else:
        evidence = say("the entropy of a token is {now:.3f} nats", now=entropy)
    return Symptom(
        "alarm",
        evidence,
        say("all but one way to go on has been given up, and what is never tried is never learnt"),
        say("raise grpo.clip_high (0.28), grpo.temperature towards 1, or grpo.kl; lower grpo.lr"),
    )


def entropy_explosion(course: Course) -> Symptom | None:
    """The model says anything."""
    entropy, change, right = course.now("entropy"), course.change("entropy"), course.change("accuracy")
    if entropy is None:
        return None
    grew = change is not None and change.rose and change.now > TIMES_MORE * change.before
    worse = right is not None and right.now < right.before + right.error
    if entropy < UNSURE and not (grew and worse):
        return None
    if grew and change:
        was = change.before
        evidence = say("the entropy of a token is {now:.2f} nats, from {before:.2f}", now=entropy, before=was)
    else:
        evidence = say("the entropy of a token is {now:.2f} nats from the beginning", now=entropy)
    if course.settings.get("temperature", 1.0) > 1.2 and not grew:
        cause, remedy = (
            say("sampling is so hot that the model's words are drawn at random"),
            say("set grpo.temperature to 1"),
        )
    else:
        cause, remedy = say("training takes the model apart"), say("lower grpo.lr; raise grpo.kl")
    return Symptom("alarm", evidence, cause, remedy)


def kl_blow_up(course: Course) -> Symptom | None:
    """The policy has left its reference behind."""
    kl = course.now("kl")
    if kl is None or kl < FAR:
        return None
    return Symptom(
        "alarm" if kl > LOST else "warning",
        say("the KL to the reference is {kl:.2g} nats a token", kl=kl),
        say("the policy has left the text that it was raised on; what it was good at is being lost"),
        say("lower grpo.lr, raise grpo.kl, or refresh the reference (grpo.ref_refresh)"),
    )


def ratio_blow_up(course: Course) -> Symptom | None:
    """Updates on what an earlier policy said, when the policy has gone far from it. On-policy this is a mismatch.

    The mean gap of a single step, over thousands of tokens, is enough; its greatest ratio, of one token, is not."""
    gaps, clipped = values(course.last[-1:], GAP), course.now("clip_ratio/region_mean") or 0.0
    most = course.now("sampling/importance_sampling_ratio/max") or 1.0
    gap = gaps[0] if gaps else 0.0
    if on_policy(course) or (gap < FAR_APART and most < RATIO and clipped < CLIPPED):
        return None
    return Symptom(
        "warning" if gap < FAR_APART and clipped < CLIPPED and most < 10 * RATIO else "alarm",
        say(
            "within a step the log-prob of a token moved by {gap:.2g} nats on average, "
            "its odds by up to {most:.3g} times, and {clipped:.1%} of the tokens were clipped",
            gap=gap,
            most=most,
            clipped=clipped,
        ),
        say("the last updates of a step learn from answers that the policy would no longer give"),
        say("lower grpo.lr or grpo.minibatches_per_step"),
    )


def mismatch(course: Course) -> Symptom | None:
    """On-policy, the trainer's log-probs are those of the sampler, or one of the two is not the policy."""
    gap = course.now(GAP)
    if gap is None or not on_policy(course) or gap < DISAGREE:
        return None
    gaps = values(course.last[-WINDOW:], GAP)
    first = next(iter(values(course.first, GAP)), gap)
    stale = first < DISAGREE and gap > 3 * first and gaps[-1] > gaps[0]
    evidence = say(
        "sampler and trainer differ by {gap:.2g} nats a token, by {first:.2g} at first", gap=gap, first=first
    )
    if stale:
        return Symptom(
            "alarm",
            evidence,
            say("the sampler goes on with old weights"),
            say("check that the engine loads the weights after each step"),
        )
    return Symptom(
        "alarm" if gap > DISAGREE_MUCH else "warning",
        evidence,
        say("the sampler computes in another precision or way"),
        say("sample in the trainer's precision, or hold the ratio with an objective that clips"),
    )


def on_policy(course: Course) -> bool:
    """Whether a step is one update, so that its ratio should be 1."""
    return course.settings.get("minibatches_per_step", 1) == 1
