"""What a stage's loop needs of the world outside it, and the one way a loop can fail on its own account.

The loops of this layer know nothing of folders, terminals or signals: they hand each step's line and, when asked, their
whole state to a `Session`. recipe/session.py has the one that writes run folders; tests have one that keeps lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

from torch import Tensor

from scratchwork.errors import UserError
from scratchwork.types import Group


class Diverged(UserError):
    """The loss or the gradient is not finite, or the gradient is far beyond the limit that the recipe sets.

    `groups` are the rollouts of the step, where it had any.
    """

    groups: Sequence[Group] = ()


def refuse_divergence(loss: float, norm: float, limit: float) -> None:
    """Raises Diverged for a loss or gradient norm that is not finite, or a norm above the limit (0: none)."""
    if not isfinite(loss) or not isfinite(norm):
        raise Diverged(f"loss is {loss} and the gradient norm {norm}; lower lr, or go back to a checkpoint")
    if limit and norm > limit:
        raise Diverged(
            f"the gradient norm is {norm:.3g}, above max_grad_norm_stop {limit:g}; "
            "lower lr, or raise the limit if such gradients are usual for this model"
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a loop stands besides its weights and optimizer: enough to go on exactly.

    Every draw is a hash of (seed, step, ...), so there is no generator state to keep.
    """

    step: int = 0  # steps done
    position: int = 0  # problems or documents taken from the source
    extra: Mapping[str, Any] = field(default_factory=dict)  # JSON-able


class Session(Protocol):
    """The loop's view of a run."""

    def log(self, step: int, metrics: Mapping[str, float], groups: Sequence[Group] = ()) -> None:
        """A step is done: its metrics, and its rollouts where there are any."""
        ...

    def due(self, step: int) -> bool:
        """Whether to save now: by the calendar, at the end, or because someone asked to stop."""
        ...

    def save(self, progress: Progress) -> None:
        """Keep model, optimizer and `progress`."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether someone asked to stop."""
        ...

    def failed(self, step: int, why: str, groups: Sequence[Group] = (), rows: Tensor | None = None) -> None:
        """A step diverged: keep its data, rollouts or rows of ids (B, T)."""
        ...


StepMetrics = Callable[[Sequence[Group]], Mapping[str, float]]
