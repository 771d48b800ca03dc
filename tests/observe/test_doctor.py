"""The rules on lines made by hand: what each asks for, its borders, and that nothing a journal lacks can break one."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchwork.config import Recipe
from scratchwork.observe.doctor.course import STRETCH, WINDOW, Course
from scratchwork.observe.doctor.rules import RULES, Doctor, diagnose
from scratchwork.observe.doctor.silence import ADVICE
from scratchwork.reward.rubric import COMPONENTS

SOURCE = Path(__file__).parents[2] / "src/scratchwork/observe/doctor"
PAGE = Path(__file__).parents[2] / "docs/doctor.md"
HEALTHY = {
    "reward": 0.4,
    "reward/right": 1.0,
    "reward/wrong": 0.0,
    "reward_std": 0.49,
    "accuracy": 0.4,
    "frac_reward_zero_std": 0.1,
    "solved_none": 0.1,
    "solved_all": 0.0,
    "verifier/error_rate": 0.0,
    "completions/mean_length": 50.0,
    "completions/mean_length/right": 60.0,
    "completions/mean_length/wrong": 40.0,
    "completions/clipped_ratio": 0.02,
    "completions/unanswered": 0.0,
    "completions/repetition": 0.03,
    "completions/foreign_script": 0.0,
    "claims/false": 0.05,
    "verification/precision": 0.9,
    "entropy": 0.15,
    "grad_norm": 0.002,
    "sampling/sampling_logp_difference/mean": 5e-7,
    "sampling/importance_sampling_ratio/max": 1.0,
    "clip_ratio/region_mean": 0.0,
}
FORM = "rewards/format/mean"


def journal(steps: int, stage: str = "grpo", **parts: Any) -> list[dict[str, Any]]:
    """Lines of HEALTHY with a hundredth of noise; of a part given as a pair the first half has one, the second the
    other. `__` stands for a slash."""
    rng, parts = random.Random(3), {name.replace("__", "/"): value for name, value in parts.items()}
    lines = []
    for i in range(steps):
        own = {n: v[2 * i >= steps] if isinstance(v, tuple) else v for n, v in {**HEALTHY, **parts}.items()}
        noisy = {n: v * rng.uniform(0.99, 1.01) if isinstance(v, float) else v for n, v in own.items()}
        lines.append({"step": i + 1, "stage": stage, **noisy})
    return lines


def named(lines: list[dict[str, Any]], **grpo: Any) -> dict[str, str]:
    return {f.rule: f"{f.symptom.severity} {f.step} {f}" for f in diagnose(lines, grpo)}


PLANTED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("verifier-errors", {"verifier__error_rate": 0.02}, {}, "warning 1 .* 2.0% of the answers got no verdict"),
    ("all-wrong", {"solved_none": 0.9, "frac_reward_zero_std": 0.9}, {}, "alarm 5 .*too hard"),
    (
        "all-wrong",
        {"solved_none": (0.1, 0.9), "frac_reward_zero_std": (0.1, 0.9)},
        {},
        "alarm .*training has broken the model",
    ),
    ("accepted-yet-wrong", {"verification__precision": 0.1}, {}, "alarm 5 .*are wrong, or it checks without looking"),
    ("all-right", {"solved_all": 0.9}, {}, "warning 5 .*too easy"),
    ("all-equal", {"frac_reward_zero_std": 0.95}, {}, "alarm 5 .*does not tell right from wrong"),
    (
        "all-equal",
        {"frac_reward_zero_std": 0.95, "solved_none": 0.6, "solved_all": 0.35},
        {},
        "the answers of a group hardly differ",
    ),
    ("flat-reward", {}, {}, "warning 30 .* 0.40 and then 0.40 in the last 30 steps"),
    ("blind-reward", {"reward__right": 0.5, "reward__wrong": 0.4}, {}, "warning 5 .*something other"),
    ("blind-reward", {"reward__right": 0.1, "reward__wrong": 0.9}, {}, "alarm 5 .*pays for being wrong"),
    ("reward-hacking", {"reward": (0.4, 0.7), FORM: (0.4, 0.9)}, {}, "alarm .* collect format without being right"),
    ("worse-than-base", {"accuracy": (0.4, 0.2)}, {}, "alarm .* training problems fell from 0.40 to 0.2"),
    (
        "never-stops",
        {"completions__clipped_ratio": 1.0},
        {},
        r"alarm 5 .*it was \d+% at the first step: the stop token",
    ),
    ("never-stops", {"completions__clipped_ratio": (0.1, 1.0)}, {}, "training has broken the model"),
    ("cut-off", {"completions__clipped_ratio": 0.3}, {}, "warning 5 .*30% of the answers are cut off"),
    ("cut-off", {"completions__clipped_ratio": 0.7}, {}, "alarm 5 "),
    ("repetition", {"completions__repetition": 0.4}, {}, "alarm 5 .*in circles"),
    ("length-falling", {"completions__mean_length": (50.0, 20.0)}, {}, "warning .*guessing pays"),
    (
        "length-falling",
        {"completions__mean_length": (50.0, 20.0), "accuracy": (0.4, 0.3)},
        {},
        "alarm .*thinking is being unlearnt",
    ),
    ("length-exploding", {"completions__mean_length": (50.0, 90.0)}, {}, "warning .*rose from 50 to 90 tokens"),
    ("length-bias", {"completions__mean_length__wrong": (60.0, 120.0)}, {"objective": "grpo"}, "set grpo.objective"),
    ("unreadable", {"completions__unanswered": 0.6}, {}, "alarm 5 .*has not learnt how an answer is given"),
    ("unreadable", {"completions__unanswered": (0.0, 0.2)}, {}, "warning .*it is being lost"),
    ("format-drift", {FORM: (0.95, 0.7)}, {}, "warning .* fell from 95% to 70%"),
    ("languages", {"completions__foreign_script": 0.1}, {}, "warning 5 .*10% of the responses"),
    ("entropy-collapse", {"entropy": 0.01}, {}, "alarm 5 .*0.010 nats"),
    ("entropy-collapse", {"entropy": (1.0, 0.1)}, {}, "alarm .*0.1.. nats, from [01]"),
    ("entropy-explosion", {"entropy": 4.0}, {"temperature": 3.0}, "alarm 5 .*set grpo.temperature to 1"),
    ("entropy-explosion", {"entropy": (0.15, 0.6)}, {}, "alarm .*takes the model apart"),
    ("kl-blow-up", {"kl": 0.7}, {}, "warning 5 .*left"),
    ("kl-blow-up", {"kl": 3.0}, {}, "alarm 5 "),
    ("ratio-blow-up", {"sampling__importance_sampling_ratio__max": 9.0}, {"minibatches_per_step": 4}, "warning 5 "),
    ("ratio-blow-up", {"sampling__sampling_logp_difference__mean": 0.4}, {"minibatches_per_step": 4}, "alarm 1 "),
    ("ratio-blow-up", {"clip_ratio__region_mean": 0.3}, {"minibatches_per_step": 4}, "alarm 5 "),
    ("sampler-mismatch", {"sampling__sampling_logp_difference__mean": 4e-3}, {}, "warning 5 .*another precision"),
    ("sampler-mismatch", {"sampling__sampling_logp_difference__mean": (0.0, 8e-3)}, {}, "alarm .*old weights"),
    ("diverged", {"failed": "loss is nan"}, {}, "alarm 1 .*the run ended: loss is nan"),
]


@pytest.mark.parametrize(("rule", "parts", "grpo", "said"), PLANTED)
def test_a_planted_failure_is_named(rule: str, parts: dict[str, Any], grpo: dict[str, Any], said: str) -> None:
    found = named(journal(STRETCH if rule == "flat-reward" else 2 * WINDOW, **parts), **grpo)
    assert re.search(said, found[rule]), found


def test_every_rule_has_a_planted_failure_and_a_section_of_the_page() -> None:
    with_held_out = {"not-transferred", "pass-at-k-collapse", "gradient-spikes"}  # below
    assert {rule for rule, *_ in PLANTED} | with_held_out == set(RULES)
    assert set(re.findall("^### (.*)$", PAGE.read_text(), re.MULTILINE)) == set(RULES)


def test_a_healthy_journal_is_passed_over() -> None:
    rising = journal(STRETCH, reward=(0.4, 0.6), accuracy=(0.4, 0.6), completions__mean_length=(50.0, 90.0))
    assert named(rising) == {} and named(journal(2 * WINDOW)) == {} and named([]) == {}
    assert named(rising, objective="grpo", minibatches_per_step=4) == {}


def test_one_large_gradient_is_a_spike_and_a_step_without_any_is_not() -> None:
    lines = journal(12)
    lines[8]["grad_norm"], lines[10]["grad_norm"] = 0.0, 0.05
    assert "warning 11" in named(lines)["gradient-spikes"] and "25 times the usual" in named(lines)["gradient-spikes"]


def held_out(step: int, one: float, four: float) -> dict[str, Any]:
    return {"step": step, "stage": "held_out", "accuracy": one, "pass@1": one, "pass@4": four, "pass@8": 1.0}


def test_held_out_problems_tell_learning_from_learning_by_heart() -> None:
    lines = journal(12, accuracy=(0.4, 0.8), reward=(0.4, 0.8))

    def asked(*passed: tuple[float, float]) -> list[dict[str, Any]]:
        asks = [held_out(4 * i, *own) for i, own in enumerate(passed)]
        return sorted([*lines, *asks], key=lambda line: (line["step"], line["stage"]))

    found = named(asked((0.4, 0.8), (0.42, 0.8), (0.4, 0.8), (0.42, 0.8)))
    assert set(found) == {"not-transferred"} and "0.40 to 0.80, held-out accuracy went from 0.40 to 0.4" in str(found)
    assert named(asked((0.4, 0.8), (0.6, 0.9), (0.7, 0.9), (0.7, 0.9))) == {}
    assert set(named(asked((0.4, 0.8), (0.6, 0.8), (0.7, 0.6), (0.7, 0.6)))) == {"pass-at-k-collapse"}
    assert "held-out problems fell" in named(asked((0.4, 0.8), (0.1, 0.8), (0.1, 0.8)))["worse-than-base"]


def test_sampler_and_trainer_may_differ_within_a_step_of_several_updates() -> None:
    parts: dict[str, Any] = {
        "sampling__sampling_logp_difference__mean": 4e-3,
        "sampling__importance_sampling_ratio__max": 3.0,
    }
    assert named(journal(10, **parts), minibatches_per_step=4) == {}


def test_a_finding_is_told_once_and_again_when_it_gets_worse() -> None:
    doctor = Doctor()
    told = [f for line in journal(20, completions__clipped_ratio=(0.3, 0.8)) for f in doctor.see(line)]
    assert [(f.rule, f.symptom.severity, f.step) for f in told] == [("cut-off", "warning", 5), ("cut-off", "alarm", 5)]
    assert doctor.found["cut-off"].until == 20


def test_a_course_keeps_no_more_than_it_looks_at() -> None:
    course = Course()
    for line in journal(100):
        course.add(line)
    assert [line["step"] for line in course.first] == [1, 2, 3, 4, 5]
    assert (len(course.last), course.step) == (STRETCH, 100)


NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.just(10**400))
NAMES = st.sampled_from([*HEALTHY, FORM, "kl", "pass@1", "pass@4", "pass@16", "pass@x", "rewards/a/mean"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["grpo", "held_out", "sft"]), st.dictionaries(NAMES, NUMBERS)), max_size=40))
def test_nothing_that_a_journal_holds_or_lacks_breaks_a_rule(parts: list[tuple[str, dict[str, Any]]]) -> None:
    found = diagnose([{"step": i, "stage": stage, **own} for i, (stage, own) in enumerate(parts)])
    assert all(f.rule in RULES and f.step <= f.until for f in found)


def test_every_key_in_the_advice_is_a_key_of_the_recipe() -> None:
    advice = "\n".join([*ADVICE.values(), *(path.read_text() for path in SOURCE.glob("*.py")), PAGE.read_text()])
    keys = set(re.findall(r"\b(grpo|tasks|reward)\.(\w+)", advice))
    assert len(keys) >= 12
    for section, name in keys:
        if section == "reward":
            assert name in COMPONENTS
        else:
            own = Recipe.model_fields[section]
            fields = {"path", "levels"} if section == "tasks" else type(own.default).model_fields
            assert name in fields, (section, name)
