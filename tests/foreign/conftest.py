"""What TRL left after four steps (see record.py), and the same answers as verl would have left them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scratchwork.foreign.folder import Wanted, follow_foreign
from scratchwork.foreign.follower import Follower

HERE = Path(__file__).parent


@pytest.fixture
def take(tmp_path):
    """Copies a sample, lets `change` damage it, and takes it over; the follower."""

    def take(kind: str, change=lambda folder: None, **wanted) -> Follower:
        folder = tmp_path / f"{kind}_sample"
        if not folder.exists():
            shutil.copytree(HERE / folder.name, folder)
        change(folder)
        with follow_foreign(kind, folder, tmp_path / "runs" / kind, Wanted(**wanted)).run:
            pass
        follower = follow_foreign(kind, folder, tmp_path / "runs" / kind, Wanted(**wanted))
        follower.refresh()
        follower.run.close()
        return follower

    return take
