"""One writer at a time; looking takes nothing from anyone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scratchwork.files import FileError
from scratchwork.lock import Held, acquire, is_held


def test_a_lock_is_held_until_it_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    assert not is_held(path)
    handle = acquire(path)
    assert is_held(path) and path.read_text() == f"{os.getpid()}\n"
    with pytest.raises(Held, match=str(os.getpid())):
        acquire(path)
    os.close(handle)
    assert not is_held(path)
    os.close(acquire(path))


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "none" / ".lock")
    with pytest.raises(FileError, match="cannot lock"):
        acquire(tmp_path / "none" / ".lock")
