"""Builds torch loss functions from loss settings."""

from __future__ import annotations

from torch import nn

from workbench.core.losses import CrossEntropyLoss, HuberLoss, L1Loss, Loss, MseLoss


def build_loss(settings: Loss) -> nn.Module:
    """Build a loss that takes outputs and targets and returns their mean loss."""
    match settings:
        case MseLoss():
            return nn.MSELoss()
        case L1Loss():
            return nn.L1Loss()
        case HuberLoss(delta=delta):
            return nn.HuberLoss(delta=delta)
        case CrossEntropyLoss(label_smoothing=label_smoothing):
            return nn.CrossEntropyLoss(label_smoothing=label_smoothing)
