"""The arithmetic of the frontier on trials made by hand, and trials of a real model cut short where they should be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scratchwork.frontier.choosing import choose, spend
from scratchwork.frontier.curves import (
    Spent,
    always_quick,
    budget_curve,
    interval,
    judge,
    oracle,
    routed,
    scored,
    without_policy,
)
from scratchwork.frontier.figure import frontier_picture
from scratchwork.frontier.study import Trial, draw_up, sentence
from scratchwork.frontier.trials import Deep, Quick, Speaking, ask_deeply, ask_quickly
from scratchwork.recipe.models import load_named
from scratchwork.recipe.speaker import held_out
from scratchwork.router.policy import Policy
from scratchwork.serve.codec import OwnCodec
from scratchwork.types import Problem


def problem(i: int, easy: bool) -> Problem:
    text = f"What is the capital of land {i}?" if easy else f"Use {i} and {i + 1} to make {i * 3}."
    return Problem(f"p-{i}", "easy" if easy else "hard", 1, text, "1", "number")


def world(n: int = 40) -> Trial:
    """Half of it easy: quick answers right and of one voice; half hard: each wrong in its own way."""
    easy = np.arange(n) % 4 < 2  # both kinds on both sides of the halves that `choose` makes
    right = np.repeat(easy[:, None], 4, 1)
    boxes = [["1"] * 4 if e else [str(10 * i + k) for k in range(4)] for i, e in enumerate(easy)]
    quick = Quick(right, np.full((n, 4), 10), boxes, np.where(right, -0.1, -2.0))
    deep_right = np.ones((2, n, 2), dtype=bool)
    deep_right[0] = easy[:, None]  # a budget too short for what is hard
    tokens = np.stack([np.full((n, 2), 40), np.full((n, 2), 200)])
    return Trial([problem(i, bool(e)) for i, e in enumerate(easy)], quick, Deep((30, None), deep_right, tokens))


def test_points_by_hand():
    trial = world()
    assert [one.point for one in budget_curve(trial.quick, trial.deep)] == [(10, 0.5), (40, 0.5), (200, 1.0)]
    assert always_quick(trial.quick).point == (10, 0.5)
    assert oracle(trial.quick, trial.deep).point == (105, 1.0)
    assert without_policy(budget_curve(trial.quick, trial.deep), 105) == (0.75, pytest.approx(0.5 + 0.5 * 65 / 160))


def test_a_policy_pays_for_what_it_asks():
    """Agreement of 2: both quick answers, one of them the reply, or the thinking as well."""
    trial = world()
    signal = scored("agreement", trial.quick, 2)
    assert set(signal.score) == {0.0, 1.0} and set(signal.tokens) == {20}
    spent = routed(Policy("agreement", 1.0, 2), signal, trial.quick, trial.deep)
    assert spent.point == (20 + (0 + 200) / 2, 1.0)
    short = routed(Policy("agreement", 1.0, 2, 30), signal, trial.quick, trial.deep)
    assert short.point == (20 + (0 + 40) / 2, 0.5)
    assert scored("confidence", trial.quick, 1).tokens.mean() == 10
    prior = np.linspace(0, 1, 40)
    assert scored("classifier", trial.quick, 1, prior).score is prior
    assert scored("classifier", trial.quick, 1, prior).tokens.sum() == 0


def test_the_answer_taken_is_the_one_that_most_give():
    quick = Quick(np.array([[False, True, True]]), np.array([[9, 5, 7]]), [["8", "1", "1"]], np.zeros((1, 3)))
    deep = Deep((None,), np.array([[[False]]]), np.array([[[99]]]))
    spent = routed(Policy("agreement", 0.6, 3), scored("agreement", quick, 3), quick, deep)
    assert spent.point == (21, 1.0)


def test_a_policy_that_knows_lies_above_both():
    trial = world()
    policy = choose(trial.problems, trial.quick, trial.deep, 0.02)
    assert policy.signal == "classifier"  # the only one that costs nothing
    spent = spend(policy, trial.problems, trial.quick, trial.deep)
    assert spent.point == (105, 1.0)
    verdict = judge(spent, budget_curve(trial.quick, trial.deep))
    assert verdict.pays and verdict.over_chord[1] == pytest.approx(0.25)
    assert verdict.over_chord[0] <= verdict.over_chord[1] <= verdict.over_chord[2]


def test_a_policy_that_guesses_does_not_pay():
    """Scores that have nothing to do with the problem come to the chord, and say so."""
    trial = world(400)
    rng = np.random.default_rng(1)
    signal = scored("classifier", trial.quick, 1, rng.random(400))
    spent = routed(Policy("classifier", 0.5), signal, trial.quick, trial.deep)
    verdict = judge(spent, budget_curve(trial.quick, trial.deep))
    assert not verdict.pays and abs(verdict.over_chord[1]) < 0.06


def test_where_nothing_can_be_saved_it_always_thinks():
    trial = world()
    useless = Quick(np.zeros((40, 4), dtype=bool), trial.quick.tokens, [[None] * 4] * 40, np.zeros((40, 4)))
    policy = choose(trial.problems, useless, trial.deep, 0.0)
    assert spend(policy, trial.problems, useless, trial.deep).point[1] == 1.0


def test_the_interval_is_of_problems_not_of_samples():
    low, high = interval(Spent(np.ones(100), np.tile([0.0, 1.0], 50)))
    assert 0.38 < low < 0.42 and 0.58 < high < 0.62


def test_a_result_is_by_family_and_level_and_can_be_drawn():
    trial = world()
    result = draw_up(trial, Policy("agreement", 1.0, 2))
    assert set(result["points"]) == {"all", "easy", "easy/1", "hard", "hard/1"}
    assert result["points"]["all"]["auto"]["right"] == 1.0
    assert result["points"]["hard"]["30"]["right"] == 0.0
    assert sentence(result).endswith("it pays")
    assert frontier_picture(result).png.startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def speaking() -> Speaking:
    own = load_named("scratch-base")
    return Speaking(own.model, OwnCodec(own.tokenizer, thinks=True), 120)


def test_thinking_is_cut_where_the_budget_ends(speaking: Speaking):
    problems = held_out("countdown", 2, 6, 1)
    deep = ask_deeply(speaking, problems, 4, [8, 32], 5)
    assert deep.budgets == (8, 32, None) and deep.right.shape == deep.tokens.shape == (3, 6, 4)
    assert (deep.tokens[0] <= 8 + 64).all() and (deep.tokens[1] <= 32 + 64).all()
    short = deep.tokens[2] <= 8  # what ended within the budget is as it was
    assert (deep.tokens[0][short] == deep.tokens[2][short]).all()
    again = ask_deeply(speaking, problems, 4, [8, 32], 5)
    assert (again.tokens == deep.tokens).all() and (again.right == deep.right).all()


def test_quick_answers_do_not_think(speaking: Speaking):
    quick = ask_quickly(speaking, held_out("apples", 1, 5, 1), 3, 5)
    assert quick.right.shape == (5, 3) and (quick.tokens <= 64).all() and (quick.logprobs <= 0).all()
    assert all(len(own) == 3 for own in quick.boxes)


def test_the_verbs_leave_a_policy_and_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a run of the smallest kind; `calibrate` first, as `--frontier` says."""
    from scratchwork.cli import main

    def do(*arguments: str) -> int:
        with pytest.raises(SystemExit) as end:
            main([*arguments, "--runs-root", str(tmp_path)])
        return int(end.value.code or 0)

    sets = ("grpo.steps=1", "grpo.prompts_per_step=2", "grpo.max_tokens=40", "eval.problems=1", "eval.samples=1")
    tasks = 'tasks=[{family="apples", levels=[1]}, {family="countdown", levels=[1]}]'
    families = "eval.families={apples=[1], countdown=[1]}"
    own = [word for s in (*sets, tasks, families, 'stages=["grpo"]') for word in ("--set", s)]
    assert do("run", "zero", "--name", "r", "--threads", "1", *own) == 0
    assert do("eval", "r", "--frontier", "--set", "eval.problems=4") == 2
    assert do("calibrate", "r", "--count", "20", "--threads", "1") == 0
    assert do("eval", "r", "--frontier", "--set", "eval.problems=4", "--threads", "1") == 0
    mine = tmp_path / "mine.jsonl"
    rows = [{"question": f"What is {i} + 2?", "answer": str(i + 2)} for i in range(22)]
    mine.write_text("\n".join(map(json.dumps, rows[:9])))
    assert do("calibrate", "r", "--problems", str(mine)) == 2  # too few for a threshold
    mine.write_text("\n".join(map(json.dumps, rows)))
    capsys.readouterr()
    assert do("calibrate", "r", "--problems", str(mine), "--threads", "1") == 0
    assert "22 at level 1" in (said := capsys.readouterr().out) and "asking 22 problems" in said
    assert (tmp_path / "r" / "router.json").is_file() and (tmp_path / "r" / "frontier.json").is_file()
    assert (tmp_path / "r" / "figures" / "frontier.png").read_bytes().startswith(b"\x89PNG")
