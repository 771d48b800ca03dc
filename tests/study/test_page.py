"""The tables of a study: medians and ranges by hand, what is missing, and where they are written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scratchwork.errors import UserError
from scratchwork.observe.figures import running_mean
from scratchwork.study.arms import arm
from scratchwork.study.families import family_table
from scratchwork.study.outcomes import as_json, changes, late, read_outcomes
from scratchwork.study.page import BEGIN, END, arms_table, keep, results, write_between
from scratchwork.study.pictures import band, draw_study
from scratchwork.study.run import Study

ARMS = (arm("correct", "zero", "right answers pay"), arm("random", "zero-random", "a coin pays"))
STUDY = Study("emergence", Path("unused"), ARMS, 3)


def test_arms_become_medians_ranges_and_an_interval(outcome):
    finals = (0.5, 0.6, 0.7)  # from 0.3: +0.2, +0.3 and +0.4, so 0.3 ± 4.303 x 0.1 / sqrt(3)
    own = [outcome(seed, final={"pass@1": p, "length": 100.0}) for seed, p in enumerate(finals)]
    lines = arms_table(STUDY, {"correct": own})
    assert lines[2] == "| correct: right answers pay | base | 3 | 0.30 | 50 | 0.50 | 0.50 | 0.00 |  |"
    assert lines[3] == "|  | final |  | 0.60 (0.50–0.70) | 100 | 0.50 | 0.50 | 0.00 | +0.30 (+0.05 to +0.55) |"
    assert lines[4] == "| random: a coin pays | | 0 | – | – | – | – | – | – |"
    assert lines[-1].startswith("3 runs of 6, together 3 minutes.")
    columns = {line.count("|") for line in lines if line.startswith("|")}
    assert columns == {10}


def test_the_claims_stand_above_the_arms(outcome):
    text = results(STUDY, {"correct": [outcome(final={"pass@1": 0.6})]}, "scratchwork study", ["figures/a.png"])
    assert text.startswith("```sh\nscratchwork study\n```\n")
    assert "| 1 | Accuracy on held-out problems climbs |" in text and "| **holds** | 1 of 1 seeds: 30% → 60% |" in text
    assert "| **not tested** |  |" in text and text.index("**holds**") < text.index("right answers pay")
    assert "![a](figures/a.png)" in text


def test_the_numbers_for_another_program(outcome):
    own = [outcome(0, final={"pass@1": 0.5}), outcome(2, final={"pass@1": 0.7})]
    table = json.loads(json.dumps(as_json({"correct": own})))["correct"]
    assert [run["seed"] for run in table["runs"]] == [0, 2] and table["runs"][1]["final"]["pass@1"] == 0.7
    assert table["change"]["pass@1"]["mean"] == pytest.approx(0.3)
    assert changes(own, "nothing") == [] and "nothing" not in table["change"]


def test_the_end_of_training_is_its_last_five_steps():
    lines = [{"transitions/wrong_right": float(i)} for i in range(10)] + [{"step": 11}]
    assert late(lines) == {"transitions/wrong_right": (6 + 7 + 8 + 9) / 4}


def test_a_band_spans_the_seeds_at_steps_they_share(outcome):
    def lines(values):
        return [{"step": i + 1, "accuracy": value} for i, value in enumerate(values)]

    own = [outcome(0, lines=lines([0.0, 0.3, 0.6])), outcome(1, lines=lines([0.2, 0.2, 0.2, 0.9]))]
    steps, low, middle, high = band(own, "accuracy")
    a, b = running_mean([0.0, 0.3, 0.6], 3), running_mean([0.2, 0.2, 0.2, 0.9], 3)
    assert steps == [0, 1, 2]
    assert (low, high) == ([min(p) for p in zip(a, b, strict=False)], [max(p) for p in zip(a, b, strict=False)])
    assert middle == pytest.approx([sum(p) / 2 for p in zip(a, b, strict=False)])


def test_figures_are_of_the_arms_that_have_runs(outcome):
    lines = [
        {"step": s, "accuracy": 0.1 * s, "completions/mean_length": 9.0, "reflection/checks": 1.0} for s in (1, 2, 3)
    ]
    pictures = list(draw_study({"correct": [outcome(lines=lines)], "guessable": [outcome(lines=lines)]}))
    assert [one.name for one in pictures] == ["emergence-accuracy", "emergence-length", "emergence-checks"]
    assert all(one.png.startswith(b"\x89PNG") for one in pictures)
    assert "Where a guess pays" in pictures[0].svg and "read" not in pictures[0].svg
    assert list(draw_study({})) == []


def test_a_page_keeps_what_people_wrote(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"# Mine\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    write_between(page, "new\n")
    write_between(page, "newer\n")
    assert page.read_text() == f"# Mine\n\n{BEGIN}\nnewer\n{END}\n\nAfter.\n"
    page.write_text("# Mine\n")
    with pytest.raises(UserError, match="has no place for the results"):
        write_between(page, "new\n")
    with pytest.raises(UserError, match="No such file"):
        write_between(tmp_path / "none.md", "new\n")


def test_nothing_is_written_before_a_run_is_finished(tmp_path):
    study = Study("emergence", tmp_path / "study", ARMS, 1)
    assert read_outcomes(study) == {} and keep(study, "scratchwork study", None) == []
    assert not study.folder.exists()


def summary(before: float, after: float) -> dict[str, object]:
    def row(accuracy: float, length: float) -> dict[str, object]:
        numbers = {"pass@1": accuracy, "pass@1_ci": [accuracy - 0.1, accuracy + 0.1], "length": length, "checks": 1.0}
        return {"apples": {**numbers, "levels": [2, 3, 4], "backtracks": 0.0}}

    return {
        "steps": 5,
        "seconds": {"rl": 10.0, "total": 20.0},
        "peak_memory_mb": 900.0,
        "base": row(before, 40.0),
        "final": row(after, 100.0),
        "classic_apple": {"base": 0.5, "final": 1.0},
    }


def test_seeds_become_medians_and_ranges() -> None:
    lines = family_table([summary(0.3, 0.9), summary(0.32, 0.95), summary(0.31, 0.35)])
    assert "| apples (2–4) | base | 0.310 (0.300–0.320) | – | 40 | 0.00 | 1.00 |" in lines
    assert "| | final | 0.900 (0.350–0.950) | – | 100 | 0.00 | 1.00 |" in [
        line.replace("|  |", "| |") for line in lines
    ]
    assert "× 2.5" in lines[4] and "× –" in lines[4]  # of no backtracks there is no multiple
    assert "apples 1 of 3" in lines[-1] and "base 0.5, final 1.0" in lines[-1]
