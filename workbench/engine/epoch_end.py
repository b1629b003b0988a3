"""What is measured and shown when an epoch is over."""

from __future__ import annotations

from workbench.core.epochs import EpochSeries
from workbench.core.events import EpochRow, Picture, PictureMeasured
from workbench.engine.clocks import PictureClock, Stopwatch
from workbench.engine.epoch_sums import EpochSums
from workbench.engine.evaluation import Evaluation, evaluate
from workbench.engine.experiment import Emit, Experiment
from workbench.engine.unread import DoneEpoch


class EpochEnd:
    """Measures on the test data when that is due, appends the row, tells the picture."""

    def __init__(
        self, experiment: Experiment, epochs: EpochSeries, clock: Stopwatch, emit: Emit
    ) -> None:
        self._experiment = experiment
        self._epochs = epochs
        self._loop = experiment.plan.loop
        self._clock = clock
        self._picture = PictureClock(clock)
        self._emit = emit

    def shows_picture(self, epoch: int) -> bool:
        """Say whether a picture belongs to this epoch, counted from 1."""
        return epoch == self._loop.epochs or self._picture.is_due

    def test(self, epoch: int) -> Evaluation | None:
        """Measure on the test data where that is due after an epoch, counted from 1."""
        test, is_last = self._experiment.dataset.test, epoch == self._loop.epochs
        if test is None or not (is_last or epoch % self._loop.evaluate_every == 0):
            return None
        return evaluate(self._experiment, test, "test", epoch)

    def report(self, done: DoneEpoch) -> EpochRow:
        """Append an epoch's row, and tell its picture."""
        tested = done.tested
        loss, accuracy = (tested.loss, tested.accuracy) if tested else (None, None)
        row = done.sums.row(done.epoch, done.step, loss, accuracy)
        self._epochs.append(row)
        if done.shows_picture:
            self._show_picture(tested, done.sums, done.epoch)
        return row

    def _show_picture(self, tested: Evaluation | None, sums: EpochSums, epoch: int) -> None:
        """Tell how well the model does; not more often than can be looked at."""
        started_s = self._clock.elapsed_s
        picture = None if tested is None else tested.picture()
        if picture is None and self._experiment.dataset.test is None:
            picture = self._picture_of_training(sums, epoch)
        if picture is not None:
            self._emit(PictureMeasured(picture))
            self._picture.was_shown(self._clock.elapsed_s - started_s)

    def _picture_of_training(self, sums: EpochSums, epoch: int) -> Picture:
        confusion = sums.confusion(epoch)
        if confusion is not None:
            return confusion
        train = self._experiment.dataset.train
        return evaluate(self._experiment, train, "train", epoch).picture()
