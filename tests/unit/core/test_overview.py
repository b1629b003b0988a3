"""The long series of a history, read before they are shown."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.long_runs import long_run
from tests.helpers.runs import noisy_losses
from workbench.core.events import EpochRow
from workbench.core.overview import Measure
from workbench.core.run import History
from workbench.core.tracks import EpochTrack, StepTrack


def small_history(steps: int = 3000, batches: int = 10) -> History:
    """Return a history of epochs of some batches, every third of them tested."""
    history = History()
    for loss in noisy_losses(steps):
        history.steps.append(loss, 0.1)
    for epoch in range(1, steps // batches + 1):
        test = 1 / epoch if epoch % 3 == 0 else None
        row = EpochRow(epoch, epoch * batches, 2 / epoch, 20 / epoch, test)
        history.epochs.append(row)
    return history


def read(track: StepTrack | EpochTrack | None) -> list[list[float]]:
    assert track is not None
    if isinstance(track, StepTrack):
        x, y = track.read(None, None, 400)
    else:
        x, y = track.read(None, 400, by_epoch=False)
    return [x.tolist(), y.tolist()]


def all_of(history: History) -> list[list[list[float]]]:
    overview = history.overview
    loss = Measure.LOSS
    tracks = (overview.losses, overview.rates, overview.train(loss), overview.test(loss))
    return [read(track) for track in tracks]


@pytest.mark.parametrize("batches", [1, 10])
def test_that_what_was_prepared_is_what_is_read_without(batches: int) -> None:
    plain, prepared = (small_history(batches=batches) for _ in range(2))
    prepared.overview.prepare()
    assert all_of(prepared) == all_of(plain)
    assert prepared.overview.best.row == plain.overview.best.update(plain.epochs)


def test_that_what_comes_after_is_read_too() -> None:
    grown, whole = small_history(2000), small_history(2000)
    grown.overview.prepare()
    for history in (grown, whole):
        history.epochs.append(EpochRow(201, 2010, 0.5, 5.0, 1e-9))
        history.steps.append(-7.0, 0.2)
    assert all_of(grown) == all_of(whole)
    assert grown.overview.best_point(Measure.LOSS, by_epoch=True) == (201, 1e-9)


def test_that_an_empty_history_can_be_prepared() -> None:
    history = History()
    history.overview.prepare()
    assert history.overview.best.row is None
    assert all_of(history) == [[[], []]] * 4


def test_that_the_best_point_lies_on_the_curve_of_its_measure() -> None:
    history = History()
    for epoch, (test, right) in enumerate([(0.9, 0.5), (0.3, 0.75), (0.4, 0.8)], start=1):
        row = EpochRow(epoch, epoch * 5, 1.0, 5.0, test, test_accuracy=right)
        history.epochs.append(row)
    points = {
        measure: history.overview.best_point(measure, by_epoch=False) for measure in Measure
    }
    assert points == {
        Measure.LOSS: (10, 0.3),
        Measure.SUM: (10, 5.0),
        Measure.ACCURACY: (10, 75.0),
    }


def test_that_after_preparing_a_long_run_a_read_goes_through_little_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = long_run(100_000).history
    history.overview.prepare()
    seen: list[int] = []
    is_finite = np.isfinite

    def count(values: np.ndarray) -> np.ndarray:
        seen.append(np.size(values))
        return is_finite(values)

    monkeypatch.setattr(np, "isfinite", count)
    for track in (history.overview.losses, history.overview.rates):
        track.read(None, None, 1500)
    assert sum(seen) < 1000  # the last buckets, which are not full
