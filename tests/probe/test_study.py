"""The numbers of an intervention, by hand."""

from __future__ import annotations

import pytest

from scratchwork.probe.arms import ARMS, Arm, Outcome, still_said
from scratchwork.probe.study import numbers, study, table
from scratchwork.probe.subject import Answer, Case, Subject
from scratchwork.shapes import Probe, flaw
from scratchwork.statistics import clustered_interval, paired_difference
from scratchwork.types import Problem, Score


def outcomes(*rights: float | None) -> list[Outcome]:
    return [Outcome(right, 10 * (i + 1)) for i, right in enumerate(rights)]


def test_a_row_by_hand() -> None:
    before, after = outcomes(1, 1, 0, 1, 0, 0), outcomes(1, 0, 1, 0, 0, None)
    row = numbers(["a", "a", "b", "b", "c", "c"], before, after)
    assert (row["problems"], row["answers"], row["verifier_errors"]) == (3, 5, 1)
    assert row["accuracy"] == pytest.approx((0.5 + 0.5 + 0) / 3)
    assert row["difference"] == pytest.approx((-0.5 + 0 + 0) / 3)
    assert (row["mended"], row["spoiled"]) == (0.2, 0.4)
    assert row["tokens"] == 35
    assert row["accuracy_ci"] == list(clustered_interval([0.5, 0.5, 0.0], 5))
    assert row["difference_ci"] == list(paired_difference([1.0, 0.5, 0.0], [0.5, 0.5, 0.0], 5))


def test_what_no_one_could_judge_has_no_row() -> None:
    assert numbers(["a"], outcomes(None), outcomes(1.0)) == {}
    cases = [Case(Problem("p", "sums", 1, "?", "1", "number"), 0, (1,), 0)]
    assert table(cases, outcomes(1.0), outcomes(None)) == {}
    assert set(table(cases, outcomes(1.0), outcomes(0.5))) == {"all", "sums"}


class Echo:
    """Stands for a subject where what is asked of a model does not matter."""

    def __init__(self, answers: list[Answer]) -> None:
        self.given = answers

    def answers(self, cases: object) -> list[Answer]:
        return self.given


def test_a_study_is_of_the_shape_that_is_kept() -> None:
    problems = [Problem(f"p{i}", "sums" if i % 2 else "products", 1, "?", "1", "number") for i in range(4)]
    cases = [Case(problem, 0, (1,), 0) for problem in problems]
    answers = [Answer((1, 2), Score(1.0, {"accuracy": float(i > 0)})) for i in range(4)]
    nothing = Arm("keep-0", "nothing", lambda subject, cases, answers: [Outcome(0.0, 1)] * 4, kept=0.0)
    told: list[str] = []
    subject: Subject = Echo(answers)  # type: ignore[assignment]
    arms = study(subject, cases, lambda arm, rows: told.append(arm.name), [ARMS[0], nothing])
    assert told == ["untouched", "keep-0"]
    assert arms["untouched"]["families"]["all"]["accuracy"] == 0.75
    assert arms["untouched"]["families"]["all"]["difference"] == 0 and arms["keep-0"]["kept"] == 0
    assert arms["keep-0"]["families"]["products"]["difference"] == -0.5
    kept = {"models": {"final": {"checkpoint": "step-000001", "samples": 1, "seed": 1, "arms": arms}}}
    assert flaw(kept, Probe) is None
    del arms["keep-0"]["families"]["all"]["accuracy"]
    assert flaw(kept, Probe) == "models.final.arms.keep-0.families.all.accuracy is missing"


def test_arms_have_names_of_their_own_and_the_untouched_comes_first() -> None:
    assert ARMS[0].name == "untouched" and ARMS[0].kept == 1
    assert len({arm.name for arm in ARMS}) == len(ARMS)
    assert still_said(None, ARMS[0], []) is None  # type: ignore[arg-type]
