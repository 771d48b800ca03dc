"""Rules on what the answers look like, and on the problems that are asked but never learnt from."""

from __future__ import annotations

import re
from statistics import fmean

from scratchwork.observe.doctor.course import Course, values
from scratchwork.observe.doctor.finding import Severity, Symptom
from scratchwork.observe.sentence import say

UNREADABLE, DRIFT = 0.5, 0.1  # shares: at any time; more than at the beginning
FOREIGN = 0.05  # of the responses: one in twenty is no slip
# Two times with 128 answers each differ by chance by 0.06 in pass@1, somewhat more in pass@4; 0.15 is beyond that.
LOST = 0.15
LEARNT = 0.25  # a rise in training accuracy that held-out accuracy must show something of


def unreadable(course: Course) -> Symptom | None:
    """Answers that ended and have no box; those cut off have rules of their own."""
    share, change = course.now("completions/unanswered"), course.change("completions/unanswered")
    if share is None:
        return None
    at_first = next(iter(values(course.first, "completions/unanswered")), share)
    rose = change is not None and change.rose and share - change.before > DRIFT
    if share < UNREADABLE and not rose:
        return None
    drifted = rose or share - at_first > UNREADABLE / 2
    severity: Severity = "alarm" if share > UNREADABLE else "warning"
    if drifted:
        return Symptom(
            severity,
            say(
                "{share:.0%} of the answers that ended have no answer to read, {at_first:.0%} at first",
                share=share,
                at_first=at_first,
            ),
            say("nothing in the reward asks for the form, and it is being lost"),
            say("add reward.format; lower grpo.lr"),
        )
    return Symptom(
        severity,
        say("{share:.0%} of the answers that ended have no answer to read", share=share),
        say("the model has not learnt how an answer is given"),
        say("run the stage 'sft' first, or add reward.format"),
    )


def format_drift(course: Course) -> Symptom | None:
    """The form falls apart while it is measured: unclosed thinking, stray tags, no box."""
    form = course.change("rewards/format/mean")
    if form is None or not form.fell or form.before - form.now < DRIFT:
        return None
    return Symptom(
        "warning",
        say("the share of well-formed answers fell from {before:.0%} to {now:.0%}", before=form.before, now=form.now),
        say("the reward does not ask for the form, or other parts of it outweigh the form"),
        say("raise reward.format; lower grpo.lr"),
    )


def languages(course: Course) -> Symptom | None:
    """Letters of a script that the question has none of (DeepSeek-R1, section 2.3.2: language mixing)."""
    share, unread = course.now("completions/foreign_script"), course.now("completions/unanswered")
    if share is None or share < FOREIGN or (unread or 0.0) > UNREADABLE:  # letters drawn at random are no language
        return None
    return Symptom(
        "warning",
        say("{share:.0%} of the responses use a script that their question does not", share=share),
        say("the base model has read other languages, and nothing in the reward asks to stay with one"),
        say("add a component to [reward] for the share of the question's language, or clean what the base model reads"),
    )


def worse_than_base(course: Course) -> Symptom | None:
    """On held-out problems, or where none are asked on those of training."""
    asked = values(course.held_out, "accuracy")
    change = course.change("accuracy")
    if len(asked) > 1 and asked[0] - asked[-1] > max(LOST, asked[0] / 3):
        before, now, where = asked[0], asked[-1], say("held-out problems")
    elif change is not None and change.fell and change.before - change.now > max(0.1, change.before / 3):
        before, now, where = change.before, change.now, say("training problems")
    else:
        return None
    return Symptom(
        "alarm",
        say("accuracy on {where} fell from {before:.2f} to {now:.2f}", where=where, before=before, now=now),
        say("training does harm: the steps are too large, or the reward pays for something else"),
        say("lower grpo.lr; look at the other findings for what is paid"),
    )


def not_transferred(course: Course) -> Symptom | None:
    """Training accuracy up and held-out accuracy not, or the one kept and the other lost: learnt by heart, or a laxer
    verifier in training. The held-out side is the mean of the last two times, which halves its chance."""
    held_out, training = values(course.held_out, "accuracy"), course.change("accuracy")
    if len(held_out) < 3 or training is None:
        return None
    rise, transferred = training.now - training.before, fmean(held_out[-2:]) - held_out[0]
    learnt_elsewhere = training.rose and rise >= LEARNT and transferred <= rise / 4
    if not learnt_elsewhere and not (transferred < -LOST and rise > -LOST / 2):
        return None
    return Symptom(
        "alarm",
        say(
            "training accuracy went from {before:.2f} to {now:.2f}, held-out accuracy went from {first:.2f} to "
            "{last:.2f}",
            before=training.before,
            now=training.now,
            first=held_out[0],
            last=fmean(held_out[-2:]),
        ),
        say("the training problems are learnt by heart, or their verifier is laxer than the held-out one"),
        say("ask more and other problems ([[tasks]]); read the best paid answers for what they have in common"),
    )


def fewer_solved(course: Course) -> Symptom | None:
    """pass@k falls: fewer of the held-out problems can be solved at all. The second largest k, because the largest has
    one draw of each problem and so the most noise."""
    names = sorted({n for line in course.held_out for n in line if re.fullmatch("pass@[0-9]{1,4}", n)}, key=len_first)
    if len(names) < 2:
        return None
    passed, one = values(course.held_out, names[-2]), values(course.held_out, names[0])
    if len(passed) < 3 or not one or passed[0] - (now := fmean(passed[-2:])) < LOST:
        return None
    return Symptom(
        "warning",
        say(
            "held-out {many} fell from {before:.2f} to {now:.2f}, {few} went from {first:.2f} to {last:.2f}",
            many=names[-2],
            before=passed[0],
            now=now,
            few=names[0],
            first=one[0],
            last=fmean(one[-2:]),
        ),
        say("ways to an answer are being given up for good"),
        say("raise grpo.clip_high (0.28) or grpo.kl, lower grpo.lr, or stop earlier"),
    )


def len_first(name: str) -> tuple[int, str]:
    """Puts pass@8 before pass@16."""
    return len(name), name
