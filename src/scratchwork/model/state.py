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

from scratchwork.errors import UserError


class StateError(UserError):
    """A state that nothing here can have kept: training cannot go on from it."""


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
    """What was packed; `unpack(*pack(state))` equals `state`. Raises StateError for what `pack` does not make."""
    match rest:
        case list():
            return [unpack(tensors, value) for value in rest]
        case {"$tensor": str(path)} if path in tensors:
            return tensors[path]
        case {"$tuple": list(values)}:
            return tuple(unpack(tensors, value) for value in values)
        case {"$items": list(items)} if all(map(_is_item, items)):
            return {key: unpack(tensors, value) for key, value in items}
        case dict() if not any(key.startswith("$") for key in rest):
            return {key: unpack(tensors, value) for key, value in rest.items()}
        case dict():
            raise StateError(f"the state holds {rest!r:.80}, which stands for no tensor, tuple or table that was kept")
    return rest


def _is_item(pair: Any) -> bool:
    """Whether this is a key and a value, as JSON has them."""
    return isinstance(pair, list) and len(pair) == 2 and not isinstance(pair[0], list | dict)
