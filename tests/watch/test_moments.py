"""Moments found in the background are those that `scratchwork aha` finds."""

from __future__ import annotations

from scratchwork.observe.finder import find_ahas
from scratchwork.runs import RunFolder
from scratchwork.watch.moments import KINDS, Moments
from scratchwork.watch.shards import Shards


def moments_of(run: RunFolder, most: int = 300) -> Moments:
    moments = Moments(Shards(run.path / "rollouts"), most)
    moments.wait()
    return moments


def test_they_are_the_finders(whole: RunFolder) -> None:
    for family in (None, "apples", "countdown"):
        told, found = moments_of(whole).answer(family), find_ahas(whole, family=family)
        assert [(own["step"], own["during"], own["before"]) for own in told["examples"]] == [
            (own.step, own.during, own.before) for own in found.examples
        ]
        assert told["shares"] == [{"step": step, **own} for step, own in found.shares]
        assert told["common_from"] == {kind: found.common_from(kind) for kind in KINDS}
        assert (told["unread"], told["waiting"]) == (found.unread, 0)
    assert sum(len(own["during"]) for own in moments_of(whole).answer(None)["examples"]) > 0


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
