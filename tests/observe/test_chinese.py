"""Everything that a rule, a headline or a claim says is there in both languages, with the same numbers."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from scratchwork.observe import claims, headline
from scratchwork.observe.chinese import CHINESE, in_both
from scratchwork.observe.doctor import answers, lengths, rewards, updates
from scratchwork.observe.doctor.rules import RULES, diagnose
from scratchwork.observe.sentence import Sentence, say
from tests.observe import test_doctor_journals as journals
from tests.observe.test_claims import BEFORE, row
from tests.observe.test_doctor import PLANTED, STRETCH, WINDOW, journal

MODULES: tuple[ModuleType, ...] = (answers, lengths, rewards, updates, headline, claims)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")
HAN = re.compile("[\u4e00-\u9fff]")
EXAMPLES = {"share": 0.371, "n": 1234}  # of what is written otherwise than as a plain number


def templates(source: str) -> Iterator[str]:
    """The first argument of each `say(...)`, which has to be a plain string: no f-string, nothing chosen within it."""
    for node in ast.walk(ast.parse(dedent(source))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            template = ast.literal_eval(node.args[0])
            assert isinstance(template, str)
            yield template


def numbers(text: str) -> list[str]:
    return sorted(NUMBER.findall(text))


def told(sentence: Sentence) -> dict[str, str]:
    """Both languages, which must be two and have the same numbers."""
    both = in_both(sentence)
    assert HAN.search(both["zh"]) and not HAN.search(both["en"]), both
    assert numbers(both["zh"]) == numbers(both["en"]), both
    return both


SPOKEN = {template for module in MODULES for template in templates(inspect.getsource(module))}


def test_the_table_has_every_sentence_and_no_other() -> None:
    assert set(CHINESE) == SPOKEN and len(SPOKEN) > 100


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_translated(rule: str) -> None:
    own = set(templates(inspect.getsource(RULES[rule])))
    assert len(own) >= 3 and own <= set(CHINESE)


@pytest.mark.parametrize("template", sorted(SPOKEN))
def test_both_languages_have_the_same_places_and_the_same_numbers(template: str) -> None:
    def places(text: str) -> list[tuple[str, str | None]]:
        return sorted((name, form) for _, name, form, _ in Formatter().parse(text) if name is not None)

    assert places(CHINESE[template]) == places(template)
    values: dict[str, Any] = {name: EXAMPLES.get(name, 10 + 1.25 * i) for i, (name, _) in enumerate(places(template))}
    told(say(template, **values))


def test_what_broken_runs_are_told_is_told_in_both() -> None:
    found = [one for name, (grpo, _) in journals.BROKEN.items() for one in diagnose(journals.lines(name), grpo)]
    for rule, parts, grpo, _ in PLANTED:
        found += diagnose(journal(STRETCH if rule == "flat-reward" else 2 * WINDOW, **parts), grpo)
    with_held_out = {"not-transferred", "pass-at-k-collapse", "gradient-spikes"}
    assert {one.rule for one in found} >= set(RULES) - with_held_out
    for one in found:
        for sentence in (one.symptom.evidence, one.symptom.cause, one.symptom.change):
            told(sentence)


RECIPES: list[dict[str, Any]] = [
    {"reward": {name: 1.0 for name in names}, "grpo": {"steps": 1150}} for names in (["accuracy"], headline.REWARDED)
] + [{"stages": ["rejection"], "rejection": {"steps": 7}}]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("after", [row(0.9, 90, 2.0, 1.0, 0.95), row(0.1, 20, 0.5, 3.0, 0.5), row(0.2, 41, 0, 0, 0.9)])
def test_headlines_are_told_in_both(recipe: dict[str, Any], after: dict[str, Any]) -> None:
    lines = [{"accuracy": 0.21}, {"accuracy": 0.42}]
    for base, final, steps in ((BEFORE, after, 1100), (None, after, 1), (BEFORE, None, 1500), (None, None, 3)):
        for sentence in headline.headline(recipe, steps, base, final, lines):
            told(sentence)


def test_a_headline_reads_as_chinese() -> None:
    first = headline.headline(RECIPES[0], 115, BEFORE, row(0.9, 90, 2.0, 1.0, 0.95), [])[0]
    assert told(first)["zh"] == "115 步的强化学习（只奖励正确答案）使留出题正确率从 20% 升至 90%。"
    both = headline.headline({"reward": {"accuracy": 1, "format": 0.2}}, 3, BEFORE, BEFORE, [])[0]
    assert "奖励正确答案、格式" in told(both)["zh"]
    missing = headline.headline({}, 37, None, None, [])[1]
    assert told(missing)["zh"] == "这次训练没有基座、最终模型的评测，因此这里不作比较。"


def test_claims_are_told_in_both() -> None:
    for claim in claims.judge({"apples": BEFORE}, {"apples": BEFORE}):
        for sentence in (claim.text, claim.rule, *([claim.elsewhere] if claim.elsewhere else [])):
            told(sentence)


def test_a_component_of_ones_own_keeps_its_name() -> None:
    parts = say("the model learns to collect {parts} without being right", parts=("brevity", "{form}"))
    assert in_both(parts)["zh"] == "模型学会了不答对也能拿到brevity、{form}的分"
    assert in_both(parts)["en"] == "the model learns to collect brevity and {form} without being right"


def test_a_sentence_without_a_translation_stays_english() -> None:
    assert in_both(say("{n} of a kind", n=3)) == {"en": "3 of a kind", "zh": "3 of a kind"}


def test_every_caller_of_say_is_looked_at() -> None:
    source = Path(headline.__file__).parent
    users = {
        path.stem
        for path in source.rglob("*.py")
        if "sentence import" in path.read_text() and "say(" in path.read_text()
    }
    assert users == {module.__name__.rpartition(".")[2] for module in MODULES}
