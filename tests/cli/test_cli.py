"""What every verb has in common: it helps at once, and as a module too."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
VERBS = (
    "run",
    "pretrain",
    "sft",
    "grpo",
    "eval",
    "sample",
    "report",
    "runs",
    "chat",
    "serve",
    "watch",
    "calibrate",
    "probe",
    "export",
    "aha",
    "import",
    "doctor",
    "study",
)
HEAVY = {"torch", "numpy", "matplotlib", "pyarrow", "tokenizers", "jinja2", "fastapi"}  # typer loads pydantic itself
HELP = """
import sys
from scratchwork.cli import main
for arguments in ([], *([verb] for verb in sys.argv[1:])):
    try:
        main([*arguments, "--help"])
    except SystemExit as end:
        assert not end.code, end.code
print(*sys.modules)
"""


def test_help_loads_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", HELP, *VERBS], capture_output=True, text=True, cwd=SOURCE, check=True)
    *helped, modules = done.stdout.splitlines()
    text = "\n".join(helped)
    assert all(f"scratchwork {verb} [OPTIONS]" in text for verb in VERBS)
    assert HEAVY & set(modules.split()) == set()
    assert not [name for name in modules.split() if name.startswith(("scratchwork.recipe", "scratchwork.config"))]


def test_help_takes_less_than_half_a_second_of_computing():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "scratchwork", "--help"], capture_output=True, cwd=SOURCE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


@pytest.mark.parametrize("verb", ("run", "pretrain", "sft", "grpo", "eval"))
def test_verbs_with_a_recipe_take_its_options(verb, capsys):
    from scratchwork.cli import main

    with pytest.raises(SystemExit):
        main([verb, "--help"])
    out = capsys.readouterr().out
    assert all(option in out for option in ("--set A.B=C", "--dry-run", "--seed", "--threads", "--runs-root"))
