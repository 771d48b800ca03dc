"""Nested states as tensors and JSON: what a `state_dict` of an optimizer is kept in, instead of a pickle.

A pickle runs code when it is read; safetensors and JSON hold data and nothing else. A tensor goes to safetensors under
its path and leaves {"$tensor": path} in the JSON; JSON has no tuples and no keys but strings, so {"$tuple": [...]} and
{"$items": [[key, value], ...]} stand for what has them. What is neither tensor, container nor plain value is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def pack(state: Any) -> tuple[dict[str, Tensor], Any]:
    """Copies of the tensors in `state` by their paths, and the rest as JSON can hold it.

    >>> import torch
    >>> tensors, rest = pack({"lr": 0.1, "state": {0: {"mean": torch.tensor([1.0])}}, "betas": (0.9, 0.95)})
    >>> tensors
    {'state/0/mean': tensor([1.])}
    >>> rest["betas"], rest["state"]
    ({'$tuple': [0.9, 0.95]}, {'$items': [[0, {'mean': {'$tensor': 'state/0/mean'}}]]})

    Raises TypeError for a value of another type.
    """
    tensors: dict[str, Tensor] = {}

    def walk(node: Any, path: str) -> Any:
        if isinstance(node, Tensor):
            if path in tensors:
                raise TypeError(f"two tensors of the state have the path {path!r}")
            tensors[path] = node.detach().cpu().clone(memory_format=torch.contiguous_format)
            return {"$tensor": path}
        inside = f"{path}/" if path else ""
        if isinstance(node, Mapping):
            items = {key: walk(value, f"{inside}{key}") for key, value in node.items()}
            named = all(isinstance(key, str) and not key.startswith("$") for key in items)
            return items if named else {"$items": [[key, value] for key, value in items.items()]}
        if isinstance(node, list | tuple):
            values = [walk(value, f"{inside}{i}") for i, value in enumerate(node)]
            return values if isinstance(node, list) else {"$tuple": values}
        if node is None or isinstance(node, bool | int | float | str):
            return node
        raise TypeError(
            f"{path!r} of the state is a {type(node).__name__}; a checkpoint keeps tensors and plain values"
        )

    return tensors, walk(state, "")


def unpack(tensors: Mapping[str, Tensor], rest: Any) -> Any:
    """What was packed; `unpack(*pack(state))` equals `state`."""
    if isinstance(rest, list):
        return [unpack(tensors, value) for value in rest]
    if not isinstance(rest, dict):
        return rest
    if "$tensor" in rest:
        return tensors[rest["$tensor"]]
    if "$tuple" in rest:
        return tuple(unpack(tensors, value) for value in rest["$tuple"])
    items = rest["$items"] if "$items" in rest else rest.items()
    return {key: unpack(tensors, value) for key, value in items}
