"""What a table tells of a run's epochs, kept up to date without reading them again."""

from __future__ import annotations

import math

from workbench.core.events import EpochRow
from workbench.core.run import Run


class RunSummary:
    """Best and last loss of a run: of its test data where it has any, else of training.

    `best` is the same epoch as `Run.best_epoch`, at the cost of the new epochs only.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.best: EpochRow | None = None
        self._last: float | None = None
        self._count = 0
        self._is_tested = False

    def update(self) -> None:
        """Take in the epochs that the run has gained."""
        for row in self.run.epochs[self._count :]:
            self._take(row)
            self._count += 1

    @property
    def best_loss(self) -> float | None:
        """Return the least finite loss."""
        return None if self.best is None else self._loss(self.best)

    @property
    def best_accuracy(self) -> float | None:
        """Return the share of right classes at the best epoch, from 0 to 1."""
        row = self.best
        if row is None:
            return None
        return row.train_accuracy if row.test_accuracy is None else row.test_accuracy

    @property
    def last_loss(self) -> float | None:
        """Return the last loss of an epoch, or of a step before the first epoch ends."""
        if self._last is None and self.run.num_steps:
            last = self.run.num_steps - 1
            return float(self.run.history.steps.loss.values(last, last + 1)[0])
        return self._last

    def _take(self, row: EpochRow) -> None:
        if row.test_loss is not None and not self._is_tested:
            self._is_tested, self.best = True, None
        loss = self._loss(row)
        if loss is None:
            return
        self._last = loss
        least = self.best_loss
        if math.isfinite(loss) and (least is None or loss < least):
            self.best = row

    def _loss(self, row: EpochRow) -> float | None:
        return row.test_loss if self._is_tested else row.train_loss
