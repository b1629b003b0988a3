"""Measures how well a model does on a split: loss, accuracy, and a picture of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from workbench.core.events import Confusion, Predictions
from workbench.core.tasks import Task
from workbench.engine.data.dataset import Split
from workbench.engine.experiment import Experiment

_MAX_PREDICTIONS = 2000
_CHUNK = {Task.REGRESSION: 65_536, Task.CLASSIFICATION: 1_000}


@dataclass(frozen=True)
class Evaluation:
    """The mean loss over a split, and what draws its picture.

    Most pictures are never looked at, so one is made only when it is asked for.
    """

    loss: float
    accuracy: float | None
    picture: Callable[[], Predictions | Confusion]


def evaluate(experiment: Experiment, split: Split, name: str, epoch: int) -> Evaluation:
    """Measure the model on a split in evaluation mode; draws no random number."""
    # Of all layers in our models, only these work differently in evaluation; to ask each
    # of the others would take longer than a small model does.
    dropouts = [part for part in experiment.model if isinstance(part, nn.Dropout)]
    try:
        for dropout in dropouts:
            dropout.eval()
        with torch.no_grad():
            return _measure(experiment, split, name, epoch)
    finally:
        for dropout in dropouts:
            dropout.train()


def _measure(experiment: Experiment, split: Split, name: str, epoch: int) -> Evaluation:
    output, loss = _run(experiment, split)
    if experiment.plan.model.task is Task.REGRESSION:
        return Evaluation(
            loss, None, lambda: predictions(experiment, output, split, name, epoch)
        )
    names = experiment.dataset.class_names
    counts = count_confusion(output, split.targets, len(names)).cpu().numpy()
    accuracy = float(np.trace(counts)) / len(split)
    return Evaluation(loss, accuracy, lambda: Confusion(name, epoch, names, counts))


def _run(experiment: Experiment, split: Split) -> tuple[Tensor, float]:
    """Return the outputs and the mean loss; a small split goes through in one piece."""
    size = _CHUNK[experiment.plan.model.task]
    if len(split) <= size:
        output = experiment.model(experiment.dataset.transform(split.inputs))
        return output, float(experiment.loss(output, split.targets))
    total = 0.0
    outputs: list[Tensor] = []
    for inputs, targets in _chunks(split, size):
        output = experiment.model(experiment.dataset.transform(inputs))
        total += float(experiment.loss(output, targets)) * len(targets)
        outputs.append(output)
    return torch.cat(outputs), total / len(split)


def predictions(
    experiment: Experiment, output: Tensor, split: Split, name: str, epoch: int
) -> Predictions:
    """Return outputs and targets in the data's own units, at most 2,000 evenly chosen."""
    stride = -(-len(split) // _MAX_PREDICTIONS)
    mean, std = experiment.dataset.target_mean, experiment.dataset.target_std
    actual, predicted = (
        values[::stride, 0].detach().cpu().double().numpy() * std + mean
        for values in (split.targets, output)
    )
    return Predictions(name, epoch, actual, predicted)


def count_confusion(output: Tensor, targets: Tensor, classes: int) -> Tensor:
    """Count actual class (rows) by predicted class (columns), int64, on the device."""
    cells = targets * classes + output.argmax(dim=1)
    return torch.bincount(cells, minlength=classes * classes).view(classes, classes)


def _chunks(split: Split, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(split.inputs.split(size), split.targets.split(size), strict=True)
