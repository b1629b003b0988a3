"""The elements of one tensor in one step, as the views of single weights show them."""

from __future__ import annotations

import torch
from torch import Tensor

from workbench.core.elements import ElementArrays, ElementKind, Elements
from workbench.engine.rates.rules import Moment, coefficient_of


def element_arrays(
    name: str, step: int, parameter: Tensor, moment: Moment | None
) -> ElementArrays:
    """Copy the elements of a tensor after its step; `moment` is from before it.

    The rate is the step coefficient where the method has one, else |Δ| / |g|. A tensor
    that had no gradient, and so no moment, has nothing but its values.
    """
    value = parameter.detach().to(torch.float32)
    nothing = torch.full_like(value, torch.nan)
    shown = {
        ElementKind.RATE: nothing,
        ElementKind.UPDATE: nothing,
        ElementKind.GRADIENT: nothing,
        ElementKind.VALUE: value,
    }
    if moment is not None:
        update = parameter.detach().to(moment.weight.dtype) - moment.weight
        shown[ElementKind.UPDATE] = update
        shown[ElementKind.GRADIENT] = moment.gradient
        shown[ElementKind.RATE] = _rate(moment, update)
    return ElementArrays(name, step, {kind: _copy(rows) for kind, rows in shown.items()})


def _rate(moment: Moment, update: Tensor) -> Tensor:
    coefficient = coefficient_of(moment)
    if isinstance(coefficient, Tensor):
        return coefficient
    if coefficient is not None:
        return torch.full_like(update, coefficient)
    rate = (update / moment.gradient).abs_()
    return rate.masked_fill_(~torch.isfinite(rate), torch.nan)


def _copy(values: Tensor) -> Elements:
    """Copy to memory of its own, which no later step changes."""
    copied: Elements = values.to("cpu", torch.float32, copy=True).contiguous().numpy()
    return copied
