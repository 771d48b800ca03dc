"""The package as a whole: its public names, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import scratchwork


def test_every_public_name_is_there() -> None:
    assert all(getattr(scratchwork, name) is not None for name in scratchwork.__all__)
    assert set(scratchwork.__all__) <= set(dir(scratchwork))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Trainer'"):
        scratchwork.Trainer  # noqa: B018


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys; import scratchwork; print(*sys.modules)"
    source = Path(__file__).parents[1] / "src"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=source)
    loaded = set(out.stdout.split())
    assert not {"torch", "pydantic", "numpy"} & loaded
    assert not [name for name in loaded if name.startswith("scratchwork.")]
