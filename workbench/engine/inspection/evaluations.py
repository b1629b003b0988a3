"""The losses of a step whose method evaluates the loss itself, as L-BFGS does."""

from __future__ import annotations

import torch

from workbench.engine.optimizers import Closure, Loss


class Evaluations:
    """Stands in for the closure of one step and remembers the loss that it begins with.

    Afterwards it can find the loss that the step ends with: L-BFGS does not look at it
    once its last iteration has moved the weights.
    """

    def __init__(self, closure: Closure, device: torch.device) -> None:
        self._closure = closure
        self._device = device
        self._first: float | None = None

    def __call__(self) -> Loss:
        """Evaluate the loss and its gradients."""
        loss = self._closure()
        if self._first is None:
            self._first = float(loss)
        return loss

    def before_and_after(self) -> dict[str, float]:
        """Return the loss that the step began with, and that of the present weights.

        Evaluates once more, in which dropout draws other elements; torch's generators
        then stand where they stood. The gradients are those of that evaluation.
        """
        cuda = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices=cuda), torch.enable_grad():
            after = float(self._closure())
        before = after if self._first is None else self._first
        return {"loss_before": before, "loss_after": after}
