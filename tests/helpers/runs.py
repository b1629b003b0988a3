"""Builders of runs with a history, as if the engine had made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.events import (
    Confusion,
    EpochRow,
    PictureMeasured,
    Predictions,
    RunDiverged,
    RunFinished,
    RunPaused,
    RunStarted,
)
from workbench.core.plan import Plan
from workbench.core.rates import STATISTICS, Quantity, TensorFacts
from workbench.core.run import Run

Floats = npt.NDArray[np.float64]

REGRESSION: Mapping[str, Mapping[str, Any]] = {
    "model": {"kind": "mlp"},
    "data": {"kind": "diabetes"},
    "loss": {"kind": "mse"},
    "optimizer": {"kind": "adam", "lr": 0.001},
}
CLASSIFICATION: Mapping[str, Mapping[str, Any]] = {
    "model": {"kind": "cnn"},
    "data": {"kind": "digits"},
    "loss": {"kind": "cross_entropy"},
    "optimizer": {"kind": "adam", "lr": 0.001},
}
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def make_plan(
    base: Mapping[str, Mapping[str, Any]] = REGRESSION, **sections: Mapping[str, Any]
) -> Plan:
    """Make a plan; `sections` replace those of `base`, such as optimizer={"kind": …}."""
    return Plan.from_values({**base, **sections})


def noisy_losses(steps: int, *, seed: int = 0, noise: float = 0.25) -> Floats:
    """Return losses that fall from about 1 towards 0.02 with noise, all positive."""
    rng = np.random.default_rng(seed)
    t = np.arange(steps) / max(1, steps)
    return (0.02 + np.exp(-6 * t)) * np.exp(noise * rng.standard_normal(steps))


def start_run(
    *,
    plan: Plan | None = None,
    name: str = "mlp adam 1",
    colour: int = 0,
    total_steps: int = 200,
    steps_per_epoch: int = 1,
    class_names: tuple[str, ...] = (),
) -> Run:
    """Return a run in training that has done no step yet."""
    run = Run(plan=plan or make_plan(), name=name, colour=colour)
    run.apply(
        RunStarted(
            device="cpu",
            threads=1,
            total_steps=total_steps,
            steps_per_epoch=steps_per_epoch,
            num_parameters=4929,
            num_train_samples=353,
            num_test_samples=89,
            class_names=class_names,
        )
    )
    return run


def add_steps(run: Run, losses: Sequence[float] | Floats, lr: float = 0.001) -> None:
    """Append steps; whenever an epoch is full its row follows, as the engine does."""
    assert run.started is not None
    size = run.started.steps_per_epoch
    for loss in np.asarray(losses, dtype=np.float64).tolist():
        run.history.steps.append(loss, lr)
        if run.num_steps % size == 0:
            add_epoch(run)


def add_epoch(run: Run) -> None:
    """Add the row of the epoch that the last steps make up; test loss 1.2 × train."""
    assert run.started is not None
    size = run.started.steps_per_epoch
    losses = run.history.steps.loss.values(run.num_steps - size)
    mean = float(np.mean(losses))
    accuracy = 1 / (1 + max(0.0, mean)) if run.started.class_names else None
    row = EpochRow(
        epoch=run.num_steps // size,
        step=run.num_steps,
        train_loss=mean,
        loss_sum=float(np.sum(losses)),
        test_loss=1.2 * mean,
        train_accuracy=accuracy,
        test_accuracy=None if accuracy is None else 0.9 * accuracy,
    )
    run.history.epochs.append(row)


def make_tensors(layers: int = 5) -> tuple[TensorFacts, ...]:
    """Return a weight and a bias for each layer, from the input to the output."""
    facts: list[TensorFacts] = []
    for depth in range(layers):
        facts += [
            TensorFacts(f"layers.{depth}.weight", (64, 32), depth, is_bias=False),
            TensorFacts(f"layers.{depth}.bias", (64,), depth, is_bias=True),
        ]
    return tuple(facts)


def add_rates(
    run: Run,
    *,
    samples: int = 400,
    layers: int = 5,
    every: int = 1,
    undefined: Sequence[Quantity] = (),
    seed: int = 0,
) -> None:
    """Append samples of all quantities, each tensor at a level of its own.

    Those of single elements get a band of half a decade to either side; `undefined`
    ones stay NaN everywhere.
    """
    rates = run.history.rates
    if not rates.tensors:
        rates.begin(make_tensors(layers))
    rng = np.random.default_rng(seed)
    done, count = len(rates), len(rates.tensors)
    wander = np.cumsum(rng.standard_normal((samples, count)) * 0.03, axis=0)
    t = np.arange(done, done + samples)[:, None]
    level = -3 + np.linspace(0.6, -0.6, count) + 1.2 * np.exp(-t / 60) + wander * 0.5
    spread = np.array([-0.5, -0.2, 0.0, 0.2, 0.5, -0.9, 0.9])
    for index in range(samples):
        row = np.full((count, len(Quantity), len(STATISTICS)), np.nan)
        for place, quantity in enumerate(Quantity):
            if quantity in undefined:
                continue
            if quantity.by_element:
                row[:, place, :] = 10 ** (level[index][:, None] + spread)
            else:
                row[:, place, 2] = 10 ** level[index]
        rates.append((done + index + 1) * every, row)


def make_predictions(
    *, noise: float = 40.0, split: str = "test", epoch: int = 200
) -> Predictions:
    """Return the picture of a regression with 89 samples and that much error."""
    rng = np.random.default_rng(3)
    actual = rng.uniform(40, 330, 89)
    predicted = 150 + 0.6 * (actual - 150) + noise * rng.standard_normal(89)
    return Predictions(split=split, epoch=epoch, actual=actual, predicted=predicted)


def make_confusion(
    class_names: tuple[str, ...] = CLASSES, *, split: str = "test", epoch: int = 5
) -> Confusion:
    """Return the picture of a classifier that is right most of the time."""
    rng = np.random.default_rng(4)
    size = len(class_names)
    counts = rng.poisson(3, (size, size)) + np.diag(rng.integers(60, 90, size))
    return Confusion(split, epoch, class_names, counts.astype(np.int64))


def finished_run(
    *, name: str = "mlp adam 1", colour: int = 0, steps: int = 200, seed: int = 0
) -> Run:
    """Return a finished full-batch regression with losses, rates and a picture."""
    run = start_run(name=name, colour=colour, total_steps=steps)
    add_steps(run, noisy_losses(steps, seed=seed, noise=0.05))
    add_rates(run, samples=steps, seed=seed)
    run.apply(PictureMeasured(make_predictions(epoch=steps)))
    run.apply(RunFinished(step=steps, elapsed_s=1.5))
    return run


def finished_classifier(
    *, name: str = "cnn adam 1", colour: int = 0, epochs: int = 10, seed: int = 0
) -> Run:
    """Return a finished classification of 20 steps an epoch with a picture."""
    run = start_run(
        plan=make_plan(CLASSIFICATION),
        name=name,
        colour=colour,
        total_steps=20 * epochs,
        steps_per_epoch=20,
        class_names=CLASSES,
    )
    add_steps(run, noisy_losses(20 * epochs, seed=seed))
    add_rates(run, samples=100, every=2, seed=seed)
    run.apply(PictureMeasured(make_confusion(epoch=epochs)))
    run.apply(RunFinished(step=20 * epochs, elapsed_s=9.0))
    return run


def partial_run(
    *, name: str = "mlp adam 2", colour: int = 1, steps: int = 80, paused: bool = False
) -> Run:
    """Return a run in the middle of training, 200 steps in all, paused if wished."""
    run = start_run(name=name, colour=colour, total_steps=200)
    add_steps(run, noisy_losses(steps, seed=1, noise=0.05))
    add_rates(run, samples=steps)
    if paused:
        run.apply(RunPaused(step=steps))
    return run


def diverged_run(*, name: str = "mlp sgd 1", colour: int = 2, at: int = 60) -> Run:
    """Return a run whose losses grow until the one at step `at` is infinite."""
    run = start_run(
        plan=make_plan(optimizer={"kind": "sgd", "lr": 10.0}),
        name=name,
        colour=colour,
        total_steps=200,
    )
    add_steps(run, 1.2 ** np.arange(at - 1))
    run.history.steps.append(float("inf"), 10.0)
    run.apply(RunDiverged(at, 0.5, float("inf"), "layers.0.weight", "gradient"))
    return run
