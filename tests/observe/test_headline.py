"""The first sentences are made of numbers and say what they say, good or bad."""

from __future__ import annotations

from scratchwork.observe.headline import headline

RECIPE = {"reward": {"accuracy": 1.0, "format": 0.0}, "grpo": {"steps": 100}}


def row(share: float, length: float) -> dict[str, object]:
    return {"pass@1": share, "pass@1_ci": [share - 0.03, share + 0.03], "length": length, "pass@8": 1.0}


def test_a_rise_a_fall_and_neither() -> None:
    def first(after: float) -> str:
        return str(headline(RECIPE, 100, row(0.4, 40), row(after, 40), [])[0])

    assert first(0.9).endswith("rewarding nothing but right answers, raised held-out accuracy from 40% to 90%.")
    assert "lowered held-out accuracy from 40% to 20%" in first(0.2)
    assert "left held-out accuracy where it was: 40% before and 43% after" in first(0.43)


def test_longer_shorter_and_neither() -> None:
    def second(after: float) -> str:
        return str(headline(RECIPE, 100, row(0.4, 40), row(0.9, after), [])[1])

    assert second(80) == "Responses grew from 40 to 80 tokens."
    assert second(20) == "Responses shrank from 40 to 20 tokens."
    assert second(41) == "Responses hardly changed: from 40 to 41 tokens."


def test_a_control_says_what_it_was_rewarded_for() -> None:
    recipe = {"reward": {"random": 1.0}}
    assert "rewarding nothing but the toss of a coin" in str(headline(recipe, 3, row(0.4, 40), row(0.4, 40), [])[0])
    both = {"reward": {"accuracy": 1.0, "format": 0.2}}
    assert "rewarding right answers and form" in str(headline(both, 3, row(0.4, 40), row(0.4, 40), [])[0])


def test_without_both_evaluations_nothing_is_compared() -> None:
    lines = [{"accuracy": 0.2}, {"failed": "NaN"}, {"accuracy": 0.4}]
    said = " ".join(map(str, headline(RECIPE, 37, row(0.4, 40), None, lines)))
    assert "37 RL steps of 100 so far" in said
    assert "no evaluation of the final model" in said
    assert "was 20% in the first step and is 30% now" in said
    assert "base and final" in str(headline(RECIPE, 0, None, None, [])[1])
