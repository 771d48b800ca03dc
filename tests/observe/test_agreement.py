"""The readers against the hand-labelled transcripts: at least 0.95 on our families, 0.8 on foreign text."""

from __future__ import annotations

import json

import pytest

from tests.observe.agreement import FOLDER, KINDS, agreements, overlap, transcripts

FEWEST = 10  # labels below which a share says nothing, and is only reported
OURS = {name: one for name, one in agreements("ours").items() if one.hits + one.missed >= FEWEST}
DEV, HELD_OUT = agreements("foreign"), agreements("held out")


def together(name: str, what: str) -> float:
    """Precision or recall over both foreign parts."""
    other = {"precision": "made_up", "recall": "missed"}[what]
    hits = DEV[name].hits + HELD_OUT[name].hits
    return hits / (hits + getattr(DEV[name], other) + getattr(HELD_OUT[name], other))


@pytest.mark.parametrize("name", OURS)
def test_ours_are_read_exactly(name: str) -> None:
    assert OURS[name].precision >= 0.95 and OURS[name].recall >= 0.95


@pytest.mark.parametrize("name", DEV)
def test_foreign_text_is_read_well(name: str) -> None:
    if DEV[name].hits + DEV[name].missed + HELD_OUT[name].hits + HELD_OUT[name].missed >= FEWEST:
        assert together(name, "precision") >= 0.8 and together(name, "recall") >= 0.8


def test_enumerations_that_no_reader_was_fitted_to_are_read_well() -> None:
    found = agreements("enumerations")
    assert found.keys() == {"enumeration"} and found["enumeration"].hits + found["enumeration"].missed >= FEWEST
    assert found["enumeration"].precision >= 0.8 and found["enumeration"].recall >= 0.8
    assert sum(not one.row["labels"] for one in transcripts("enumerations")) >= FEWEST  # else nothing could be made up


def test_every_behaviour_has_enough_labels_of_ours() -> None:
    assert set(KINDS) <= OURS.keys()


@pytest.mark.parametrize(("name", "fewest"), [("ours", 100), ("foreign", 100), ("enumerations", 40)])
def test_labels_quote_what_they_point_at(name: str, fewest: int) -> None:
    rows = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= fewest
    for row in rows:
        for label in row["labels"]:
            assert label["quote"] and row["text"][label["start"] : label["end"]] == label["quote"]


def test_the_measure_finds_what_is_missed_and_made_up() -> None:
    one = next(one for one in transcripts("ours") if one.does.steps)
    step = one.does.steps[0]
    label = {"start": step.end + one.offset, "end": step.end + one.offset + 1}
    assert not overlap(step, label, one.offset) and overlap(step, label | {"start": 0}, one.offset)
