"""Files are whole or not there, and a refusal of the system is a sentence."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scratchwork.files import FileError, atomic_folder, atomic_write


def refuse(code: int):
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_is_made_with_its_folders_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    atomic_write(path, b"one")
    with path.open("rb") as reader:
        atomic_write(path, b"two")
        assert reader.read() == b"one"  # who is reading goes on with the old file
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["b.txt"]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EROFS, "the file system is read-only; choose"),
        (errno.EACCES, "permission denied; choose"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_refused_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, sentence: str
) -> None:
    path = tmp_path / "summary.json"
    atomic_write(path, b"old")
    monkeypatch.setattr(os, "fsync", refuse(code))
    with pytest.raises(FileError, match=rf"cannot write .*summary\.json: {sentence}"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["summary.json"]


def test_a_file_in_the_place_of_a_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "evals").write_text("")
    with pytest.raises(FileError, match="cannot write"):
        atomic_write(tmp_path / "evals" / "a.json", b"{}")


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "step-1"
    for content in ("one", "two"):
        with atomic_folder(path) as aside:
            (aside / "trainer").mkdir()
            (aside / "trainer" / content).write_text(content)
            assert not (path / "trainer" / content).exists()
    assert names(path / "trainer") == ["two"]
    assert names(path.parent) == ["step-1"]


def test_a_folder_whose_block_fails_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "step-1"
    with pytest.raises(KeyError), atomic_folder(path) as aside:
        (aside / "half").write_text("half")
        raise KeyError("x")
    assert names(tmp_path) == []


def test_a_killed_writer_leaves_the_old_folder_and_the_next_clears_up(tmp_path: Path) -> None:
    path = tmp_path / "step-1"
    with atomic_folder(path) as aside:
        (aside / "weights").write_text("old")
    code = (
        "import os, sys; from pathlib import Path; from scratchwork.files import atomic_folder\n"
        "with atomic_folder(Path(sys.argv[1])) as aside:\n"
        "    (aside / 'weights').write_text('new'); os.kill(os.getpid(), 9)\n"
    )
    source = Path(__file__).parents[1] / "src"
    killed = subprocess.run([sys.executable, "-c", code, str(path)], cwd=source)
    assert killed.returncode == -signal.SIGKILL
    assert (path / "weights").read_text() == "old"
    with atomic_folder(path) as aside:
        assert names(aside) == []
        (aside / "weights").write_text("newer")
    assert (path / "weights").read_text() == "newer"
    assert names(tmp_path) == ["step-1"]
