"""The stream of documents: any page at any time, none about a held-out problem, habits in the shares asked for."""

from __future__ import annotations

from collections import Counter

import pytest

from scratchwork.tasks import corpus as corpus_module
from scratchwork.tasks.base import TaskError, is_held_out
from scratchwork.tasks.corpus import Corpus, present
from scratchwork.tasks.writers.habits import HABITS, Dials
from scratchwork.types import Problem

SHARES = {"terse": 0.4, "sloppy": 0.2, "steps": 0.2, "checker": 0.1, "explorer": 0.1, "reframer": 0.0}
FAMILIES = {"apples": 1.0, "countdown": 1.0, "arithmetic": 1.0, "facts": 0.3}
DIALS = Dials(SHARES, {"sloppy": 0.1})


def test_a_page_is_the_same_in_whatever_order_pages_are_read() -> None:
    forwards = [Corpus(FAMILIES, DIALS, seed=5).document(i, 0.3) for i in range(150)]
    fresh = Corpus(FAMILIES, DIALS, seed=5)
    assert [fresh.document(i, 0.3) for i in reversed(range(150))] == forwards[::-1]
    assert [Corpus(FAMILIES, DIALS, seed=6).document(i, 0.3) for i in range(150)] != forwards


def test_the_share_of_drills_only_replaces_pages() -> None:
    corpus = Corpus(FAMILIES, DIALS, seed=0)
    for i in range(200):
        none, some, all_drills = (corpus.document(i, share) for share in (0.0, 0.4, 1.0))
        assert not none.plain and none.question and all_drills.plain
        assert some in (none, all_drills)
    drills = sum(bool(corpus.document(i, 0.4).plain) for i in range(500))
    assert 150 < drills < 250


def test_no_page_is_about_a_held_out_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Problem] = []

    def spy(problem, *rest):
        written.append(problem)
        return write(problem, *rest)

    write = corpus_module.write
    monkeypatch.setattr(corpus_module, "write", spy)
    corpus = Corpus(FAMILIES, DIALS, seed=1)
    for i in range(2000):
        corpus.document(i)
    assert len(written) == 2000 and {p.family for p in written} == set(FAMILIES)
    assert not any(is_held_out(problem) for problem in written)


def test_habits_have_their_shares_and_a_share_of_zero_never_occurs() -> None:
    corpus = Corpus({"apples": 1, "countdown": 1, "arithmetic": 1}, DIALS, seed=2)
    counts = Counter(corpus.document(i).habit for i in range(2000))
    assert counts["reframer"] == 0
    for habit in HABITS:
        assert abs(counts[habit] / 2000 - SHARES[habit]) < 0.03


def test_families_and_levels_have_their_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[tuple[str, int]] = Counter()

    def count(problem, *rest):
        seen[problem.family, problem.level] += 1
        return write(problem, *rest)

    write = corpus_module.write
    monkeypatch.setattr(corpus_module, "write", count)
    corpus = Corpus({"apples": 3, "facts": 1, "countdown": 0}, DIALS, seed=3, levels=(1, 0, 3, 0, 0))
    for i in range(1200):
        corpus.document(i)
    assert {level for _, level in seen} == {1, 3} and not any(family == "countdown" for family, _ in seen)
    assert 0.70 < sum(n for (family, _), n in seen.items() if family == "apples") / 1200 < 0.80
    assert 0.70 < sum(n for (_, level), n in seen.items() if level == 3) / 1200 < 0.80


def test_facts_are_terse_whoever_writes() -> None:
    corpus = Corpus({"facts": 1}, Dials({"checker": 1.0}, {}), seed=0)
    assert {(page.habit, page.thinking) for page in map(corpus.document, range(50))} == {("terse", "")}


def test_unknown_names_are_errors() -> None:
    with pytest.raises(TaskError, match=r"corpus.families names \['sudoku'\]"):
        Corpus({"apples": 1, "sudoku": 1}, DIALS, seed=0)
    with pytest.raises(ValueError, match=r"slip names \['lazy'\]"):
        Dials({}, {"lazy": 0.1})


def test_a_family_without_a_writer_is_presented_plainly() -> None:
    assert present(Problem("p-0", "jsonl", 1, "?", "42", "number")) == r"The answer is \boxed{42}."
