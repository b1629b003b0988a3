"""Runs whose measurements are given by hand, tensor by tensor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tests.helpers.runs import start_run
from workbench.core.events import EpochRow
from workbench.core.plan import Plan
from workbench.core.rates import STATISTICS, Quantity, TensorFacts
from workbench.core.run import Run

MEDIAN = STATISTICS.index("p50")
THREE_LAYERS = (
    TensorFacts("hidden1.weight", (64, 10), 0, is_bias=False),
    TensorFacts("hidden1.bias", (64,), 0, is_bias=True),
    TensorFacts("hidden2.weight", (64, 64), 1, is_bias=False),
    TensorFacts("hidden2.bias", (64,), 1, is_bias=True),
    TensorFacts("output.weight", (1, 64), 2, is_bias=False),
    TensorFacts("output.bias", (1,), 2, is_bias=True),
)
HEALTHY: Mapping[Quantity, float] = {
    Quantity.STEP_COEFFICIENT: 0.01,
    Quantity.REALISED_RATE: 0.01,
    Quantity.REALISED_NORM: 0.01,
    Quantity.UPDATE_TO_WEIGHT: 1e-3,
    Quantity.SIGNAL_SHARE: 0.3,
    Quantity.GRADIENT_NORM: 0.5,
    Quantity.WEIGHT_NORM: 4.0,
}
Levels = Mapping[tuple[str, Quantity], npt.ArrayLike]


def measured_run(
    levels: Levels | None = None,
    *,
    samples: int = 40,
    tensors: tuple[TensorFacts, ...] = THREE_LAYERS,
    plan: Plan | None = None,
    every: int = 1,
) -> Run:
    """Return a run in training whose tensors are healthy but for what `levels` says.

    `levels` gives, by tensor and quantity, one value for all samples or one for each.
    """
    run = start_run(plan=plan)
    values = np.full((samples, len(tensors), len(Quantity), len(STATISTICS)), np.nan)
    names = [tensor.name for tensor in tensors]
    for place, quantity in enumerate(Quantity):
        values[:, :, place, MEDIAN] = HEALTHY.get(quantity, np.nan)
    for (name, quantity), level in (levels or {}).items():
        place = list(Quantity).index(quantity)
        values[:, names.index(name), place, MEDIAN] = level
    run.history.rates.begin(tensors)
    run.history.rates.extend(np.arange(1.0, samples + 1) * every, values)
    return run


def add_epochs(run: Run, losses: npt.ArrayLike) -> None:
    """Append epochs with these train losses, each of one step."""
    for loss in np.asarray(losses, dtype=np.float64).tolist():
        epoch = len(run.epochs) + 1
        run.history.steps.append(loss, run.plan.optimizer.lr)
        run.history.epochs.append(EpochRow(epoch, epoch, loss, loss))
