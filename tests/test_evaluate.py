"""Evaluation: the same problems and seeds whoever answers, and a table whose every number can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from scratchwork.errors import UserError
from scratchwork.evaluate import evaluate, held_out_problems, meaning, sample_seed, summary, table
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.sampling import Sampling
from scratchwork.statistics import clustered_interval
from scratchwork.tasks.base import TaskError, is_held_out
from scratchwork.tasks.corpus import TASKS
from scratchwork.types import Completion, FinishReason, Group, Problem, Rollout, Score

SAMPLING = Sampling(max_tokens=50)
ACCURACY = Rubric({"accuracy": 1.0})
TASK = {name: kind() for name, kind in TASKS.items()}


class Letters:
    """A tokenizer with a token a character."""

    def prompt_ids(self, question: str, think: bool = True) -> list[int]:
        return [ord(c) for c in question + ("<think>" if think else "<think></think>")]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))


class Parrot:
    """An engine that remembers its prompts and gives the answers it was told, in turn."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = answers, list[Prompt]()

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        self.asked += prompts
        return [[self.answer(i) for i in range(len(p.seeds))] for p in prompts]

    def answer(self, i: int) -> Completion:
        text = self.answers[i % len(self.answers)]
        return Completion(tuple(map(ord, text)), (0.0,) * len(text), "stop")

    def load_weights(self, state: object) -> None: ...


def sums(i: int, level: int = 1, family: str = "sums") -> Problem:
    return Problem(f"{family}-{i:016x}", family, level, f"{i}+1?", str(i + 1), "number")


def answered(problem: Problem, *answers: tuple[str | None, bool | None, int, FinishReason]) -> Group:
    """A group of answers given as (answer, verdict, length, finish reason)."""
    return Group(
        problem,
        tuple(
            Rollout(
                problem.id,
                (1,),
                (0,) * length,
                (1,) * length,
                (0.0,) * length,
                reason,
                0,
                "",
                Score(
                    None if verdict is None else float(verdict),
                    {} if verdict is None else {"accuracy": float(verdict)},
                    answer,
                    "accuracy: VerifierError: bad gold" if verdict is None else None,
                ),
            )
            for answer, verdict, length, reason in answers
        ),
    )


R, W = ("2", True, 10, "stop"), ("3", False, 30, "stop")
CUT, LOST = (None, False, 50, "length"), ("2", None, 7, "stop")


def test_groups_come_back_in_order_with_a_sample_a_seed() -> None:
    problems = [sums(1), sums(2)]
    groups = evaluate(
        Parrot(r"</think>\boxed{2}", r"</think>\boxed{3}"),
        Letters(),
        problems,
        ACCURACY,
        samples=3,
        sampling=SAMPLING,
        seed=7,
    )
    assert [group.problem for group in groups] == problems
    assert [[r.score.correct for r in group.rollouts] for group in groups] == [
        [True, False, True],
        [False, True, False],
    ]


def test_seeds_are_of_evaluation_problem_and_sample_and_of_nothing_else() -> None:
    problems = [sums(i) for i in range(5)]
    base, final, alone = Parrot("x"), Parrot("yy"), Parrot("x")
    for engine, asked in ((base, problems), (final, problems), (alone, problems[3:4])):
        evaluate(engine, Letters(), asked, ACCURACY, samples=4, sampling=SAMPLING, seed=7)
    assert base.asked == final.asked
    assert alone.asked == base.asked[3:4]
    assert len({seed for prompt in base.asked for seed in prompt.seeds}) == 20
    fewer = Parrot("x")
    evaluate(fewer, Letters(), problems, ACCURACY, samples=2, sampling=SAMPLING, seed=7)
    assert [p.seeds for p in fewer.asked] == [p.seeds[:2] for p in base.asked]
    assert sample_seed(7, sums(1), 0) != sample_seed(8, sums(1), 0)
    assert sample_seed(1234, sums(1), 0) == 6026435697612681048  # pinned, so that versions compare


def test_template_and_parser_agree_on_thinking_or_not() -> None:
    for think, text, right in [
        (True, r"</think>\boxed{2}", True),
        (True, r"\boxed{2}", False),
        (False, r"\boxed{2}", True),
    ]:
        engine = Parrot(text)
        (group,) = evaluate(engine, Letters(), [sums(1)], ACCURACY, samples=1, sampling=SAMPLING, seed=0, think=think)
        assert group.rollouts[0].score.correct is right
        assert Letters().decode(engine.asked[0].ids).endswith("<think>" if think else "</think>")


def test_a_rubric_that_does_not_measure_accuracy_is_refused() -> None:
    with pytest.raises(UserError, match="an evaluation needs accuracy"):
        evaluate(Parrot("x"), Letters(), [sums(1)], Rubric({"random": 1.0}), samples=1, sampling=SAMPLING, seed=0)


def test_a_summary_by_hand() -> None:
    row = summary([answered(sums(1), R, R, W, CUT), answered(sums(2), W, W, W, W), answered(sums(3), R, R, R, W)])
    assert row == {
        "problems": 3,
        "samples": 12,
        "verifier_errors": 0,
        "pass@1": pytest.approx((2 / 4 + 0 + 3 / 4) / 3),
        "pass@2": pytest.approx((1 - 1 / 6 + 0 + 1) / 3),
        "pass@4": pytest.approx(2 / 3),
        "pass@1_ci": pytest.approx(list(clustered_interval([0.5, 0.0, 0.75], 12))),
        "maj@1": pytest.approx((2 / 4 + 0 + 3 / 4) / 3),
        "maj@2": pytest.approx(((1 + 0) / 2 + 0 + (1 + 1 / 2) / 2) / 3),
        "maj@4": pytest.approx(2 / 3),
        "length": pytest.approx((5 * 10 + 6 * 30 + 50) / 12),
        "length/right": 10,
        "length/wrong": 30,
        "length/cut_off": 50,
        "clipped_ratio": pytest.approx(1 / 12),
    }


def test_answers_that_no_verifier_could_judge_are_apart_and_never_wrong() -> None:
    row = summary(
        [answered(sums(1), R, R, LOST, LOST), answered(sums(2), LOST, LOST, LOST, LOST), answered(sums(3), R, R, R, R)]
    )
    assert row["verifier_errors"] == 6 and row["problems"] == 3
    assert row["pass@1"] == row["pass@2"] == row["pass@4"] == row["maj@4"] == 1.0
    assert row["length/right"] == 10 and "length/wrong" not in row
    assert "pass@1" not in summary([answered(sums(1), LOST)])
    assert summary([]) == {"problems": 0, "samples": 0, "verifier_errors": 0}


def test_an_answer_cut_off_behind_its_box_is_right_but_counts_as_cut_off_in_length() -> None:
    row = summary([answered(sums(1), ("2", True, 50, "length"))])
    assert row["pass@1"] == 1.0 and row["length/cut_off"] == 50 and "length/right" not in row


def test_a_vote_is_over_values_and_a_tie_is_shared() -> None:
    same = [("2", True, 5, "stop"), ("2.0", True, 5, "stop"), ("3", False, 5, "stop"), ("4", False, 5, "stop")]
    assert summary([answered(sums(1), *same)])["maj@4"] == 1.0
    tie = [("2", True, 5, "stop"), ("$3$", False, 5, "stop"), ("3", False, 5, "stop"), ("2", True, 5, "stop")]
    assert summary([answered(sums(1), *tie)])["maj@4"] == 0.5
    silent = [(None, False, 5, "stop"), (None, False, 5, "stop"), ("2", True, 5, "stop")]
    assert summary([answered(sums(1), *silent)])["maj@3"] == 1.0


def test_what_makes_two_answers_the_same() -> None:
    countdown = Problem("p-0", "countdown", 1, "", "", "countdown", {"numbers": [3, 10, 2], "target": 26})
    text = Problem("p-1", "facts", 1, "", "Paris", "text")
    assert meaning("(3+10)*2", countdown) == meaning(r"2 \times (10+3)", countdown) != meaning("13*2", countdown)
    assert meaning(" the  City.", text) == meaning("The city", text) != meaning("city", text)
    assert meaning("about 3", sums(1)) == ("about", "3")


def test_a_table_has_a_row_for_every_family_and_level() -> None:
    groups = [
        answered(sums(1, 1), R, W),
        answered(sums(2, 3), W, W),
        answered(sums(3, 3), R, R),
        answered(sums(4, 1, "facts"), R, R),
    ]
    rows = table(groups)
    assert {family: list(levels) for family, levels in rows.items()} == {
        "all": ["all"],
        "sums": ["all", "1", "3"],
        "facts": ["all", "1"],
    }
    assert rows["sums"]["3"] == summary(groups[1:3]) and rows["all"]["all"]["pass@1"] == 0.625
    assert json.loads(json.dumps(rows)) == rows


def test_held_out_problems_are_held_out_different_and_the_same_every_time() -> None:
    levels = {"apples": (1, 2), "countdown": (1, 2, 3)}
    problems = held_out_problems(TASK, levels, 20, seed=1)
    assert len({p.id for p in problems}) == len(problems) == 100
    assert all(map(is_held_out, problems))
    assert [(p.family, p.level) for p in problems[::20]] == [(f, level) for f, own in levels.items() for level in own]
    assert problems == held_out_problems(TASK, levels, 20, seed=1)
    assert problems[40:] == held_out_problems(TASK, {"countdown": (1, 2, 3)}, 20, seed=1)
    assert problems != held_out_problems(TASK, levels, 20, seed=2)


def test_a_level_with_too_few_held_out_problems_is_an_error() -> None:
    with pytest.raises(TaskError, match=r"40 held-out problems were asked for, but family 'facts' has only \d more"):
        held_out_problems(TASK, {"facts": (1,)}, 40, seed=0)
