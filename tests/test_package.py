"""The package as a whole: its public names, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import scratchwork


def test_every_public_name_is_there() -> None:
    assert all(getattr(scratchwork, name) is not None for name in scratchwork.__all__)
    assert set(scratchwork.__all__) <= set(dir(scratchwork))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Trainer'"):
        scratchwork.Trainer  # noqa: B018


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys; sys.path.insert(0, 'src'); import scratchwork; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "pydantic", "numpy"} & set(out)
    assert not [name for name in out if name.startswith("scratchwork.")]
