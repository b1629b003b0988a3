"""A small run in mini-batches, and one that stops after any of its steps."""

from __future__ import annotations

from typing import Any

from tests.helpers.recorder import Recorder
from workbench.core.events import Checkpoint, CheckpointTaken, EpochRow

Sections = dict[str, dict[str, Any]]

MLP: Sections = {
    "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.3},
    "data": {
        "kind": "make_regression",
        "samples": 40,
        "features": 3,
        "test_share": 0.25,
        "standardise_target": True,
    },
    "loop": {"epochs": 6, "full_batch": False, "batch_size": 7},
}
PER_EPOCH = 5  # of 30 training samples, the last one smaller


class Stopping(Recorder):
    """Stops after a number of steps, of which the last checkpoint tells."""

    def run_until(self, step: int) -> Checkpoint:
        steps = self.history.steps
        append = steps.append

        def stop_in_time(loss: float, lr: float) -> None:
            append(loss, lr)
            if len(steps) == step:
                self.control.stop()

        steps.append = stop_in_time  # type: ignore[method-assign]  # counts for the test
        self.run()
        checkpoint: Checkpoint = self.of(CheckpointTaken)[-1].checkpoint
        assert checkpoint.step == step
        return checkpoint


def rows(recorder: Recorder) -> list[EpochRow]:
    return list(recorder.history.epochs)
