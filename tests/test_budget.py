"""Small files and small functions: at most 300 lines and 60."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = [path for folder in ("src", "tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]


def long_functions(source: str, most: int) -> list[str]:
    """The names of functions of more than `most` lines, decorators and docstring included."""
    functions = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    first = {f: min([f.lineno, *(d.lineno for d in f.decorator_list)]) for f in functions}
    return [f.name for f, line in first.items() if (f.end_lineno or line) - line + 1 > most]


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}
    assert "src/scratchwork/types.py" in lengths


def test_no_function_is_longer_than_60_lines() -> None:
    found = {str(path.relative_to(ROOT)): long_functions(path.read_text(), 60) for path in FILES}
    assert {name: functions for name, functions in found.items() if functions} == {}


def test_the_check_finds_a_long_function() -> None:
    source = "@property\ndef f(self):\n    pass\n\nasync def g():\n    pass\n"
    assert long_functions(source, 2) == ["f"]
    assert long_functions(source, 1) == ["f", "g"]
