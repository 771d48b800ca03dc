"""Answers as JSON that any reader takes: plain ASCII, and null for what is no number."""

from __future__ import annotations

import json
import math
from typing import Any


def to_json(answer: Any) -> str:
    r"""
    >>> to_json({"loss": float("nan"), "text": "验\x00\ud800"})
    '{"loss":null,"text":"\\u9a8c\\u0000\\ud800"}'
    """
    try:
        return json.dumps(answer, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(without_nan(answer), allow_nan=False, separators=(",", ":"))


def without_nan(value: Any) -> Any:
    """The same with None for each number that is not finite."""
    if isinstance(value, dict):
        return {key: without_nan(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(own) for own in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
