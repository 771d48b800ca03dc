r"""A user's own problems, one JSON object a line: GSM8K, MATH, Countdown, and what else has a question and an answer.

Columns go by many names: of each row of COLUMNS the first name that the file's first line has is taken. The answer is
read out of a worked solution where it stands behind GSM8K's `####` or in MATH's last `\boxed{}`. What then is one
number goes to the verifier "number", plain words to "text"; a line with numbers and a target is a countdown. Any other
answer (a formula, a pair) would need algebra to judge: its line is left out and counted, never judged by its looks.

Left out: nested columns, lists of messages as prompts, files that do not fit in memory.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scratchwork.files import file_errors
from scratchwork.tasks.base import LEVELS, TaskError, make_problem
from scratchwork.tasks.countdown import countdown_key, countdown_prompt
from scratchwork.types import Problem

FAMILY = "jsonl"
COLUMNS = {
    "question": ("question", "problem", "prompt"),
    "answer": ("final_answer", "answer", "ground_truth", "solution"),
    "numbers": ("nums", "numbers"),
    "target": ("target",),
    "level": ("level",),
}
# Narrower than what reward/number.py reads (tasks never import a verifier): so every gold that passes can be judged.
_NUMBER = re.compile(
    r"-?(?:\\?\$)?(?:(?:\d{1,3}(?:,\d{3})+|\d{1,60})(?:\.\d{1,60})?|\.\d{1,60})(?:\^\\circ)?|-?\d{1,60}/[1-9]\d{0,59}"
    r"|-?\\[dt]?frac\{\d{1,60}\}\{[1-9]\d{0,59}\}",
    re.ASCII,
)
_WORDS = re.compile(r"[^\W\d_][^\W_]*(?:[ '’-][^\W_]+)*\.?")
_BRACE = re.compile(r"\\[{}]|[{}]")

Row = Mapping[str, Any]


class Jsonl:
    """The problems of a file, as a task. Print it to see which column was taken for what.

    Raises TaskError for lines that cannot be read, all named by their numbers, and when no line can be judged;
    FileError when there is no file to read.
    """

    family = FAMILY

    def __init__(self, path: Path) -> None:
        self.path = path
        rows = read_rows(path)
        self.columns = map_columns(path, rows)
        self.problems: dict[int, list[Problem]] = {}  # by level
        self.left_out: list[int] = []  # lines
        for number, row in rows.items():
            problem = row_problem({name: row[column] for name, column in self.columns.items()}, f"{path} line {number}")
            if problem is None:
                self.left_out.append(number)
            else:
                self.problems.setdefault(problem.level, []).append(problem)
        if not self.problems:
            raise TaskError(
                f"{path}: no line has one number or plain words in column {self.columns['answer']!r}, "
                "so nothing here can be judged; give a column of final answers"
            )

    def __str__(self) -> str:
        taken = ", ".join(f"{name} <- {column}" for name, column in self.columns.items())
        counts = ", ".join(f"{len(own)} at level {level}" for level, own in sorted(self.problems.items()))
        left_out = f"; not to be judged and left out: {numbered(self.left_out)}" if self.left_out else ""
        return f"{self.path}: {taken}; problems: {counts}{left_out}"

    def draw(self, rng: random.Random, level: int) -> Problem:
        """Any of the problems of `level`. Raises TaskError when there are none."""
        if level not in self.problems:
            raise TaskError(
                f"{self.path} has no problems at level {level}; set its levels in [[tasks]] to {sorted(self.problems)}"
            )
        return rng.choice(self.problems[level])


def read_rows(path: Path) -> dict[int, Row]:
    """The objects of the file by line number, from 1; empty lines do not count."""
    with file_errors(path, "read"):
        raw = path.read_bytes()
    rows: dict[int, Row] = {}
    broken: dict[int, str] = {}
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=refuse_constant)
            json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but no text
        except (ValueError, RecursionError) as error:  # a ValueError also for bytes that are not UTF-8
            broken[number] = str(error)
            continue
        if isinstance(row, dict):
            rows[number] = row
        else:
            broken[number] = f"a {type(row).__name__}, not an object"
    if broken:
        first, why = next(iter(broken.items()))
        raise TaskError(f"{path}: {numbered(list(broken))} cannot be read as a JSON object (line {first}: {why})")
    if not rows:
        raise TaskError(f"{path} is empty; it needs one JSON object a line")
    return rows


def map_columns(path: Path, rows: Mapping[int, Row]) -> dict[str, str]:
    """Which column holds what, by the first line. Raises TaskError for missing columns or values, with the lines."""
    first = next(iter(rows.values()))
    columns = {name: next((c for c in known if c in first), "") for name, known in COLUMNS.items()}
    columns = {name: column for name, column in columns.items() if column}
    if not {"numbers", "target"} <= columns.keys() and not {"question", "answer"} <= columns.keys():
        raise TaskError(
            f"{path}: found columns {', '.join(map(repr, first)) or 'none'}; it needs a question "
            f"({', '.join(COLUMNS['question'])}) and an answer ({', '.join(COLUMNS['answer'])}), or nums and target"
        )
    for column in columns.values():
        bad = [number for number, row in rows.items() if row.get(column) in (None, "")]
        if bad:
            found = ", ".join(map(repr, rows[bad[0]])) or "none"
            raise TaskError(f"{path}: no {column!r} in {numbered(bad)} (line {bad[0]} has {found}); add it")
    return columns


def row_problem(row: Row, where: str) -> Problem | None:
    """The Problem of a line, `row` by our names for columns; None when no verifier can judge its answer."""
    level = read_level(row.get("level", 1), where)
    question = row.get("question", "")
    if not isinstance(question, str):
        raise TaskError(f"{where}: the question is a {type(question).__name__}; it must be text")
    answer = final_answer(str(row.get("answer", "")))
    if {"numbers", "target"} <= row.keys():
        numbers, target = row["numbers"], row["target"]
        if not isinstance(numbers, list) or len(numbers) < 2 or not all(type(n) is int for n in [*numbers, target]):
            raise TaskError(f"{where}: numbers {numbers!r} and target {target!r} must be whole, at least two of them")
        prompt = question or countdown_prompt(numbers, target)
        data = {"numbers": numbers, "target": target}
        return make_problem(FAMILY, countdown_key(numbers, target), level, prompt, answer, "countdown", data)
    verifier = "number" if _NUMBER.fullmatch(answer) else "text" if _WORDS.fullmatch(answer) else None
    return make_problem(FAMILY, " ".join(question.split()), level, question, answer, verifier) if verifier else None


def refuse_constant(name: str) -> float:
    """What Python's parser reads beyond JSON: NaN and the infinities."""
    raise ValueError(f"{name} is not a number in JSON")


def final_answer(text: str) -> str:
    r"""The answer in a worked solution: behind the last `####`, or in the last `\boxed{}`, or all of it.

    >>> final_answer("She has 3*3=9.\n#### 9"), final_answer(r"So \boxed{\frac{1}{2}}."), final_answer(" $12 ")
    ('9', '\\frac{1}{2}', '12')
    """
    if "####" in text:
        text = text.rpartition("####")[2]
    elif (start := text.rfind(r"\boxed{")) >= 0:
        depth = 0
        for brace in _BRACE.finditer(text, start):
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if not depth:
                text = text[start + len(r"\boxed{") : brace.start()]
                break
    return text.strip().strip("$").strip()


def read_level(value: Any, where: str) -> int:
    """`3`, `"3"` or MATH's `"Level 3"`."""
    level = str(value).removeprefix("Level ")
    if level not in map(str, LEVELS):
        raise TaskError(f"{where}: level is {value!r}; it must be 1 to {LEVELS[-1]}")
    return int(level)


def numbered(numbers: Sequence[int]) -> str:
    """
    >>> numbered([3]), numbered([3, 5, 8, 13, 21, 34, 55])
    ('line 3', 'lines 3, 5, 8, 13, 21 and 2 more')
    """
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:5]))}{more}"
