"""Where the training loop stands, moved on by each step and each epoch."""

from __future__ import annotations

from workbench.engine.epoch_sums import EpochSums
from workbench.engine.experiment import Experiment
from workbench.engine.position import Position


class Cursor:
    """Counts steps and epochs done, and batches done of the epoch under way.

    `sums` is what the batches of that epoch have added up to.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        start = experiment.start
        self.step, self.epoch, self.batch = start.step, start.epoch, start.batch
        self.sums = EpochSums(experiment)
        if start.sums is not None:
            self.sums.load(start.sums)

    def end_step(self) -> None:
        """Go on by a step."""
        self.step += 1
        self.batch += 1

    def end_epoch(self) -> None:
        """Go on to the next epoch, with sums of its own."""
        self.place(self.step, self.epoch + 1, 0)

    def place(self, step: int, epoch: int, batch: int) -> None:
        """Go to another place; nothing has been added up there yet."""
        self.step, self.epoch, self.batch = step, epoch, batch
        self.sums = EpochSums(self._experiment)

    def position(self, elapsed_s: float) -> Position:
        """Return where it stands, after so many seconds of training."""
        sums = self.sums.state()
        return Position(self.step, self.epoch, self.batch, sums, elapsed_s)
