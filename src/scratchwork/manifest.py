"""Where a run's numbers come from: the code, the packages, the seeds, the data and the machine.

Left out: what says who or where (host name, user, paths), so that a run folder can be given away as it is.
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import scratchwork

PACKAGES = ("torch", "numpy", "tokenizers", "safetensors", "pydantic", "pyarrow", "transformers", "vllm", "ray")


def make_manifest(
    seeds: Mapping[str, int], data: Mapping[str, str], hardware: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A JSON-able dictionary. `data` maps what was read to its hash; `hardware` adds what only torch knows, as GPUs."""
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "scratchwork": scratchwork.__version__,
        "commit": git_commit(Path(scratchwork.__file__).parent),
        "python": platform.python_version(),
        "packages": package_versions(),
        "seeds": dict(seeds),
        "data": dict(data),
        "hardware": {"cpu": cpu_name(), "cores": os.cpu_count(), "system": platform.platform(), **(hardware or {})},
    }


def package_versions() -> dict[str, str]:
    """The versions of those of PACKAGES that are installed."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def git_commit(folder: Path) -> str | None:
    """The commit that `folder` is checked out at, "-dirty" after it when files differ; None outside a checkout.

    A folder that git does not track (a package installed inside some other repository) has no commit either.
    """
    try:
        if not _git(folder, "ls-files", "--", "."):
            return None
        return _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.SubprocessError):
        return None


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
