"""What a table tells of a run's epochs, kept up to date without reading them again."""

from __future__ import annotations

from workbench.core.events import EpochRow
from workbench.core.run import Run


class RunSummary:
    """Best and last loss of a run: of its test data where it has any, else of training.

    `best` is the same epoch as `Run.best_epoch`, at the cost of the new epochs only.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._best = run.history.overview.best

    def update(self) -> None:
        """Take in the epochs that the run has gained."""
        self._best.update(self.run.epochs)

    @property
    def best(self) -> EpochRow | None:
        """Return the best epoch."""
        return self._best.row

    @property
    def best_loss(self) -> float | None:
        """Return the least finite loss."""
        row = self.best
        if row is None:
            return None
        return row.test_loss if self._best.is_tested else row.train_loss

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
        if self._best.last_loss is None and self.run.num_steps:
            last = self.run.num_steps - 1
            return float(self.run.history.steps.loss.values(last, last + 1)[0])
        return self._best.last_loss
