"""Measures effective learning rates while training.

With the gradient g that reaches the optimizer (after clipping), the weights θ_{t−1}
before the step and Δ = θ_t − θ_{t−1}, of each tensor:

- step coefficient: η in Δ = −η·d − decay − carried, by element; see `rates.rules`.
  Undefined for some optimizers, whose settings in `core.optimizers` say why.
- realised rate: |Δ| / |g| by element where g ≠ 0, as far as the number type holds it.
- realised norm: ‖Δ‖₂ / ‖g‖₂. Update to weight: ‖Δ‖₂ / ‖θ_{t−1}‖₂. Both undefined where
  they would divide by 0.
- signal share: |m̂| / (√v̂ + ε) of the Adam family, by element; see `rates.rules`.
- decay to weight: ‖decay‖₂ / ‖θ_{t−1}‖₂, which is lr·wd; undefined where no decay is
  apart from the gradient, and where all weights are 0.
- gradient norm ‖g‖₂ and weight norm ‖θ_{t−1}‖₂.

In the realised ones and the update, Δ is the whole change of the weights in the step:
weight decay is in it, and Lookahead's pull at every k-th step. η and the signal share
are always those of the inner optimizer. A tensor that has no gradient in a step has no
rates in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from workbench.core.elements import ElementTap
from workbench.core.rates import STATISTICS, Quantity, Rates, TensorFacts
from workbench.engine.optimizers import OptimizerStack
from workbench.engine.rates.elements import element_arrays
from workbench.engine.rates.rules import (
    Moment,
    coefficient_of,
    decay_share_of,
    moment_of,
    signal_share_of,
)
from workbench.engine.rates.statistics import summarise

_ROW = {quantity: row for row, quantity in enumerate(Quantity)}
_ETA = _ROW[Quantity.STEP_COEFFICIENT]
_REALISED = _ROW[Quantity.REALISED_RATE]
_SHARE = _ROW[Quantity.SIGNAL_SHARE]
_MEDIAN = STATISTICS.index("p50")


@dataclass(frozen=True)
class Place:
    """Where the optimizer keeps a parameter; groups are replaced when state is loaded."""

    parameter: nn.Parameter
    optimizer: Optimizer
    group_index: int

    @property
    def group(self) -> dict[str, Any]:
        """Return the present hyperparameters."""
        group: dict[str, Any] = self.optimizer.param_groups[self.group_index]
        return group


@dataclass(frozen=True)
class _Before:
    """What is known before a step; weights and gradients of all tensors in one row."""

    active: list[int]  # tensors that have a gradient
    sizes: list[int]
    weights: Tensor
    gradients: Tensor
    moments: list[Moment]


class RateProbe:
    """Measures the effective rates of all tensors of a model in one step.

    Where the tap names a tensor, its elements in the measured step are put there.
    """

    def __init__(
        self,
        stack: OptimizerStack,
        named_parameters: Iterable[tuple[str, nn.Parameter]],
        tap: ElementTap | None = None,
    ) -> None:
        named = list(named_parameters)
        self.tensors = describe_tensors(named)
        self._places = find_places(stack, [parameter for _, parameter in named])
        self._before: _Before | None = None
        self._tap = tap

    @torch.no_grad()
    def before_step(self) -> None:
        """Take what has to be known: once the gradients are there, before the step.

        An optimizer that evaluates the loss itself calls its closure for that; then
        this belongs at the end of the closure's first evaluation.
        """
        active = [i for i, p in enumerate(self._places) if p.parameter.grad is not None]
        if not active:
            self._before = _Before([], [], torch.empty(0), torch.empty(0), [])
            return
        places = [self._places[index] for index in active]
        weights = _flat([place.parameter for place in places])
        gradients = _flat(
            [p.parameter.grad for p in places if p.parameter.grad is not None]
        )
        sizes = [place.parameter.numel() for place in places]
        rows = zip(
            places, torch.split(weights, sizes), torch.split(gradients, sizes), strict=True
        )
        moments = [_moment(place, weight, gradient) for place, weight, gradient in rows]
        self._before = _Before(active, sizes, weights, gradients, moments)

    @torch.no_grad()
    def after_step(self, step: int) -> Rates:
        """Return the rates of the step, shape (tensors, quantities, statistics).

        Quantities and statistics are in the order of `Quantity` and `STATISTICS`; NaN
        where one is not defined.

        Raises:
            RuntimeError: where `before_step` was not called before the step.
        """
        before, self._before = self._before, None
        if before is None:
            raise RuntimeError(f"before_step was not called before step {step}")
        rates = np.full((len(self._places), len(Quantity), len(STATISTICS)), np.nan)
        if before.active:
            rates[before.active] = self._measure(before)
        if self._tap is not None and self._tap.wanted is not None:
            self._show(before, step)
        return rates

    def _measure(self, before: _Before) -> Rates:
        """Measure the tensors that have a gradient; one transfer for all elements."""
        change = _flat([self._places[index].parameter for index in before.active])
        change.sub_(before.weights)
        delta, gradient, weight = _norms(
            (change, before.gradients, before.weights), before.sizes
        )
        rates = np.full((len(before.active), len(Quantity), len(STATISTICS)), np.nan)
        rates[:, _ROW[Quantity.REALISED_NORM], _MEDIAN] = _ratio(delta, gradient)
        rates[:, _ROW[Quantity.UPDATE_TO_WEIGHT], _MEDIAN] = _ratio(delta, weight)
        rates[:, _ROW[Quantity.GRADIENT_NORM], _MEDIAN] = _finite(gradient)
        rates[:, _ROW[Quantity.WEIGHT_NORM], _MEDIAN] = _finite(weight)
        rates[:, _ROW[Quantity.DECAY_TO_WEIGHT], _MEDIAN] = [
            np.nan if share is None or length == 0 else share
            for share, length in zip(
                map(decay_share_of, before.moments), weight, strict=True
            )
        ]
        realised = change.div_(before.gradients).abs_()
        _summarise(rates, realised, before)
        return rates

    def _show(self, before: _Before, step: int) -> None:
        """Put the elements of the tensor that a view wants where it finds them."""
        tap = self._tap
        names = [tensor.name for tensor in self.tensors]
        if tap is None or tap.wanted not in names:
            return
        index = names.index(tap.wanted)
        moments = dict(zip(before.active, before.moments, strict=True))
        tap.latest = element_arrays(
            names[index], step, self._places[index].parameter, moments.get(index)
        )


def _summarise(rates: Rates, realised: Tensor, before: _Before) -> None:
    """Fill in the quantities that have a value for each element."""
    elements, sizes = [realised], list(before.sizes)
    rows, columns = list(range(len(sizes))), [_REALISED] * len(sizes)
    for row, moment in enumerate(before.moments):
        coefficient = coefficient_of(moment)
        share = signal_share_of(moment, coefficient)
        for column, found in ((_ETA, coefficient), (_SHARE, share)):
            if isinstance(found, Tensor):
                elements.append(found.flatten())
                sizes.append(found.numel())
                rows.append(row)
                columns.append(column)
            elif found is not None:
                rates[row, column] = found
    rates[rows, columns] = summarise(torch.cat(elements).cpu().numpy(), sizes)


def describe_tensors(
    named_parameters: Sequence[tuple[str, nn.Parameter]],
) -> tuple[TensorFacts, ...]:
    """Describe parameters in the order of the network; a layer's share its depth."""
    depths: dict[str, int] = {}
    facts = []
    for name, parameter in named_parameters:
        layer, _, leaf = name.rpartition(".")
        depth = depths.setdefault(layer, len(depths))
        shape = tuple(parameter.shape)
        facts.append(TensorFacts(name, shape, depth, is_bias=leaf == "bias"))
    return tuple(facts)


def find_places(stack: OptimizerStack, parameters: Sequence[nn.Parameter]) -> list[Place]:
    """Find each parameter's optimizer and group.

    Raises:
        KeyError: where a parameter is in no optimizer of the stack.
    """
    found = {
        parameter: (part, index)
        for part in stack.parts
        for index, group in enumerate(part.param_groups)
        for parameter in group["params"]
    }
    return [Place(parameter, *found[parameter]) for parameter in parameters]


def _moment(place: Place, weight: Tensor, gradient: Tensor) -> Moment:
    parameter, shape = place.parameter, place.parameter.shape
    return moment_of(
        place.optimizer, parameter, place.group, weight.view(shape), gradient.view(shape)
    )


def _flat(tensors: Sequence[Tensor]) -> Tensor:
    """Copy the elements of all tensors into one row, at least in float32."""
    row = torch.cat([tensor.detach().flatten() for tensor in tensors])
    return row.to(torch.promote_types(row.dtype, torch.float32))


def _norms(rows: Sequence[Tensor], sizes: list[int]) -> Rates:
    """Return the length of each tensor in each row, shape (rows, tensors).

    Once more in float64, which takes twice as long, where squares came near the ends of
    the number type.
    """
    parts = [part for row in rows for part in torch.split(row, sizes)]
    lengths = _lengths(parts)
    extreme = np.flatnonzero(~((lengths > 1e-12) & (lengths < 1e15)))
    if len(extreme):
        lengths[extreme] = _lengths([parts[index] for index in extreme], torch.float64)
    return lengths.reshape(len(rows), -1)


def _lengths(parts: list[Tensor], dtype: torch.dtype | None = None) -> Rates:
    norms = torch._foreach_norm(parts, dtype=dtype)  # noqa: SLF001 - has no public name
    lengths: Rates = torch.stack(norms).cpu().double().numpy()
    return lengths


def _ratio(numerator: Rates, denominator: Rates) -> Rates:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(numerator / denominator)


def _finite(values: Rates) -> Rates:
    return np.where(np.isfinite(values), values, np.nan)
