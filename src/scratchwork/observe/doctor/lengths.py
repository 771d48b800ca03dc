"""Rules on how long answers are, and how they end."""

from __future__ import annotations

from statistics import fmean

from scratchwork.observe.doctor.course import Change, Course, values
from scratchwork.observe.doctor.finding import Symptom
from scratchwork.observe.sentence import Sentence, say

CUT, MOST_CUT, ALL_CUT = 0.25, 0.5, 0.95  # shares; a healthy run of the default recipe has 0.01 to 0.05
LOOPS = 0.3  # share of a response's runs of tokens that stood before in it; 0.02 to 0.06 in a search
SHORTER, LONGER = 0.72, 1.5  # of the length at the beginning
WRONG_LONGER = 1.3  # times the right ones'
CHANCE = 0.03  # of an accuracy, over five steps
LENGTH, RIGHT, WRONG = (f"completions/mean_length{kind}" for kind in ("", "/right", "/wrong"))
BIASED = ("grpo", "gspo")  # objectives that divide by each answer's own length


def never_stops(course: Course) -> Symptom | None:
    """Nothing ends by itself."""
    share = course.now("completions/clipped_ratio")
    if share is None or share < ALL_CUT:
        return None
    at_first = next(iter(values(course.first, "completions/clipped_ratio")), 1.0)
    if at_first >= MOST_CUT:
        cause = say(
            "it was {at_first:.0%} at the first step: the stop token is not sampled or not heeded, or the cap too low",
            at_first=at_first,
        )
        change = say("check that the model's answers end in the tokenizer's end token; raise grpo.max_tokens")
    else:
        cause = say("it was {at_first:.0%} at the first step: training has broken the model", at_first=at_first)
        change = say("lower grpo.lr, and start anew")
    return Symptom("alarm", say("{share:.0%} of the answers run into the cap", share=share), cause, change)


def cut_off(course: Course) -> Symptom | None:
    """Many are cut off: right ones among them count as wrong, and thinking long is punished."""
    share = course.now("completions/clipped_ratio")
    if share is None or not CUT <= share < ALL_CUT:
        return None
    return Symptom(
        "alarm" if share >= MOST_CUT else "warning",
        say("{share:.0%} of the answers are cut off", share=share),
        say("they do not fit under the cap, so thinking longer is punished"),
        say("raise grpo.max_tokens, or set grpo.mask_truncated"),
    )


def repetition(course: Course) -> Symptom | None:
    """Texts that go round in circles."""
    share = course.now("completions/repetition")
    if share is None or share < LOOPS:
        return None
    return Symptom(
        "alarm",
        say("{share:.0%} of what the answers say they had said before, word for word", share=share),
        say("the model goes round in circles"),
        say("lower grpo.lr; raise grpo.temperature towards 1 where it is below"),
    )


def length_falling(course: Course) -> Symptom | None:
    """Answers get shorter: where guessing pays, that is what is learnt. Against the first two steps, not five: within
    five such a fall is half done. Two steps of 64 answers have a mean length within a tenth or so."""
    first, now, right = values(course.first[:2], LENGTH), course.now(LENGTH), course.change("accuracy")
    if course.overlap or not first or now is None or now > SHORTER * fmean(first):
        return None
    length = say("the answers' length fell from {before:.0f} to {now:.0f} tokens", before=fmean(first), now=now)
    if right is None:
        return Symptom("warning", length, say("guessing pays as well as thinking"), say("raise tasks.levels"))
    evidence = with_share(length, right)
    if right.now >= right.before - max(right.error, CHANCE):
        return Symptom(
            "warning",
            evidence,
            say("guessing pays: a short answer is right as often as a long one, and cheaper to learn"),
            say("ask what cannot be guessed: raise tasks.levels, or drop problems with few possible answers"),
        )
    return Symptom(
        "alarm",
        evidence,
        say("thinking is being unlearnt: the reward does not need it, or the steps are too large"),
        say("give reward.accuracy the largest weight in [reward]; lower grpo.lr"),
    )


def length_exploding(course: Course) -> Symptom | None:
    """Answers get longer and not better."""
    length, right = course.change(LENGTH), course.change("accuracy")
    if length is None or right is None or not longer(length) or better(right):
        return None
    rose = say("the answers' length rose from {before:.0f} to {now:.0f} tokens", before=length.before, now=length.now)
    evidence = with_share(rose, right)
    if (course.now("completions/repetition") or 0.0) >= LOOPS:
        return Symptom("alarm", evidence, say("they go round in circles"), say("lower grpo.lr"))
    return Symptom(
        "warning",
        evidence,
        say("the model finds its stop token less and less, or length pays by itself"),
        say("lower grpo.lr; set grpo.soft_overlong; with an objective that divides by length, grpo.objective dr_grpo"),
    )


def length_bias(course: Course) -> Symptom | None:
    """Wrong answers are the longer ones and grow, right ones do not: dividing by length makes a long wrong answer's
    every token cheap (Dr. GRPO, arXiv:2503.20783)."""
    if course.settings.get("objective", "grpo") not in BIASED:
        return None
    wrong, right, accuracy = course.change(WRONG), course.now(RIGHT), course.change("accuracy")
    if wrong is None or right is None or accuracy is None or better(accuracy):
        return None
    if not wrong.rose or wrong.now < LONGER * wrong.before or wrong.now < WRONG_LONGER * right:
        return None
    return Symptom(
        "warning",
        say(
            "wrong answers grew from {before:.0f} to {now:.0f} tokens, right ones have {right:.0f}",
            before=wrong.before,
            now=wrong.now,
            right=right,
        ),
        say("the loss divides by each answer's length, so a long wrong one costs least a token"),
        say("set grpo.objective to dr_grpo or dapo"),
    )


def with_share(length: Sentence, right: Change) -> Sentence:
    """What became of the length, and of the answers that are right."""
    return say(
        "{length}, the share of right ones went from {before:.2f} to {now:.2f}",
        length=length,
        before=right.before,
        now=right.now,
    )


def longer(length: Change) -> bool:
    return length.rose and length.now >= LONGER * length.before


def better(accuracy: Change) -> bool:
    """By more than chance makes of it."""
    return accuracy.now - accuracy.before > max(accuracy.error, CHANCE)
