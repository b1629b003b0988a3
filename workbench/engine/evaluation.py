"""Measures how well a model does on a split: loss, accuracy, and a picture of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

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
    """A model on a split: nothing is fetched from the device before it is asked for.

    `losses` are the mean losses of parts, each with its number of samples; `counts`
    those of the classes, actual by predicted. Most pictures are never looked at.
    """

    losses: Sequence[tuple[Tensor, int]]
    counts: Tensor | None
    picture: Callable[[], Predictions | Confusion]

    def without_picture(self) -> Evaluation:
        """Return the numbers alone: the picture keeps all outputs in memory."""
        return replace(self, picture=_no_picture)

    @property
    def loss(self) -> float:
        """Return the mean loss over the split."""
        if len(self.losses) == 1:
            return float(self.losses[0][0])
        total = sum(float(loss) * samples for loss, samples in self.losses)
        return total / sum(samples for _, samples in self.losses)

    @property
    def accuracy(self) -> float | None:
        """Return the share of samples whose class is found, None without classes."""
        if self.counts is None:
            return None
        counts = self.counts.cpu().numpy()
        return float(np.trace(counts)) / float(counts.sum())


def _no_picture() -> NoReturn:
    raise RuntimeError("the picture of this evaluation was not kept")


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
    output, losses = _run(experiment, split)
    if experiment.plan.model.task is Task.REGRESSION:
        return Evaluation(
            losses, None, lambda: predictions(experiment, output, split, name, epoch)
        )
    names = experiment.dataset.class_names
    counts = count_confusion(output, split.targets, len(names))
    return Evaluation(
        losses, counts, lambda: Confusion(name, epoch, names, counts.cpu().numpy())
    )


def _run(
    experiment: Experiment, split: Split
) -> tuple[Tensor, Sequence[tuple[Tensor, int]]]:
    """Return the outputs and the losses; a small split goes through in one piece."""
    size = _CHUNK[experiment.plan.model.task]
    if len(split) <= size:
        output = experiment.model(experiment.dataset.transform(split.inputs))
        return output, [(experiment.loss(output, split.targets), len(split))]
    losses: list[tuple[Tensor, int]] = []
    outputs: list[Tensor] = []
    for inputs, targets in _chunks(split, size):
        output = experiment.model(experiment.dataset.transform(inputs))
        losses.append((experiment.loss(output, targets), len(targets)))
        outputs.append(output)
    return torch.cat(outputs), losses


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
    counts = torch.zeros(classes * classes, dtype=torch.int64, device=cells.device)
    # Not `bincount`, which on CUDA waits for the cells to know how many there may be.
    return counts.scatter_add_(0, cells, torch.ones_like(cells)).view(classes, classes)


def _chunks(split: Split, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(split.inputs.split(size), split.targets.split(size), strict=True)
