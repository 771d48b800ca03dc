"""How a kernel is compiled: without the interpreter's lock, to the same bits each time, kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def digest(folder: Path) -> str:
    """Of the Python files in a folder."""
    texts = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:12]


VERSION = digest(Path(__file__).parent)  # of all that kernels are written in


def compiled(function: Kernel) -> Kernel:
    """numba's, kept on disk where there is a place for it.

    numba looks for changes in a kernel's own file alone, but it compiles in what the kernel calls: so the name under
    which it is kept tells the version of all of them. Nothing is left to the compiler's taste: with fastmath the same
    kernel, compiled anew or taken from the disk, differed in its last bits.
    """
    options = {"nogil": True, "error_model": "numpy"}
    function.__qualname__ += f"-{VERSION}"
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # neither beside this file nor in the user's cache may anything be written
        return njit(**options)(function)
