"""What the batches of an epoch add up to: losses, accuracy, confusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from workbench.core.events import Confusion, EpochRow
from workbench.core.tasks import Task
from workbench.engine.evaluation import count_confusion
from workbench.engine.experiment import Experiment


class EpochSums:
    """What an epoch's batches add up to."""

    def __init__(self, experiment: Experiment) -> None:
        self._task = experiment.plan.model.task
        self._names = experiment.dataset.class_names
        self._device = experiment.device
        self._loss_sum = 0.0
        self._weighted_loss = 0.0
        self._samples = 0
        self._counts: Tensor | None = None

    def state(self) -> dict[str, Any]:
        """Return the sums so far, for `load` to go on from."""
        return {
            "loss_sum": self._loss_sum,
            "weighted_loss": self._weighted_loss,
            "samples": self._samples,
            "counts": self._counts,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from sums that `state` returned."""
        self._loss_sum = state["loss_sum"]
        self._weighted_loss = state["weighted_loss"]
        self._samples = state["samples"]
        counts: Tensor | None = state["counts"]
        self._counts = None if counts is None else counts.to(self._device)

    def add_output(self, output: Tensor, targets: Tensor) -> None:
        """Count a batch's predictions; they stay on the device."""
        if self._task is Task.CLASSIFICATION:
            counts = count_confusion(output, targets, len(self._names))
            self._counts = counts if self._counts is None else self._counts + counts

    def add_loss(self, loss: float, samples: int) -> None:
        """Add a batch's mean loss."""
        self._loss_sum += loss
        self._weighted_loss += loss * samples
        self._samples += samples

    def confusion(self, epoch: int) -> Confusion | None:
        """Return the counts of the training batches, each before its step."""
        if self._counts is None:
            return None
        return Confusion("train", epoch, self._names, self._counts.cpu().numpy())

    def row(
        self, epoch: int, step: int, test_loss: float | None, test_accuracy: float | None
    ) -> EpochRow:
        """Return the epoch's measurements."""
        accuracy = None
        if self._counts is not None:
            accuracy = float(self._counts.diagonal().sum()) / self._samples
        return EpochRow(
            epoch=epoch,
            step=step,
            train_loss=self._weighted_loss / self._samples,
            loss_sum=self._loss_sum,
            test_loss=test_loss,
            train_accuracy=accuracy,
            test_accuracy=test_accuracy,
        )
