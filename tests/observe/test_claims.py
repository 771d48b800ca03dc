"""Claims are decided by their rules, and a run that goes the wrong way is told so."""

from __future__ import annotations

from scratchwork.observe.claims import Claim, judge


def row(share: float, length: float, backtracks: float, checks: float, best: float) -> dict[str, object]:
    return {
        "pass@1": share,
        "pass@1_ci": [share - 0.05, share + 0.05],
        "pass@64": best,
        "length": length,
        "reflection/backtracks": backtracks,
        "reflection/checks": checks,
    }


BEFORE = row(0.2, 40, 0.5, 1.0, 0.9)


def verdicts(after: dict[str, object], before: dict[str, object] = BEFORE) -> list[str]:
    return [claim.cells["apples"].verdict for claim in judge({"apples": before}, {"apples": after}) if claim.cells]


def test_what_went_as_claimed_holds() -> None:
    assert verdicts(row(0.9, 90, 2.0, 3.0, 0.95)) == ["holds"] * 5


def test_what_went_the_other_way_does_not_hold() -> None:
    assert verdicts(row(0.1, 20, 0.1, 0.2, 0.5)) == ["does not hold"] * 5


def test_the_rules_at_their_edges() -> None:
    assert verdicts(row(0.30, 40, 0.5, 1.0, 0.9))[0] == "does not hold"  # intervals that touch
    assert verdicts(row(0.31, 48, 1.0, 2.0, 0.88)) == ["holds"] * 5
    assert verdicts(row(0.31, 47, 0.99, 1.99, 0.87))[1:] == ["does not hold"] * 4


def test_twice_nothing_is_not_a_multiple() -> None:
    nothing = row(0.2, 40, 0.0, 0.01, 0.9)
    assert verdicts(row(0.9, 90, 0.0, 0.03, 0.9), nothing)[2:4] == ["does not hold", "does not hold"]
    assert verdicts(row(0.9, 90, 0.05, 0.07, 0.9), nothing)[2:4] == ["holds", "holds"]


def test_what_was_not_measured_is_not_tested() -> None:
    assert verdicts({"problems": 3}) == ["not tested"] * 5
    assert verdicts(row(0.2, 40, 0.5, 1.0, 0.0), row(0.2, 40, 0.5, 1.0, 0.0))[4] == "not tested"  # nothing to keep
    one_sample = dict(BEFORE)
    one_sample.pop("pass@64")
    assert verdicts(one_sample, one_sample)[4] == "not tested"  # pass@1 says nothing about several tries


def test_a_family_asked_of_one_model_only_is_in_no_claim() -> None:
    claims = judge({"apples": BEFORE}, {"sums": BEFORE})
    assert all(claim.cells == {} for claim in claims)
    assert judge({}, {})[0].cells == {}


def test_what_one_run_cannot_show_says_what_would() -> None:
    elsewhere = [claim for claim in judge({"apples": BEFORE}, {"apples": BEFORE}) if not claim.cells]
    assert len(elsewhere) == 2
    assert all(isinstance(claim, Claim) and "needs" in str(claim.elsewhere) for claim in elsewhere)


def probe(**shares: tuple[float, float]) -> dict[str, object]:
    """probe.json of a final model: by family the share right untouched and with no thinking, each 5 points around."""
    arms = {
        name: {
            "families": {
                family: {"accuracy": own[side], "accuracy_ci": [own[side] - 0.05, own[side] + 0.05]}
                for family, own in shares.items()
            }
        }
        for side, name in enumerate(("untouched", "keep-0"))
    }
    return {"models": {"final": {"arms": arms}}}


def test_the_thinking_works_where_answers_without_it_are_worse() -> None:
    rows = dict.fromkeys(("apples", "facts", "sums"), BEFORE)
    claim = judge(rows, rows, probe(apples=(0.9, 0.3), facts=(0.9, 0.81), all=(0.9, 0.5)))[-1]
    assert {family: cell.verdict for family, cell in claim.cells.items()} == {
        "apples": "holds",
        "facts": "does not hold",
        "sums": "not tested",
    }
    assert claim.cells["apples"].numbers == "90% → 30%"


def test_another_model_s_probe_is_not_the_final_one_s() -> None:
    models = {"base": probe(apples=(0.9, 0.1))["models"]["final"]}  # type: ignore[index]
    claim = judge({"apples": BEFORE}, {"apples": BEFORE}, {"models": models})[-1]
    assert claim.cells == {} and "scratchwork probe" in str(claim.elsewhere)
