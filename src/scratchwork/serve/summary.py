"""Summaries of thinking, made while it goes on: a bold title and a sentence or two for each stretch of it.

Extractive: a summary is words of ours around what the thinking says itself, so every number in it stands in the
thinking (tests/serve/test_summary.py holds that for any text). Stretches end at a verdict (`12 against 15: no.`) or
with a change of view (`Another way:`, `Wait`). Failed ideas in a row are told together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

VERDICT = re.compile(r"(?P<left>[^\s.,:;]+) against (?P<right>[^\s.,:;]+): (?P<word>yes|no)\.")
NUMBER = r"\d+(?:\.\d+)?"
SUM = rf"\(*{NUMBER}\)*(?:\s*[-+*/]\s*\(*{NUMBER}\)*)*"
EQUATION = re.compile(rf"(?<![\d.]){SUM}\s*=\s*-?{NUMBER}")
END = re.compile(r"(?<=[.!?。！？])\s+|\n+|(?<=[。！？])")  # of a sentence
TOLD_TOGETHER = 3  # failed ideas
LONGEST = 160  # characters of what is quoted
PLAIN = "Working it out"
TITLES = (  # the first that a sentence matches names its stretch
    (re.compile(r"\b(check|verify|make sure|验算|检查)", re.I), "Checking the result"),
    (
        re.compile(r"\b(another way|alternatively|instead|different approach)|换个角度|换一种", re.I),
        "Looking at it another way",
    ),
    (re.compile(r"\b(wait|hmm|mistake|wrong|actually)\b|等等|不对", re.I), "Thinking again"),
    (re.compile(r"\bneed\b|\blet\b.*\bbe\b|设", re.I), "Setting it up"),
    (re.compile(r"\btry\b", re.I), "Trying an idea"),
)


class ExtractiveSummarizer:
    """Feed it thinking; it gives paragraphs, each ending in a blank line, as soon as their stretch is over."""

    def __init__(self) -> None:
        self.held = ""
        self.stretch: list[str] = []
        self.failed: list[str] = []  # what the ideas that failed came to
        self.target: str | None = None  # what they were held against

    def feed(self, thinking: str) -> list[str]:
        self.held += thinking
        *whole, self.held = END.split(self.held) if len(self.held) < 10_000 else [self.held, ""]
        return [paragraph for sentence in whole for paragraph in self.read(sentence.strip())]

    def finish(self) -> list[str]:
        """What is left to tell when the thinking is over."""
        paragraphs = list(self.read(self.held.strip()))
        self.held = ""
        return [*paragraphs, *self.tell_failed(), *self.tell_stretch()]

    def read(self, sentence: str) -> Iterator[str]:
        """The paragraphs that a sentence completes."""
        if not sentence:
            return
        verdict = VERDICT.search(sentence)
        if verdict is None:
            if self.turns(sentence):
                yield from self.tell_failed()
                yield from self.tell_stretch()
            self.stretch.append(sentence)
            return
        left, right = verdict["left"], verdict["right"]
        if verdict["word"] == "yes":
            yield from self.tell_failed()
            title = title_of(self.stretch[0]) if self.stretch else PLAIN
            title = "Checking the result" if title == PLAIN else title
            yield paragraph(title, f"{quoted(self.stretch)} {left} against {right}: it holds.")
        else:
            if self.target not in (None, right):
                yield from self.tell_failed()
            self.failed.append(left)
            self.target = right
            if len(self.failed) == TOLD_TOGETHER:
                yield from self.tell_failed()
        self.stretch = []

    def turns(self, sentence: str) -> bool:
        """Whether the sentence begins a stretch of another kind, and there is something to tell of this one."""
        if not self.stretch or title_of(sentence) == title_of(self.stretch[0]):
            return False
        return any(EQUATION.search(said) for said in self.stretch)

    def tell_failed(self) -> Iterator[str]:
        """The ideas in a row that came to something else."""
        if self.failed and self.target is not None:
            values = list(dict.fromkeys(self.failed))
            listed = ", ".join(values[:-1]) + " and " + values[-1] if len(values) > 1 else values[0]
            ideas = "An idea comes" if len(self.failed) == 1 else "Some ideas come"
            yield paragraph("Trying and dropping ideas", f"{ideas} to {listed}, not {self.target}.")
        self.failed, self.target = [], None

    def tell_stretch(self) -> Iterator[str]:
        """What was worked out and not judged."""
        said = quoted(self.stretch)
        if said:
            yield paragraph(title_of(self.stretch[0]), said)
        self.stretch = []


def title_of(sentence: str) -> str:
    """
    >>> title_of("Check: 4*17=68."), title_of("4*8=32.")
    ('Checking the result', 'Working it out')
    """
    return next((title for pattern, title in TITLES if pattern.search(sentence)), PLAIN)


def quoted(sentences: list[str]) -> str:
    """The equations of these sentences, or where there are none the first of them, cut at a word."""
    equations = [re.sub(r"\s", "", found.group()) for said in sentences for found in EQUATION.finditer(said)]
    if equations:
        return shortened(", ".join(equations)) + "."
    return shortened(sentences[0]) if sentences else ""


def shortened(text: str, longest: int = LONGEST) -> str:
    """At most `longest` characters, never ending within a word or a number.

    >>> shortened("3+4=7, " * 40)[-7:]
    '3+4=7 …'
    """
    if len(text) <= longest:
        return text
    cut = re.split(r"[\s,]+\S*$", text[:longest])[0]
    return f"{cut} …" if len(cut) < longest else "…"


def paragraph(title: str, text: str) -> str:
    return f"**{title}**\n\n{text.strip()}\n\n"
