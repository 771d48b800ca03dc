"""The command as a function, and one finished run for all who only look at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scratchwork.cli import main

QUICK = ("--threads", "1", "--set", "grpo.steps=3", "--set", "pretrain.tokens=4000", "--set", "grpo.checkpoint_every=2")


@pytest.fixture
def scratchwork(tmp_path, monkeypatch, capsys) -> Callable[..., tuple[int, str, str]]:
    """`scratchwork("run", "smoke")` in an empty folder: (exit status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return int(end.value.code or 0), *capsys.readouterr()

    return call


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """The root of a finished smoke run called `done`, not to be changed."""
    root = tmp_path_factory.mktemp("finished")
    with pytest.raises(SystemExit) as end:
        main(["run", "smoke", *QUICK, "--name", "done", "--runs-root", str(root)])
    assert not end.value.code
    return root


@pytest.fixture
def quick() -> tuple[str, ...]:
    """Options that make the recipe `smoke` quicker still."""
    return QUICK
