"""The writers: what they write is as right, as reflective and as varied as the dials say. Read by the instruments."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from scratchwork.observe.behaviours import Behaviours, read
from scratchwork.reward.grammar import parse
from scratchwork.reward.verify import verify
from scratchwork.tasks.base import draw_split
from scratchwork.tasks.corpus import TASKS, WRITERS, present
from scratchwork.tasks.countdown import Node, countdown_problem
from scratchwork.tasks.scribe import Scribe
from scratchwork.tasks.writers.countdown import CountdownWriter
from scratchwork.tasks.writers.drills import check_page, drill_page
from scratchwork.tasks.writers.habits import HABITS, Dials, Document, write
from scratchwork.types import Problem

THINKERS = ("apples", "arithmetic", "countdown")
CAREFUL = Dials({}, {}, insight=1.0)


def pages(
    family: str, habit: str, dials: Dials, count: int, level: int | None = None
) -> list[tuple[Problem, Document]]:
    made = []
    for i in range(count):
        rng = random.Random(f"{family}/{habit}/{i}")
        problem = draw_split(TASKS[family](), rng, level or rng.randint(1, 5), "train")
        made.append((problem, write(problem, WRITERS[family](problem, dials), habit, rng, dials)))
    return made


def text(page: Document) -> str:
    return f"{page.thinking}</think>{page.answer}"


def behaviours(family: str, habit: str, dials: Dials, count: int, level: int | None = None) -> list[Behaviours]:
    return [read(problem, text(page)) for problem, page in pages(family, habit, dials, count, level)]


def slips(habit: str, slip: float) -> Dials:
    return Dials({}, {habit: slip})


@pytest.mark.parametrize("family", THINKERS)
@pytest.mark.parametrize("habit", HABITS)
def test_without_slips_and_with_full_insight_every_page_is_right(family: str, habit: str) -> None:
    # Working backwards is a search however good the insight, so there only a page that says yes must be right.
    for problem, page in pages(family, habit, CAREFUL, 40):
        response, seen = parse(text(page)), read(problem, text(page))
        assert response.problems == () and page.question == problem.prompt
        assert all(seen.claims) and all(check.true for check in seen.checks)
        if (family, habit) != ("countdown", "reframer"):
            assert verify(response.answer, problem) and not seen.backtracks
        elif seen.checks[-1].accepted:
            assert verify(response.answer, problem)


@pytest.mark.parametrize("family", THINKERS)
@pytest.mark.parametrize("habit", HABITS[1:])
def test_the_answer_follows_from_the_page_s_own_work(family: str, habit: str) -> None:
    for problem, page in pages(family, habit, slips(habit, 0.15), 100):
        last = read(problem, text(page)).candidates[-1]
        answer = parse(text(page)).answer
        assert last.right == verify(answer, problem)
        if family != "countdown":
            assert last.text == answer


def test_a_check_is_made_with_more_care_than_the_work_it_checks() -> None:
    """Else most alarms would be false: a check has as many steps as the work."""
    seen = behaviours("arithmetic", "checker", slips("checker", 0.1), 250)
    false = [true for s in seen for true in s.claims].count(False) / sum(len(s.claims) for s in seen)
    assert 0.04 < false < 0.085
    alarms = [check for s in seen for check in s.checks if not check.accepted]
    assert len(alarms) > 40 and sum(check.true for check in alarms) / len(alarms) > 0.7


@pytest.mark.parametrize("habit", ["sloppy", "steps", "reframer"])
@pytest.mark.parametrize("slip", [0.05, 0.2])
def test_claims_are_wrong_as_often_as_asked(habit: str, slip: float) -> None:
    # Arithmetic has no division, whose rounding after a slip would add to the wrong claims.
    claims = [true for seen in behaviours("arithmetic", habit, slips(habit, slip), 250) for true in seen.claims]
    assert len(claims) > 600
    assert abs(claims.count(False) / len(claims) - slip) < 4 * (slip * (1 - slip) / len(claims)) ** 0.5


def test_a_terse_page_is_wrong_as_often_as_asked() -> None:
    for family in ("apples", "arithmetic"):
        made = pages(family, "terse", slips("terse", 0.3), 600)
        wrong = sum(not verify(parse(text(page)).answer, problem) for problem, page in made)
        assert 0.22 < wrong / 600 < 0.38
        assert all(page.thinking == "" for _, page in made)


@pytest.mark.parametrize("family", THINKERS)
@pytest.mark.parametrize("habit", ["checker", "explorer", "reframer"])
def test_who_never_goes_on_never_says_wait(family: str, habit: str) -> None:
    dials = Dials({}, {habit: 0.2}, go_on=0.0, insight=0.1)
    made = [read(problem, text(page)) for problem, page in pages(family, habit, dials, 60)]
    assert all(not seen.backtracks and not seen.words.get("wait") for seen in made)
    assert any(not check.accepted for seen in made for check in seen.checks)


@pytest.mark.parametrize("family", THINKERS)
@pytest.mark.parametrize("habit", ["checker", "explorer", "reframer"])
def test_attempts_end_at_the_longest_allowed(family: str, habit: str) -> None:
    dials = Dials({}, {habit: 0.3}, go_on=1.0, max_attempts=3, insight=0.05)
    most = [len(seen.checks) for seen in behaviours(family, habit, dials, 80)]
    assert max(most) == 3


@pytest.mark.parametrize(("family", "attempts"), [("apples", 30), ("arithmetic", 30), ("countdown", 5)])
def test_an_explorer_never_tries_the_same_twice(family: str, attempts: int) -> None:
    # Three numbers make few ideas, and a writer stops looking for a new one after 20: hence fewer attempts there.
    dials = Dials({}, {}, go_on=1.0, max_attempts=attempts, insight=0.0)
    seen = behaviours(family, "explorer", dials, 40)
    assert max(len(s.candidates) for s in seen) > 4
    assert sum(s.repeats for s in seen) == 0


@pytest.mark.parametrize("habit", ["checker", "reframer"])
def test_countdown_writers_remember_what_they_tried(habit: str) -> None:
    dials = Dials({}, {}, go_on=1.0, max_attempts=4, insight=0.0)
    assert sum(seen.repeats for seen in behaviours("countdown", habit, dials, 100)) == 0


@pytest.mark.parametrize("family", ["apples", "arithmetic"])
def test_a_number_can_always_be_guessed_anew(family: str) -> None:
    ((problem, _),) = pages(family, "terse", CAREFUL, 1, level=1)
    tried = {str(n) for n in range(500)}
    guess, _ = WRITERS[family](problem, CAREFUL).attempt(Scribe(random.Random(0)), tried)
    assert guess.candidate == "500" and "500" in tried


def test_an_explorer_with_no_ideas_left_still_ends() -> None:
    dials = Dials({}, {}, go_on=1.0, max_attempts=60, insight=0.0)
    hopeless = countdown_problem([1, 2, 3], Node(97, "no way"), 1)
    page = write(hopeless, CountdownWriter(hopeless, dials), "explorer", random.Random(0), dials)
    seen = read(hopeless, text(page))
    assert len(seen.checks) == 60 and seen.repeats > 0


def test_each_habit_does_what_it_is_named_for() -> None:
    dials = Dials({}, {})
    for family in THINKERS:
        assert not any(s.claims for s in behaviours(family, "terse", dials, 20))
        assert all(s.claims and not s.checks for s in behaviours(family, "sloppy", dials, 20))
        assert all(s.claims and not s.checks for s in behaviours(family, "steps", dials, 20))
        assert all(s.checks for s in behaviours(family, "checker", dials, 20))
        assert all(s.checks and s.candidates for s in behaviours(family, "explorer", dials, 20))
    assert all(s.equations == 1 for s in behaviours("apples", "reframer", dials, 20))
    assert all(s.backwards for s in behaviours("countdown", "reframer", dials, 20))
    seconds = [s.second_derivations for s in behaviours("arithmetic", "reframer", dials, 200)]
    assert 60 < sum(map(bool, seconds)) < 140


def test_a_scribe_slips_by_a_little_and_goes_on_from_there() -> None:
    scribe = Scribe(random.Random(0), slip=1.0)
    for _ in range(200):
        claim, value = scribe.claim(40, "+", 2)
        assert claim == f"40+2={value}" and value != 42 and abs(value - 42) <= 10
    assert Scribe(random.Random(0)).claim(7, "/", 0)[1] == 0


def test_drills_are_always_right() -> None:
    problem = Problem("p-0", "drills", 1, "", "0", "number")
    for seed in range(200):
        page = drill_page(random.Random(seed))
        claims = read(problem, page).claims
        assert all(claims) and len(claims) == page.count("=") >= 3
        assert re.fullmatch(r"(Need [0-9]+\.)?([0-9=+*/.,: -]|against|yes|no)+", page)


def test_checking_drills_compare_truly_and_say_both() -> None:
    verdicts = Counter()
    for seed in range(200):
        page = check_page(random.Random(seed))
        wanted = page.split(".")[0].removeprefix("Need ")
        for value, named, verdict in re.findall(r"=([0-9]+)\. \1 against ([0-9]+): (yes|no)\.", page):
            assert named == wanted and (verdict == "yes") == (value == wanted)
            verdicts[verdict] += 1
    assert 0.25 < verdicts["yes"] / verdicts.total() < 0.5


@pytest.mark.parametrize("family", sorted(TASKS))
def test_the_neat_answer_is_read_back_as_right(family: str) -> None:
    for problem, _ in pages(family, "terse", CAREFUL, 30):
        assert verify(parse(present(problem), opened=False).answer, problem)
