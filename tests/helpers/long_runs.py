"""Runs of millions of steps, made without training them."""

from __future__ import annotations

import numpy as np

from tests.helpers.runs import make_plan, make_tensors, noisy_losses, start_run
from workbench.core.epochs import COLUMNS, OPTIONAL
from workbench.core.rates import STATISTICS, Quantity
from workbench.core.run import Run, RunState
from workbench.core.series import Floats

_LAYERS = 3
_SAMPLES = 300


def long_run(steps: int) -> Run:
    """Return a finished run on full batches, its rates measured some 300 times.

    Every step is an epoch with a test loss: the most that so many steps can bring.
    """
    run = start_run(plan=make_plan(), total_steps=steps)
    run.history.steps.loss.extend(noisy_losses(steps))
    run.history.steps.lr.extend(np.full(steps, 0.001))
    run.history.epochs.extend(_epochs(run.history.steps.loss.values()))
    tensors = make_tensors(_LAYERS)
    run.history.rates.begin(tensors)
    run.history.rates.extend(np.linspace(1, steps, _SAMPLES).round(), _rates(len(tensors)))
    run.state, run.elapsed_s = RunState.FINISHED, steps / 1000
    return run


def _rates(tensors: int) -> Floats:
    """Return rates that wander, and tremble by a tenth from sample to sample."""
    chance = np.random.default_rng(0)
    shape = (tensors, len(Quantity), len(STATISTICS))
    about = np.sort(chance.lognormal(-7, 1, shape), axis=-1)
    wander = chance.normal(0, 0.03, (_SAMPLES, *shape[:2], 1)).cumsum(axis=0)
    return np.asarray(about * np.exp(wander + chance.normal(0, 0.1, wander.shape)))


def grow(run: Run, steps: int) -> None:
    """Let a run do some more steps, and measure the rates at the last of them."""
    losses = np.full(steps, run.history.steps.loss.values()[-1])
    run.history.steps.loss.extend(losses)
    run.history.steps.lr.extend(np.full(steps, 0.001))
    epochs = _epochs(losses)
    epochs[:, [COLUMNS.index("epoch"), COLUMNS.index("step")]] += len(run.history.epochs)
    run.history.epochs.extend(epochs)
    rates = run.history.rates
    rates.extend(np.array([float(run.num_steps)]), rates.values()[-1:])


def _epochs(losses: Floats) -> Floats:
    """Return the table of epochs of one step each."""
    count = np.arange(1.0, len(losses) + 1)
    unknown = np.full(len(losses), np.nan)
    values = {
        "epoch": count,
        "step": count,
        "train_loss": losses,
        "loss_sum": losses,
        "test_loss": 1.2 * losses,
        "train_accuracy": unknown,
        "test_accuracy": unknown,
    }
    measured = np.full(len(losses), 1 << OPTIONAL.index("test_loss"))
    return np.column_stack([*(values[name] for name in COLUMNS), measured])
