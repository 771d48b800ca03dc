"""Who writes a folder: one process at a time, known by a lock that the system takes back however that process ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from scratchwork.files import file_errors

GLANCE = 0.05  # seconds; one who looks whether the lock is held has it for an instant


class Held(Exception):
    """Another process has the lock; the message is its number, or `unknown`."""


def acquire(path: Path) -> int:
    """Take the lock at `path`; the handle to close when it is to be given back. Raises Held, and FileError."""
    with file_errors(path, "lock"):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        until = time.monotonic() + GLANCE
        # flock, not a file that must not exist: the system releases it however the process dies.
        while not locked(handle, fcntl.LOCK_EX):
            if time.monotonic() > until:
                owner = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
                os.close(handle)
                raise Held(owner)
            time.sleep(GLANCE / 10)
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def is_held(path: Path) -> bool:
    """Whether some process has the lock at `path`."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not locked(handle, fcntl.LOCK_SH)
    except OSError:
        return False
    finally:
        os.close(handle)


def locked(handle: int, kind: int) -> bool:
    """Whether the lock of this kind could be had at once."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
