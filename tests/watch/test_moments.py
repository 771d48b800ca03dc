"""Moments found in the background, and by the verb `aha`, are those of the answers."""

from __future__ import annotations

import pytest

from scratchwork.cli import main
from scratchwork.observe.aha import find_moment
from scratchwork.observe.behaviours import read
from scratchwork.rollout_table import problem_of
from scratchwork.runs import RunFolder
from scratchwork.watch.moments import EXAMPLES, KINDS, Moments
from scratchwork.watch.shards import Shards


def moments_of(run: RunFolder, most: int = 300) -> Moments:
    moments = Moments(Shards(run.path / "rollouts"), most)
    moments.wait()
    return moments


def test_they_are_those_of_each_answer(whole: RunFolder) -> None:
    """Read one by one here, and their shares counted by hand."""
    rows = [row for step in whole.rollout_steps() for row in whole.read_rollouts(step)]
    moments = [(row, find_moment(read(problem_of(row), row["text"]), row["correct"])) for row in rows]
    for family in (None, "apples", "countdown"):
        own = [(row, moment) for row, moment in moments if family in (None, row["family"])]
        told = moments_of(whole).answer(family)
        for share in told["shares"]:
            asked = [moment for row, moment in own if row["step"] == share["step"]]
            for kind in KINDS:
                assert share[kind] == sum(one is not None and one.kind == kind for one in asked) / len(asked)
        for kind in KINDS:
            found = {row["problem_id"]: moment.rank for row, moment in own if moment and moment.kind == kind}
            assert sum(one["kind"] == kind for one in told["examples"]) == min(len(found), EXAMPLES)
        assert (told["unread"], told["waiting"]) == (0, 0)
    assert sum(moment is not None for _, moment in moments) > 0
    assert [share["step"] for share in moments_of(whole).answer(None)["shares"]] == whole.rollout_steps()


def test_the_verb_shows_them(whole: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    def ends(*arguments: str) -> int:
        with pytest.raises(SystemExit) as end:
            main(["aha", whole.path.name, "--runs-root", str(whole.path.parent), *arguments])
        return int(end.value.code or 0)

    assert ends("--count", "1") == 0
    said = capsys.readouterr().out
    best = next(iter(moments_of(whole).answer(None)["examples"]))
    assert "A slip put right" in said and f"step {best['step']}, {best['family']}:" in said
    assert ends("--family", "facts") == 2
    assert "kept no rollouts of the family 'facts'" in capsys.readouterr().err


def test_of_a_long_run_evenly_chosen_steps_are_read(whole: RunFolder) -> None:
    told = moments_of(whole, most=2).answer(None)
    assert [own["step"] for own in told["shares"]] == [1, 5] and told["waiting"] == 0


def test_a_run_that_went_back_forgets_its_moments(written: RunFolder) -> None:
    moments = moments_of(written)
    assert len(moments.answer(None)["shares"]) == 5
    written.forget_answers(2)
    moments.wait()
    told = moments.answer(None)
    assert [own["step"] for own in told["shares"]] == [1, 2]
    assert {own["step"] for own in told["examples"]} <= {1, 2}
