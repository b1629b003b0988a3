"""Settings of the loss functions."""

from __future__ import annotations

from typing import ClassVar, Literal

from workbench.core.catalogue import Catalogue
from workbench.core.settings import CatalogueSettings, setting
from workbench.core.tasks import Task


class LossSettings(CatalogueSettings):
    """What every loss declares beside its own settings."""

    task: ClassVar[Task]


class MseLoss(LossSettings):
    """Mean of the squared errors."""

    title = "Mean squared error"
    summary = "The mean of the squared errors: large errors count most."
    task = Task.REGRESSION
    kind: Literal["mse"] = "mse"


class L1Loss(LossSettings):
    """Mean of the absolute errors."""

    title = "Mean absolute error (L1)"
    summary = "The mean of the absolute errors: outliers count no more than their size."
    task = Task.REGRESSION
    kind: Literal["l1"] = "l1"


class HuberLoss(LossSettings):
    """Squared error near zero, absolute error far from it."""

    title = "Huber"
    summary = "Squares small errors and takes large ones linearly: smooth and robust."
    task = Task.REGRESSION
    kind: Literal["huber"] = "huber"
    delta: float = setting(
        1.0,
        "Errors larger than this count linearly, smaller ones quadratically.",
        title="Delta",
        above=0,
        unit="target units",
    )


class CrossEntropyLoss(LossSettings):
    """Negative log likelihood of the right class under a softmax."""

    title = "Cross entropy"
    summary = "Minus the log of the probability that the model gives the right class."
    task = Task.CLASSIFICATION
    kind: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = setting(
        0.0,
        "Share of the target that is spread evenly over all classes; "
        "a little of it keeps the model from becoming overconfident.",
        title="Label smoothing",
        minimum=0,
        maximum=1,
    )


Loss = MseLoss | L1Loss | HuberLoss | CrossEntropyLoss
LOSSES: Catalogue[LossSettings] = Catalogue(
    "loss", (MseLoss, L1Loss, HuberLoss, CrossEntropyLoss)
)
