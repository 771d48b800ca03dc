"""Whether `auto` is served, and with whom: what `calibrate` kept, where it was shown to pay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scratchwork.errors import UserError
from scratchwork.files import file_errors
from scratchwork.router.policy import Policy, load
from scratchwork.serve.house import Auto, Served

ROUTER, FRONTIER = "router.json", "frontier.json"  # in a run's folder


def find_auto(runs: Sequence[Path], models: Mapping[str, Served], wanted: bool | None) -> tuple[Auto | None, str]:
    """The first run's that has one, and a sentence on what was found. `wanted` None: where it was shown to pay.

    Raises UserError for a router that is damaged, and where `auto` is wanted but cannot be.
    """
    run = next((run for run in runs if (run / ROUTER).is_file()), None)
    if run is None or wanted is False:
        if wanted:
            raise UserError("--auto needs a router; make one with `scratchwork calibrate RUN` and serve that run")
        return None, ""
    policy = load(run / ROUTER)
    if wanted is None and not pays(run / FRONTIER, policy):
        return None, f"auto is off: {run / FRONTIER} does not show that it pays; --auto serves it all the same"
    deep = next((m for m in models.values() if m.run == run.resolve().name and m.role == "thinking"), None)
    quick = next((m for m in models.values() if label(m.run, m.name) == policy.quick), None)
    if deep is None or quick is None or "off" not in quick.codec.modes:
        raise UserError(
            f"{run / ROUTER} was made for quick answers by {policy.quick!r}, which is not served here; "
            "serve it as well, or give --no-auto"
        )
    return Auto(quick, deep, policy), f"auto asks {quick.name} or {deep.name}, by {policy.signal}"


def label(run: str | None, name: str) -> str:
    """What a model is called whatever stands beside it on the shelf.

    >>> label("zero-1", "zero-1/sft"), label("zero-1", "sft"), label(None, "SmolLM2")
    ('zero-1/sft', 'zero-1/sft', 'SmolLM2')
    """
    return f"{run}/{name.rpartition('/')[2]}" if run else name


def pays(path: Path, policy: Policy) -> bool:
    """Whether the frontier's verdict is on this policy, and good."""
    if not path.is_file():
        return False
    with file_errors(path, "read"):
        text = path.read_text(errors="replace")
    try:
        kept: dict[str, Any] = json.loads(text)
        return bool(kept["verdict"]["pays"]) and kept["policy"] == json.loads(json.dumps(asdict(policy)))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UserError(f"{path} is damaged; draw it again with `scratchwork eval RUN --frontier`") from None
