"""Rules on what is paid, and for what."""

from __future__ import annotations

from statistics import fmean

from scratchwork.observe.doctor.course import STRETCH, Course, difference_error, values
from scratchwork.observe.doctor.finding import Symptom
from scratchwork.observe.sentence import say

MOST = 0.8  # of a step's groups: what is left has a fifth of the signal that the step was paid for
GOOD = 0.9  # a mean reward of a weight of 1 that has nowhere to go
# In deviations of the reward. For a reward of 0 or 1 that follows the verdict alone it is 2 or more, whatever the
# accuracy; at 0.75 and half of the answers right the verdict explains a seventh of the reward's variance.
FOLLOWS = 0.75
RISE = 0.03  # of a mean reward
LIKELY = 3.0  # standard errors; fewer than a change alone has to have, for here two metrics must disagree
SUMS_WRONG, ACCEPTED_RIGHT = 0.25, 0.25  # shares of claims, and of accepted candidates


def verifier_errors(course: Course) -> Symptom | None:
    """Any at all: an answer that was not judged is not learnt from, and says nothing of the model."""
    share = course.now("verifier/error_rate", steps=1)
    if not share:
        return None
    return Symptom(
        "alarm" if share > 0.05 else "warning",
        say("{share:.1%} of the answers got no verdict", share=share),
        say("the verifier failed, most often on a problem's own answer that it cannot read"),
        say("correct the file of tasks.path; the first error of each step is in its rollouts, column `error`"),
    )


def all_wrong(course: Course) -> Symptom | None:
    """Groups without one right answer."""
    share, equal = course.now("solved_none"), course.now("frac_reward_zero_std")
    if share is None or share < MOST or (equal or 0.0) < MOST:
        return None
    evidence = say("{share:.0%} of the problems are solved by no answer", share=share)
    at_first, cut = next(iter(values(course.first, "solved_none")), 1.0), course.now("completions/clipped_ratio") or 0.0
    if at_first < MOST / 2:
        cause = say("it was {at_first:.0%} at the first step: training has broken the model", at_first=at_first)
        change = say("lower grpo.lr")
    elif cut > MOST / 2:
        cause = say("{cut:.0%} of the answers are cut off before they end", cut=cut)
        change = say("raise grpo.max_tokens")
    else:
        cause = say("the problems are too hard for this model")
        change = say(
            "lower tasks.levels, raise grpo.group_size, set grpo.dynamic_sampling, or start from a better base"
        )
    return Symptom("alarm", evidence, cause, change)


def accepted_yet_wrong(course: Course) -> Symptom | None:
    """What the model's own checks accepted counts as wrong, though its sums hold: either of the two is mistaken, and a
    base model that can add seldom is (of the shipped one's accepted candidates 0.9 are right, before any training)."""
    false, accepted = course.now("claims/false"), course.now("verification/precision")
    if false is None or accepted is None or false > SUMS_WRONG or accepted > ACCEPTED_RIGHT:
        return None
    return Symptom(
        "alarm",
        say(
            "of what the model checked and accepted {wrong:.0%} counts as wrong, though {hold:.0%} of its sums hold",
            wrong=1 - accepted,
            hold=1 - false,
        ),
        say("the answers that the problems come with are wrong, or it checks without looking"),
        say("work out some problems of tasks.path by hand; read some answers with a check"),
    )


def all_right(course: Course) -> Symptom | None:
    """Nothing left to learn."""
    share = course.now("solved_all")
    if share is None or share < MOST:
        return None
    return Symptom(
        "warning",
        say("{share:.0%} of the problems are solved by every answer", share=share),
        say("they are too easy by now, and move no weight"),
        say("raise tasks.levels, set grpo.dynamic_sampling, or stop here"),
    )


def all_equal(course: Course) -> Symptom | None:
    """Groups that agree, some on right and some on wrong, or are paid alike whatever they say."""
    equal = course.now("frac_reward_zero_std")
    none, every = course.now("solved_none") or 0.0, course.now("solved_all") or 0.0
    if equal is None or equal < MOST or max(none, every) >= MOST:
        return None
    if none + every < equal / 2:
        return Symptom(
            "alarm",
            say(
                "in {equal:.0%} of the groups all answers are paid the same, in {agree:.0%} all are right or all wrong",
                equal=equal,
                agree=none + every,
            ),
            say("the reward does not tell right from wrong"),
            say("give reward.accuracy a weight"),
        )
    return Symptom(
        "alarm",
        say(
            "in {equal:.0%} of the groups all answers are paid the same: {none:.0%} all wrong, {every:.0%} all right",
            equal=equal,
            none=none,
            every=every,
        ),
        say("the answers of a group hardly differ"),
        say("raise grpo.temperature towards 1, raise grpo.group_size, or set grpo.dynamic_sampling"),
    )


def blind_reward(course: Course) -> Symptom | None:
    """Right answers are paid hardly more than wrong ones, or less."""
    right, wrong, spread = (course.now(name) for name in ("reward/right", "reward/wrong", "reward_std"))
    if right is None or wrong is None or not spread or right - wrong > FOLLOWS * spread:
        return None
    upside_down = wrong - right > FOLLOWS * spread
    return Symptom(
        "alarm" if upside_down else "warning",
        say("right answers are paid {right:.2f} on average, wrong ones {wrong:.2f}", right=right, wrong=wrong),
        say("the reward pays for being wrong")
        if upside_down
        else say("something other than being right decides the reward"),
        say("give reward.accuracy the largest weight in [reward]; a control is meant to look like this"),
    )


def reward_hacking(course: Course) -> Symptom | None:
    """What is paid goes up, and being right does not."""
    paid, right = course.change("reward"), course.change("accuracy")
    if paid is None or right is None:
        return None
    rise, gained = paid.now - paid.before, right.now - right.before
    if rise < max(RISE, LIKELY * paid.error) or gained > min(max(right.error, RISE), rise / 2):
        return None
    rising = tuple(n.split("/")[1] for n in components(course) if (c := course.change(n)) is not None and c.rose)
    return Symptom(
        "alarm",
        say(
            "the reward went from {before:.2f} to {now:.2f}, the share of right answers from {first:.2f} to {last:.2f}",
            before=paid.before,
            now=paid.now,
            first=right.before,
            last=right.now,
        ),
        say("the model learns to collect {parts} without being right", parts=rising or (say("reward"),)),
        say("lower that weight in [reward] and raise reward.accuracy"),
    )


def components(course: Course) -> list[str]:
    """The metrics of the rubric's components but for accuracy."""
    names = course.last[-1] if course.last else {}
    return [n for n in names if n.startswith("rewards/") and n.endswith("/mean") and n != "rewards/accuracy/mean"]


def flat_reward(course: Course) -> Symptom | None:
    """No rise within the last STRETCH steps by even one standard error, nor since the beginning; the causes that have
    rules of their own are told by them."""
    change, rewards = course.change("reward"), values(course.last, "reward")
    if change is None or len(rewards) < STRETCH or change.now > GOOD:
        return None
    before, after = rewards[: STRETCH // 2], rewards[STRETCH // 2 :]
    error = difference_error(before, after)
    if fmean(after) - fmean(before) > error or change.now - change.before > max(RISE, 2 * change.error):
        return None
    return Symptom(
        "warning",
        say(
            "the reward was {before:.2f} and then {after:.2f} in the last {steps} steps, {first:.2f} in the first",
            before=fmean(before),
            after=fmean(after),
            steps=STRETCH,
            first=change.before,
        ),
        say("unless another finding says why, what the groups teach is lost in noise or too small a step"),
        say("raise grpo.lr, or grpo.prompts_per_step against the noise; lower grpo.kl where it is large"),
    )
