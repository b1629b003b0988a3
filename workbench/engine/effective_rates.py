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

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
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
_DECAY = _ROW[Quantity.DECAY_TO_WEIGHT]
_OF_NORMS = [
    _ROW[Quantity.REALISED_NORM],
    _ROW[Quantity.UPDATE_TO_WEIGHT],
    _ROW[Quantity.GRADIENT_NORM],
    _ROW[Quantity.WEIGHT_NORM],
]
_MEDIAN = STATISTICS.index("p50")
_SMALL, _LARGE = 1e-12, 1e15  # beyond them, squares of float32 lose digits


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
    """What is known before a step.

    `rows`, shape (3, elements), has room for the change of all tensors one after the
    other, then their gradients and their weights.
    """

    active: list[int]  # tensors that have a gradient
    sizes: list[int]
    rows: Tensor
    moments: list[Moment]  # of neighbours that one formula serves, in order


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
        active, gradients = [], []
        for index, place in enumerate(self._places):
            if place.parameter.grad is not None:
                active.append(index)
                gradients.append(place.parameter.grad)
        if not active:
            self._before = _Before([], [], torch.empty(3, 0), [])
            return
        places = [self._places[index] for index in active]
        sizes = [gradient.numel() for gradient in gradients]
        parameters = [place.parameter for place in places]
        rows = _room(parameters, sum(sizes))
        _lay(gradients, rows[1])
        _lay(parameters, rows[2])
        moments = list(_moments(places, sizes, rows[2], rows[1]))
        self._before = _Before(active, sizes, rows, moments)

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
        rates = np.full((len(before.active), len(Quantity), len(STATISTICS)), np.nan)
        if before.active:
            self._measure(rates, before)
        if self._tap is not None and self._tap.wanted is not None:
            self._show(before, step)
        if len(before.active) == len(self._places):
            return rates
        spread = np.full((len(self._places), *rates.shape[1:]), np.nan)
        spread[before.active] = rates
        return spread

    def _measure(self, rates: Rates, before: _Before) -> None:
        """Measure the tensors that have a gradient; one transfer for all elements."""
        change, gradients, weights = before.rows
        _lay([self._places[index].parameter for index in before.active], change)
        change.sub_(weights)
        norms = _norms(before.rows, before.sizes)
        rates[:, _OF_NORMS, _MEDIAN] = [_quotients(*lengths) for lengths in norms]
        _summarise(rates, change.div_(gradients).abs_(), before)
        for place, (_, _, weight) in enumerate(norms):
            if weight == 0:
                rates[place, _DECAY, _MEDIAN] = np.nan

    def _show(self, before: _Before, step: int) -> None:
        """Put the elements of the tensor that a view wants where it finds them."""
        tap = self._tap
        names = [tensor.name for tensor in self.tensors]
        if tap is None or tap.wanted not in names:
            return
        parameter = self._places[names.index(tap.wanted)].parameter
        parts = (part for moment in before.moments for part in moment.parts())
        moment = next((part for part in parts if part.parameters[0] is parameter), None)
        tap.latest = element_arrays(tap.wanted, step, parameter, moment)


def _summarise(rates: Rates, realised: Tensor, before: _Before) -> None:
    """Fill in the decay and the quantities that have a value for each element."""
    rows, sizes, fields = [realised], before.sizes, [(0, len(before.sizes), _REALISED)]
    stop = 0
    for moment in before.moments:
        start, stop = stop, stop + len(moment.parameters)
        coefficient = coefficient_of(moment)
        share = signal_share_of(moment, coefficient)
        rates[start:stop, _DECAY, _MEDIAN] = decay_share_of(moment)
        for quantity, found in ((_ETA, coefficient), (_SHARE, share)):
            if isinstance(found, Tensor):
                rows.append(found.flatten())
                sizes = sizes + before.sizes[start:stop]
                fields.append((start, stop, quantity))
            elif found is not None:
                rates[start:stop, quantity] = found
    table, end = summarise(torch.cat(rows).cpu().numpy(), sizes), 0
    for start, stop, quantity in fields:
        begin, end = end, end + stop - start
        rates[start:stop, quantity] = table[begin:end]


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


def _moments(
    places: Sequence[Place], sizes: Sequence[int], weights: Tensor, gradients: Tensor
) -> Iterator[Moment]:
    """Take what the rules need, of as many neighbours at once as one formula serves."""
    start = end = first = 0
    for _, alike in groupby(places, _formula_of):
        some = list(alike)
        first, start = first + len(some), end
        end = start + sum(sizes[first - len(some) : first])
        weight, gradient = weights[start:end], gradients[start:end]
        parameters = [place.parameter for place in some]
        if len(parameters) == 1:
            shape = parameters[0].shape
            weight, gradient = weight.view(shape), gradient.view(shape)
        yield moment_of(some[0].optimizer, parameters, some[0].group, weight, gradient)


def _formula_of(place: Place) -> tuple[int, int, float]:
    """Return what is the same where one formula holds: the group, and the steps done."""
    done = place.optimizer.state.get(place.parameter, {}).get("step", 0.0)
    return id(place.optimizer), place.group_index, float(done)


def _room(tensors: Sequence[Tensor], elements: int) -> Tensor:
    """Return three rows for the elements of all tensors, at least in float32."""
    dtype = torch.float32
    for tensor in tensors:
        dtype = torch.promote_types(dtype, tensor.dtype)
    return torch.empty((3, elements), dtype=dtype, device=tensors[0].device)


def _lay(tensors: Sequence[Tensor], row: Tensor) -> None:
    """Copy the elements of all tensors into a row, one after the other."""
    torch.cat([tensor.flatten() for tensor in tensors], out=row)


def _norms(rows: Tensor, sizes: list[int]) -> list[list[float]]:
    """Return the length of each tensor in each row, by tensor and row.

    Once more in float64, which takes twice as long, where squares came near the ends of
    the number type.
    """
    parts = rows.split(sizes, 1)
    found: list[list[float]] = torch.stack([_lengths(part) for part in parts]).tolist()
    for part, lengths in zip(parts, found, strict=True):
        for place, length in enumerate(lengths):
            if not _SMALL < length < _LARGE:
                lengths[place] = float(_lengths(part[place : place + 1].double()))
    return found


def _lengths(rows: Tensor) -> Tensor:
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=1)
    return lengths


def _quotients(delta: float, gradient: float, weight: float) -> list[float]:
    """Return the quantities that `_OF_NORMS` names, of one tensor."""
    found = [_over(delta, gradient), _over(delta, weight), gradient, weight]
    return [value if math.isfinite(value) else math.nan for value in found]


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan
