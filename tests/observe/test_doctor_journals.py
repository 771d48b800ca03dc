"""The doctor on journals of real runs: broken on purpose, and healthy (tests/observe/journals/README.md)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scratchwork.observe.doctor.rules import Doctor, diagnose

JOURNALS = Path(__file__).parent / "journals"
SOON = 10  # steps after its start, within which a failure must have a name
LATE = {"flat-reward": 30}  # it has to see thirty steps before it can call them flat
# By file: the settings of [grpo] that rules look at, and the rules that must speak, with the failure's first step.
BROKEN: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "golds-broken": ({}, {"verifier-errors": 1}),
    "golds-wrong": ({}, {"accepted-yet-wrong": 1, "length-falling": 1}),
    "greedy": ({"temperature": 0.01}, {"all-equal": 1}),
    "hot": ({"temperature": 5.0}, {"unreadable": 1}),
    "languages-mixed": ({}, {"languages": 1}),
    "never-stops": ({}, {"never-stops": 1}),
    "outgrows-cap": ({"objective": "grpo"}, {"cut-off": 1}),
    "rate-rather-high": ({}, {"worse-than-base": 1, "pass-at-k-collapse": 1}),
    "rate-too-high": ({}, {"worse-than-base": 1, "never-stops": 2, "repetition": 2, "all-wrong": 2}),
    "reference-left-behind": ({"kl": 1e-4}, {"kl-blow-up": 1}),
    # Training shows from the second step on: what it does to the form must have a name at the twelfth.
    "reward-bad-form": ({}, {"reward-hacking": 1, "blind-reward": 1, "length-exploding": 1, "format-drift": 2}),
    "reward-format": ({}, {"blind-reward": 1, "all-equal": 1, "length-falling": 1}),
    "reward-inverted": ({}, {"reward-hacking": 1, "blind-reward": 1, "worse-than-base": 1}),
    "reward-random": ({}, {"blind-reward": 1, "flat-reward": 1}),
    "sampler-stale": ({}, {"sampler-mismatch": 1}),
    "tight-cap": ({}, {"cut-off": 1, "all-wrong": 1}),
    "too-many-updates": ({"minibatches_per_step": 16, "objective": "rloo"}, {"ratio-blow-up": 1, "unreadable": 1}),
    "verifier-lax": ({}, {"not-transferred": 1, "worse-than-base": 1}),
}
HEALTHY: dict[str, dict[str, Any]] = {
    "healthy-1": {},
    "healthy-2": {},
    "healthy-3": {"objective": "grpo", "kl": 0.001},
    "healthy-4": {"objective": "dapo"},
    "healthy-5": {"minibatches_per_step": 2},
    "healthy-rounded": {},
}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (JOURNALS / f"{name}.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", BROKEN)
def test_a_real_failure_is_named_soon(name: str) -> None:
    settings, rules = BROKEN[name]
    steps = {finding.rule: finding.step for finding in diagnose(lines(name), settings)}
    late = {rule for rule, start in rules.items() if steps.get(rule, 10**6) > start + LATE.get(rule, SOON)}
    assert late == set(), steps


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_is_passed_over_at_every_step(name: str) -> None:
    doctor = Doctor(HEALTHY[name])
    assert [str(new) for line in lines(name) for new in doctor.see(line)] == []


def test_there_are_enough_of_both_and_each_is_told_of() -> None:
    page = (JOURNALS / "README.md").read_text()
    assert {path.stem for path in JOURNALS.glob("*.jsonl")} == {*BROKEN, *HEALTHY}
    assert len(BROKEN) >= 12 and len({rule for _, rules in BROKEN.values() for rule in rules}) >= 12
    assert len(HEALTHY) >= 5
    assert [name for name in (*BROKEN, *HEALTHY) if f"`{name}`" not in page] == []


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with the journal of a run whose rate was too high, torn in its last line."""
    folder = tmp_path / "runs" / "wild"
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text('name = "zero"\n[grpo]\nlr = 0.1\n')
    journal = shutil.copy(JOURNALS / "rate-too-high.jsonl", folder / "journal.jsonl")
    with Path(journal).open("a") as file:
        file.write('{"step": 21, "stage": "gr')
    return folder


def examine(*arguments: str) -> int | str | None:
    from scratchwork.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["doctor", *arguments])
    return ended.value.code


def test_the_verb_says_what_ails_a_run_alarms_first(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert examine("wild", "--runs-root", str(run.parent)) == 0
    out = capsys.readouterr().out
    assert "alarm: never-stops, steps 6 to 20 of 20" in out and "docs/doctor.md#never-stops" in out
    assert "likely: it was 4% at the first step: training has broken the model" in out
    assert out.rindex("alarm: ") < out.index("warning: ")
    assert examine(str(run), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {"rule", "severity", "step", "until", "evidence", "cause", "change", "page"} == set(told[0])


def test_the_verb_has_nothing_to_report_of_a_healthy_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(JOURNALS / "healthy-1.jsonl", run / "journal.jsonl")
    assert examine(str(run)) == 0
    assert capsys.readouterr().out == "12 steps of reinforcement learning: nothing to report\n"


def test_a_run_that_only_imitates_is_not_called_healthy(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (JOURNALS / "healthy-1.jsonl").read_text().replace('"stage": "grpo"', '"stage": "rejection"')
    (run / "journal.jsonl").write_text(lines)
    assert examine(str(run)) == 0
    assert capsys.readouterr().out.endswith("nothing was judged\n")


def test_what_is_no_run_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert examine("nowhere", "--runs-root", str(tmp_path)) == 2
    assert "there is no run" in capsys.readouterr().err
