"""Optimizers and learning-rate schedules: Muon or AdamW for the matrices, AdamW for the rest.

Muon (Jordan et al., 2024; `torch.optim.Muon`) orthogonalises the update of a matrix. Embeddings, norms, biases and the
output layer are no such matrices and always take AdamW.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from scratchwork.model.state import StateError

BETAS = (0.9, 0.95)
KEPT: dict[type, set[str]] = {  # what each keeps of a parameter: tensors in its shape, and the count of its steps
    torch.optim.Muon: {"momentum_buffer"},
    torch.optim.AdamW: {"step", "exp_avg", "exp_avg_sq"},
}


class Optimizer:
    """Two optimizers stepped as one, with one schedule factor on both learning rates."""

    def __init__(self, model: nn.Module, kind: str, lr: float, embed_lr: float, weight_decay: float) -> None:
        matrices, rest = split_parameters(model)
        if kind == "muon":
            main: torch.optim.Optimizer = torch.optim.Muon(
                matrices, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
            )
        else:
            main = torch.optim.AdamW(matrices, lr=lr, betas=BETAS, weight_decay=weight_decay, fused=True)
        other = torch.optim.AdamW(rest, lr=embed_lr, betas=BETAS, weight_decay=0.0, fused=True)
        self.parts = (main, other)
        self.peaks = [[g["lr"] for g in part.param_groups] for part in self.parts]
        self.parameters = [*matrices, *rest]

    def state(self) -> list[dict[str, Any]]:
        """What `restore` takes."""
        return [part.state_dict() for part in self.parts]

    def restore(self, states: Sequence[Any]) -> None:
        """Go on from what `state` gave; settings stay as they are. Raises StateError when it is of other parameters."""
        if len(states) != len(self.parts):
            raise StateError(f"it has the states of {len(states)} optimizers, not of {len(self.parts)}")
        for part, given in zip(self.parts, states, strict=True):
            parameters = [p for group in part.param_groups for p in group["params"]]
            kept = given.get("state") if isinstance(given, Mapping) else None
            if not isinstance(kept, Mapping) or not all(
                i in range(len(parameters)) and fits(own, parameters[i], KEPT[type(part)]) for i, own in kept.items()
            ):
                raise StateError(f"its state of {type(part).__name__} is not one of this model's parameters")
            part.load_state_dict({"state": dict(kept), "param_groups": part.state_dict()["param_groups"]})

    def clip(self, limit: float) -> float:
        """Scale the gradients down to norm `limit` (0: leave them); the norm before."""
        return float(torch.nn.utils.clip_grad_norm_(self.parameters, limit or float("inf")))

    def step(self, factor: float = 1.0) -> None:
        """Update with both learning rates times `factor`, then clear the gradients."""
        for part, peaks in zip(self.parts, self.peaks, strict=True):
            for group, peak in zip(part.param_groups, peaks, strict=True):
                group["lr"] = peak * factor
            part.step()
            part.zero_grad(set_to_none=True)


def split_parameters(model: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """The matrices inside the blocks, and everything else."""
    matrices: list[Tensor] = []
    rest: list[Tensor] = []
    for name, p in model.named_parameters():
        (matrices if p.dim() == 2 and name.startswith("layers.") else rest).append(p)
    return matrices, rest


def fits(own: Any, parameter: Tensor, names: set[str]) -> bool:
    """Whether this is what an optimizer keeps of a parameter."""
    shapes = {name: getattr(value, "shape", None) for name, value in own.items()} if isinstance(own, Mapping) else {}
    return shapes == {name: () if name == "step" else parameter.shape for name in names}


def trapezoid(step: int, steps: int, warmup: float, cooldown: float) -> float:
    """The schedule factor of step (from 0): up, flat, and down to 0 in straight lines.

    >>> [round(trapezoid(s, 10, 0.2, 0.4), 2) for s in (0, 1, 2, 5, 6, 9)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.25]
    """
    up = (step + 1) / max(1, round(steps * warmup))
    down = (steps - step) / max(1, round(steps * cooldown))
    return min(1.0, up, down)
