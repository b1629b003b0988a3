"""Measured effective learning rates: the quantities, and their series over a run.

The definitions stand in `workbench.engine.effective_rates`, where they are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from workbench.core.series import Column, count_until

Rates = npt.NDArray[np.float64]

STATISTICS = ("p05", "p25", "p50", "p75", "p95", "min", "max")


class Quantity(StrEnum):
    """What is measured of one tensor at one step.

    Those of the whole tensor are one number; it stands as p50, the others are NaN.
    """

    STEP_COEFFICIENT = "step_coefficient"  # η in Δ = −η·d − decay, by element
    REALISED_RATE = "realised_rate"  # |Δ| / |g| where g ≠ 0, by element
    REALISED_NORM = "realised_norm"  # ‖Δ‖₂ / ‖g‖₂ of the tensor
    UPDATE_TO_WEIGHT = "update_to_weight"  # ‖Δ‖₂ / ‖θ_{t−1}‖₂ of the tensor
    SIGNAL_SHARE = "signal_share"  # |m̂| / (√v̂ + ε) of the Adam family, by element
    DECAY_TO_WEIGHT = "decay_to_weight"  # ‖decay‖₂ / ‖θ_{t−1}‖₂, decoupled decay only
    GRADIENT_NORM = "gradient_norm"  # ‖g‖₂ of the tensor
    WEIGHT_NORM = "weight_norm"  # ‖θ_{t−1}‖₂ of the tensor

    @property
    def label(self) -> str:
        """Name the quantity for people."""
        return _LABELS[self]

    @property
    def help(self) -> str:
        """Say in a sentence what the quantity means."""
        return _HELP[self]

    @property
    def by_element(self) -> bool:
        """Say whether it has a value for each element, so that bands are drawn."""
        return self in _BY_ELEMENT


_BY_ELEMENT = {
    Quantity.STEP_COEFFICIENT,
    Quantity.REALISED_RATE,
    Quantity.SIGNAL_SHARE,
}
_LABELS = {
    Quantity.STEP_COEFFICIENT: "Step coefficient η",
    Quantity.REALISED_RATE: "Realised rate |Δ| / |g|",
    Quantity.REALISED_NORM: "Realised rate ‖Δ‖ / ‖g‖",
    Quantity.UPDATE_TO_WEIGHT: "Update to weight ‖Δ‖ / ‖θ‖",
    Quantity.SIGNAL_SHARE: "Signal share |m̂| / (√v̂ + ε)",
    Quantity.DECAY_TO_WEIGHT: "Decay to weight ‖decay‖ / ‖θ‖",
    Quantity.GRADIENT_NORM: "Gradient norm ‖g‖",
    Quantity.WEIGHT_NORM: "Weight norm ‖θ‖",
}
_HELP = {
    Quantity.STEP_COEFFICIENT: (
        "What the optimizer multiplies its direction with, element by element: "
        "Δ = −η·d − decay. For Adam this is lr / (√v̂ + ε)."
    ),
    Quantity.REALISED_RATE: (
        "How far each element really moved, divided by its gradient; defined for every "
        "optimizer."
    ),
    Quantity.REALISED_NORM: (
        "How far the whole tensor moved, divided by the length of its gradient."
    ),
    Quantity.UPDATE_TO_WEIGHT: (
        "How far the whole tensor moved, relative to its own length; around 1e-3 is a "
        "common rule of thumb."
    ),
    Quantity.SIGNAL_SHARE: (
        "How much of the learning rate the Adam family uses: 1 where gradients agree, "
        "near 0 where they cancel out as noise."
    ),
    Quantity.DECAY_TO_WEIGHT: (
        "How much of its length decoupled weight decay takes from the tensor in a step; "
        "drawn apart, because it does not come from the gradient."
    ),
    Quantity.GRADIENT_NORM: (
        "Length of the tensor's gradient, after clipping: near 0 it has vanished, "
        "growing without end it explodes."
    ),
    Quantity.WEIGHT_NORM: "Length of the tensor before the step.",
}


@dataclass(frozen=True)
class TensorFacts:
    """One parameter tensor of the model.

    `depth` is the position of its layer in the network, from 0 at the input.
    """

    name: str
    shape: tuple[int, ...]
    depth: int
    is_bias: bool

    @property
    def num_elements(self) -> int:
        """Count the elements."""
        return int(np.prod(self.shape, dtype=np.int64))


class RateSeries:
    """Measurements of all tensors at the sampled steps; one writer, many readers.

    Values have the shape (samples, tensors, quantities, statistics) in the order of
    `tensors`, `Quantity` and `STATISTICS`; NaN where a quantity is not defined.
    """

    def __init__(self, tensors: tuple[TensorFacts, ...] = ()) -> None:
        self.tensors = tensors
        self._steps = Column()
        self._values: Rates = np.empty((64, *self._row_shape()))

    def __len__(self) -> int:
        return len(self._steps)

    def begin(self, tensors: tuple[TensorFacts, ...]) -> None:
        """Say which tensors will be measured, before the first sample."""
        if len(self):
            raise ValueError("the series has samples already")
        self.tensors = tensors
        self._values = np.empty((64, *self._row_shape()))

    def append(self, step: int, values: Rates) -> None:
        """Add the measurements of one step, shape (tensors, quantities, statistics)."""
        count = len(self._steps)
        if count == len(self._values):
            grown = np.empty((2 * count, *self._row_shape()))
            grown[:count] = self._values
            self._values = grown
        self._values[count] = values
        self._steps.append(step)

    def extend(self, steps: Rates, values: Rates) -> None:
        """Add many samples at once: steps, shape (n,), and their values, (n, …)."""
        count = len(self._steps)
        needed = count + len(steps)
        if needed > len(self._values):
            grown = np.empty((max(needed, 2 * len(self._values)), *self._row_shape()))
            grown[:count] = self._values[:count]
            self._values = grown
        self._values[count:needed] = values
        self._steps.extend(steps)

    def steps(self) -> Rates:
        """Return the sampled steps as float64."""
        return self._steps.values()

    def values(self, count: int | None = None) -> Rates:
        """Return the first `count` samples (default: all) as a read-only view."""
        count = len(self._steps) if count is None else count
        view = self._values[:count]
        view.flags.writeable = False
        return view

    def copy_until(self, step: int) -> RateSeries:
        """Return a series of its own with the samples of the steps up to `step`."""
        copied = RateSeries(self.tensors)
        count = count_until(self.steps(), step)
        copied.extend(self.steps()[:count], self.values(count))
        return copied

    def _row_shape(self) -> tuple[int, int, int]:
        return len(self.tensors), len(Quantity), len(STATISTICS)
