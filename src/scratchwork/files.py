"""Writing files so that a kill, a crash or a full disk never leaves half of one.

Everything is written aside, synced and renamed: a reader sees the old content or the new, and nothing between.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from scratchwork.errors import UserError

FIXES = {
    errno.ENOSPC: "the disk is full; free some space and start again, nothing written before is lost",
    errno.EDQUOT: "the disk quota is used up; free some space and start again, nothing written before is lost",
    errno.EROFS: "the file system is read-only; choose a folder that can be written",
    errno.EACCES: "permission denied; choose a folder that can be written, or change its owner or mode",
    errno.EPERM: "permission denied; choose a folder that can be written, or change its owner or mode",
}


class FileError(UserError):
    """The file system refused; the message says what, where and what to do."""


@contextlib.contextmanager
def file_errors(path: Path, doing: str = "write") -> Iterator[None]:
    """Turn an OSError of the block into a FileError about `path`."""
    try:
        yield
    except OSError as error:
        why = FIXES.get(error.errno or 0) or error.strerror or str(error)
        raise FileError(f"cannot {doing} {path}: {why}") from error


def atomic_write(path: Path, data: bytes) -> None:
    """Replace the file `path` by `data`, making its folder when there is none.

    Raises FileError when the disk is full or the folder cannot be written; the old file is then still whole.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")  # a neighbour: a rename must stay on one file system
    with file_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            _sync(path.parent)
        finally:
            aside.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Fill the folder that this yields; when the block ends well it becomes `path`, else it is removed.

    A folder already at `path` is moved away first, since rename cannot replace a full one: a kill between the two
    renames leaves neither, but never half of one. One process at a time may write the same `path`.
    Raises FileError when the disk is full or the folder cannot be written.
    """
    aside, old = path.with_name(f".{path.name}.aside"), path.with_name(f".{path.name}.old")
    with file_errors(path):
        try:
            shutil.rmtree(aside, ignore_errors=True)  # left by a process that was killed
            aside.mkdir(parents=True)
            yield aside
            for inner in [*aside.rglob("*"), aside]:
                _sync(inner)
            if path.exists():
                path.rename(old)
            aside.rename(path)
            _sync(path.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    """Have the system put a file's content, or a folder's list of names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
