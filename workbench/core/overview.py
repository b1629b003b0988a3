"""The long series of one history in the few points that a plot has.

A run may have ten million steps, and each view that shows it would have to go through
all of them. So what was found on the way is kept with the history, for all of its
readers, and whoever has read a history from a file can have it ready before it is shown.
"""

from __future__ import annotations

from enum import Enum

from workbench.core.best_epoch import BestEpoch
from workbench.core.epochs import EpochSeries
from workbench.core.events import EpochRow
from workbench.core.series import StepSeries
from workbench.core.tracks import EpochTrack, StepTrack

_PERCENT = 100.0


class Measure(Enum):
    """What tells how well a run does."""

    LOSS = "loss"
    SUM = "sum"  # of the losses of an epoch's batches
    ACCURACY = "accuracy"  # in percent


class Overview:
    """Reads a history that grows; belongs to one reading thread at a time.

    `losses` and `rates` are the loss of each step and its nominal learning rate.
    """

    def __init__(self, steps: StepSeries, epochs: EpochSeries) -> None:
        self.losses, self.rates = StepTrack(steps.loss), StepTrack(steps.lr)
        self.best = BestEpoch()
        self._epochs = epochs
        self._train = {
            Measure.LOSS: EpochTrack("train_loss"),
            Measure.SUM: EpochTrack("loss_sum"),
            Measure.ACCURACY: EpochTrack("train_accuracy", _PERCENT),
        }
        self._test = {
            Measure.LOSS: EpochTrack("test_loss"),
            Measure.ACCURACY: EpochTrack("test_accuracy", _PERCENT),
        }

    def prepare(self) -> None:
        """Read what is shown first, so that it is there at once when it is asked for."""
        self.best.update(self._epochs)
        tested = self._up_to_date(self._test[Measure.LOSS])
        shown: list[StepTrack | EpochTrack] = [self.losses, self.rates, tested]
        if len(self._epochs) < len(self.losses):  # else the steps' losses are shown
            shown.append(self._up_to_date(self._train[Measure.LOSS]))
        for track in shown:
            track.prepare()

    def train(self, measure: Measure) -> EpochTrack:
        """Return what was measured on the training data, up to now."""
        return self._up_to_date(self._train[measure])

    def test(self, measure: Measure) -> EpochTrack | None:
        """Return what was measured on the test data, up to now."""
        track = self._test.get(measure)
        return None if track is None else self._up_to_date(track)

    def best_point(self, measure: Measure, *, by_epoch: bool) -> tuple[float, float] | None:
        """Return where the best epoch's mark belongs: on the test curve, or train."""
        best = self.best.update(self._epochs)
        if best is None:
            return None
        value = _best_value(best, measure)
        return None if value is None else (best.epoch if by_epoch else best.step, value)

    def _up_to_date(self, track: EpochTrack) -> EpochTrack:
        track.update(self._epochs)
        return track


def _best_value(row: EpochRow, measure: Measure) -> float | None:
    match measure:
        case Measure.LOSS:
            return row.train_loss if row.test_loss is None else row.test_loss
        case Measure.SUM:
            return row.loss_sum
        case Measure.ACCURACY:
            share = row.train_accuracy if row.test_accuracy is None else row.test_accuracy
            return None if share is None else _PERCENT * share
