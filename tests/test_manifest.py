"""Where a run's numbers come from."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import scratchwork
from scratchwork.manifest import git_commit, make_manifest


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_it_names_code_packages_data_and_machine() -> None:
    manifest = make_manifest({"run": 1}, {"base": "sha256:00"}, {"gpu": "none"})
    assert json.loads(json.dumps(manifest)) == manifest
    assert manifest["scratchwork"] == scratchwork.__version__
    assert {"torch", "pydantic"} <= manifest["packages"].keys()
    assert (manifest["seeds"], manifest["data"]) == ({"run": 1}, {"base": "sha256:00"})
    assert manifest["hardware"]["gpu"] == "none"
    assert manifest["hardware"]["cores"] >= 1


def test_the_commit_says_whether_files_differ(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    assert git_commit(tmp_path) is None
    git(tmp_path, "init")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-m", "first")
    commit = git_commit(tmp_path)
    assert commit is not None
    assert len(commit) == 40
    (tmp_path / "a.py").write_text("2")
    assert git_commit(tmp_path) == f"{commit}-dirty"


def test_a_folder_that_git_does_not_track_has_no_commit(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "init")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-m", "first")
    inside = tmp_path / "site-packages"
    inside.mkdir()
    (inside / "b.py").write_text("1")
    assert git_commit(inside) is None
