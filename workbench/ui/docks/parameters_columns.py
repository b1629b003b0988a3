"""The columns of the parameters table: what each shows of a tensor and of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from PySide6.QtCore import QObject

from workbench.core.findings import Diagnosis, Finding, Level, layer_of
from workbench.core.levels import tensor_values
from workbench.core.numbers import format_short
from workbench.core.rates import Quantity, RateSeries, TensorFacts
from workbench.core.series import Floats
from workbench.ui.plots.tensor_model import describe_shape

NONE = "–"


class Column(IntEnum):
    """The columns from left to right."""

    NAME = 0
    SHAPE = 1
    PARAMETERS = 2
    RATE = 3
    UPDATE = 4
    GRADIENT = 5
    HEALTH = 6


NUMBERS = frozenset(
    {Column.PARAMETERS, Column.RATE, Column.UPDATE, Column.GRADIENT, Column.SHAPE}
)


@dataclass(frozen=True, eq=False)
class Readings:
    """The newest measurement of all tensors, each of shape (tensors,)."""

    rate: Floats
    update: Floats
    gradient: Floats
    weight: Floats

    @classmethod
    def newest(cls, rates: RateSeries, quantity: Quantity) -> Readings:
        """Read the last sample; `quantity` is what the column of the rate shows."""
        count = len(rates)
        wanted = (
            quantity,
            Quantity.UPDATE_TO_WEIGHT,
            Quantity.GRADIENT_NORM,
            Quantity.WEIGHT_NORM,
        )
        return cls(*(tensor_values(rates, one, count - 1, count)[0] for one in wanted))


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer: its name, and where its tensors stand in the order of the network."""

    name: str
    places: tuple[int, ...]


def layers_of(tensors: Sequence[TensorFacts]) -> tuple[Layer, ...]:
    """Group tensors by layer, in the order of the network."""
    places: dict[str, list[int]] = {}
    for place, tensor in enumerate(tensors):
        places.setdefault(layer_of(tensor), []).append(place)
    return tuple(Layer(name, tuple(own)) for name, own in places.items())


class ParameterWords(QObject):
    """Says in words what the table shows; holds the newest readings."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tensors: tuple[TensorFacts, ...] = ()
        self.readings: Readings | None = None
        self.diagnosis = Diagnosis()
        self.quantity = Quantity.STEP_COEFFICIENT

    def tensor_text(self, place: int, column: Column) -> str:
        """Return the text of a tensor's cell."""
        tensor = self.tensors[place]
        match column:
            case Column.NAME:
                return tensor.name.removeprefix(f"{layer_of(tensor)}.")
            case Column.SHAPE:
                return describe_shape(tensor)
            case Column.PARAMETERS:
                return f"{tensor.num_elements:,}"
            case Column.HEALTH:
                return self._level_word(self.tensor_finding(place))
            case _:
                return self._reading(column, [place])

    def layer_text(self, layer: Layer, column: Column) -> str:
        """Return the text of a layer's cell: of its tensors together."""
        match column:
            case Column.NAME:
                return layer.name
            case Column.SHAPE:
                return ""
            case Column.PARAMETERS:
                total = sum(self.tensors[place].num_elements for place in layer.places)
                return f"{total:,}"
            case Column.RATE:
                return ""  # a median of medians would be of nothing
            case Column.HEALTH:
                return self._level_word(self.layer_finding(layer))
            case _:
                return self._reading(column, layer.places)

    def tensor_finding(self, place: int) -> Finding | None:
        """Return the verdict on a tensor, None before there is one."""
        return self.diagnosis.tensors.get(self.tensors[place].name)

    def layer_finding(self, layer: Layer) -> Finding | None:
        """Return the verdict on a layer, None before there is one."""
        return self.diagnosis.layers.get(layer.name)

    def tensor_help(self, place: int) -> str:
        """Return the plain text of a tensor's tooltip: all that is known of it."""
        tensor = self.tensors[place]
        kind = self.tr("bias") if tensor.is_bias else self.tr("weight")
        size = self.tr("{0} of shape {1}, {2} values").format(
            kind, describe_shape(tensor), f"{tensor.num_elements:,}"
        )
        lines = [tensor.name, size]
        for column in (Column.RATE, Column.UPDATE, Column.GRADIENT):
            what = self.quantity.label if column is Column.RATE else self.title(column)
            lines.append(f"{what}: {self.tensor_text(place, column)}")
        return "\n".join([*lines, "", *self.explain(self.tensor_finding(place))])

    def layer_help(self, layer: Layer) -> str:
        """Return the plain text of a layer's tooltip."""
        return "\n".join([layer.name, *self.explain(self.layer_finding(layer))])

    def explain(self, finding: Finding | None) -> list[str]:
        """Return why a light is as it is, and what to try, a line each."""
        if finding is None and self.diagnosis.missing:
            return [self.tr("Not judged yet: too few measurements.")]
        if finding is None:
            return [self.tr("Not measured: no gradient reaches the optimizer.")]
        return [line for line in (finding.reason, finding.advice) if line]

    def title(self, column: Column) -> str:
        """Name a column."""
        return {
            Column.NAME: self.tr("Tensor"),
            Column.SHAPE: self.tr("Shape"),
            Column.PARAMETERS: self.tr("Values"),
            Column.RATE: self._rate_title(),
            Column.UPDATE: self.tr("‖Δ‖ / ‖θ‖"),
            Column.GRADIENT: self.tr("‖g‖"),
            Column.HEALTH: self.tr("Health"),
        }[column]

    def title_help(self, column: Column) -> str:
        """Say what a column means."""
        return {
            Column.NAME: self.tr("The layers of the network and their tensors"),
            Column.SHAPE: self.tr("Outputs × inputs of a layer, × kernel"),
            Column.PARAMETERS: self.tr("How many numbers are learned"),
            Column.RATE: self.tr("{0} now, the median of the elements. {1}").format(
                self.quantity.label, self.quantity.help
            ),
            Column.UPDATE: self.tr("Update to weight now. {}").format(
                Quantity.UPDATE_TO_WEIGHT.help
            ),
            Column.GRADIENT: self.tr("Gradient norm now. {}").format(
                Quantity.GRADIENT_NORM.help
            ),
            Column.HEALTH: self.tr(
                "Whether something stands out; the reason is in the tooltip of each row"
            ),
        }[column]

    def _rate_title(self) -> str:
        return {
            Quantity.STEP_COEFFICIENT: self.tr("η"),
            Quantity.REALISED_RATE: self.tr("|Δ| / |g|"),
            Quantity.REALISED_NORM: self.tr("‖Δ‖ / ‖g‖"),
            Quantity.SIGNAL_SHARE: self.tr("Share"),
            Quantity.DECAY_TO_WEIGHT: self.tr("Decay"),
            Quantity.WEIGHT_NORM: self.tr("‖θ‖"),
        }.get(self.quantity, self.quantity.label)

    def _level_word(self, finding: Finding | None) -> str:
        if finding is None:
            return NONE
        return {
            Level.GOOD: self.tr("good"),
            Level.WATCH: self.tr("watch"),
            Level.BAD: self.tr("bad"),
        }[finding.level]

    def _reading(self, column: Column, places: Sequence[int]) -> str:
        now = self.readings
        if now is None:
            return NONE
        own = list(places)
        match column:
            case Column.RATE:
                return _short(float(now.rate[own[0]]))
            case Column.UPDATE:
                return _short(_joint_ratio(now.update[own], now.weight[own]))
            case _:
                return _short(_joint_norm(now.gradient[own]))


def _joint_norm(norms: Floats) -> float:
    """Return the length of several vectors as one: √Σn², of those that are known."""
    known = norms[~np.isnan(norms)]
    return float(np.hypot.reduce(known)) if len(known) else float("nan")


def _joint_ratio(ratios: Floats, lengths: Floats) -> float:
    """Return how far several tensors moved together, relative to their joint length."""
    if len(ratios) == 1:
        return float(ratios[0])
    known = ~np.isnan(ratios) & (lengths > 0)
    if not known.any():
        return float("nan")
    moved = _joint_norm(ratios[known] * lengths[known])
    return moved / _joint_norm(lengths[known])


def _short(value: float) -> str:
    """Show three digits, the fourth would flicker, and no row of zeros before them."""
    if 0 < abs(value) < 1e-3:
        digits, exponent = f"{value:.2e}".split("e")
        return f"{digits}e{int(exponent)}"
    return format_short(float(f"{value:.3g}"))
