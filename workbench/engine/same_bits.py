"""Compares two states bit by bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor


def first_difference(one: Any, other: Any, path: str = "") -> str | None:
    """Return where two nested states differ first, None where every bit is the same.

    Dicts may be in another order. A number that is not one equals itself.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return path or "its parts"
        pairs = [(f"{path} {key}".strip(), one[key], other[key]) for key in one]
    elif isinstance(one, list | tuple) and type(one) is type(other):
        if len(one) != len(other):
            return path or "its parts"
        pairs = [
            (f"{path} {place}".strip(), ours, theirs)
            for place, (ours, theirs) in enumerate(zip(one, other, strict=True))
        ]
    else:
        return None if _is_same(one, other) else path or "its value"
    found = (first_difference(ours, theirs, name) for name, ours, theirs in pairs)
    return next((name for name in found if name is not None), None)


def tensors_of(state: Any) -> Iterator[Tensor]:
    """Go through all tensors of a nested state."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, dict):
        for part in state.values():
            yield from tensors_of(part)
    elif isinstance(state, list | tuple):
        for part in state:
            yield from tensors_of(part)


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and torch.equal(_bits(one), _bits(other))
    if isinstance(one, float) and isinstance(other, float):
        return one.hex() == other.hex()
    return type(one) is type(other) and bool(one == other)


def _bits(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
