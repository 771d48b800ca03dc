"""Think or not: explicit intent first, else a signal against a threshold that was set by measurement."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from scratchwork.errors import UserError
from scratchwork.files import atomic_write, file_errors
from scratchwork.router.classifier import FEATURES, Classifier

Signal = Literal["agreement", "confidence", "classifier"]
SIGNALS: tuple[Signal, ...] = ("agreement", "confidence", "classifier")


@dataclass(frozen=True)
class Policy:
    """A quick answer will do where `signal` scores `threshold` or more; else think, for `budget` tokens (None: any)."""

    signal: Signal = "agreement"
    threshold: float = 1.0
    samples: int = 4  # quick answers that agreement looks at
    budget: int | None = None
    classifier: Classifier | None = None
    quick: str = ""  # who gives the quick answers
    evidence: str = ""  # what it was set by, for people to read

    @property
    def asks(self) -> int:
        """Quick answers that it wants before it decides."""
        return {"agreement": self.samples, "confidence": 1, "classifier": 0}[self.signal]

    def thinks(self, score: float) -> bool:
        return score < self.threshold


def save(policy: Policy, path: Path) -> None:
    atomic_write(path, (json.dumps(asdict(policy), indent=2) + "\n").encode())


def load(path: Path) -> Policy:
    """Raises UserError for a file that is none of ours."""
    with file_errors(path, "read"):
        text = path.read_text(errors="replace")
    try:
        table: dict[str, Any] = json.loads(text)
        weights = (table.pop("classifier") or {}).get("weights")
        policy = Policy(**table, classifier=None if weights is None else Classifier(tuple(map(float, weights))))
        flaw = flaw_of(policy)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is not a router's policy ({error}); make one with `scratchwork calibrate`") from None
    if flaw:
        raise UserError(f"{path}: {flaw}; make it again with `scratchwork calibrate`")
    return policy


def flaw_of(policy: Policy) -> str | None:
    """What is wrong with it, in words."""
    if policy.signal not in SIGNALS:
        return f"signal is {policy.signal!r}; it is one of {', '.join(SIGNALS)}"
    if not 0 <= policy.threshold <= 2:
        return f"threshold is {policy.threshold!r}; it is a number from 0 to 2"
    if not 1 <= policy.samples <= 8:
        return f"samples is {policy.samples!r}; it is a number from 1 to 8"
    if policy.budget is not None and not 1 <= policy.budget <= 1_000_000:
        return f"budget is {policy.budget!r}; it is a number of tokens, or null"
    if (policy.signal == "classifier") != (policy.classifier is not None):
        return "a classifier's weights stand with the signal 'classifier' and with no other"
    if policy.classifier is not None and len(policy.classifier.weights) != FEATURES + 1:
        return f"the classifier has {len(policy.classifier.weights)} weights; it needs {FEATURES + 1}"
    return None
