import numpy as np
import pytest

from workbench.core.epoch_scale import EpochScale
from workbench.core.epochs import COLUMNS, EpochSeries
from workbench.core.events import EpochRow


def epochs_that_end_at(*steps: int) -> EpochSeries:
    series = EpochSeries()
    for epoch, step in enumerate(steps, start=1):
        series.append(EpochRow(epoch, step, 1.0, 1.0))
    return series


def scale_of(series: EpochSeries, steps_per_epoch: int) -> EpochScale:
    scale = EpochScale()
    scale.update(series, steps_per_epoch)
    return scale


def test_that_epochs_of_one_length_are_multiples_of_it() -> None:
    scale = scale_of(epochs_that_end_at(20, 40), 20)
    assert scale.epochs_of(np.array([0.0, 5, 40, 50])).tolist() == [0, 0.25, 2, 2.5]
    assert scale.steps_of(np.array([0.25, 2.5])).tolist() == [5, 50]


def test_that_epochs_of_other_lengths_follow_where_a_run_went_on_with_other_batches() -> (
    None
):
    scale = scale_of(epochs_that_end_at(6, 12, 35, 58), 23)  # 6 a piece, then 23
    steps = np.array([3.0, 9, 12, 23.5, 58, 81, 104])
    epochs = [0.5, 1.5, 2, 2.5, 4, 5, 6]
    assert scale.epochs_of(steps) == pytest.approx(epochs, rel=1e-12)
    assert scale.steps_of(np.array(epochs)) == pytest.approx(steps, rel=1e-12)


def test_that_it_grows_with_the_run() -> None:
    series, scale = epochs_that_end_at(6, 12), EpochScale()
    scale.update(series, 6)
    series.append(EpochRow(3, 35, 1.0, 1.0))
    scale.update(series, 23)
    whole = scale_of(series, 23)
    steps = np.arange(0.0, 100.0)
    assert scale.epochs_of(steps).tolist() == whole.epochs_of(steps).tolist()
    assert scale.epochs_of(np.array([35.0, 58.0])).tolist() == [3, 4]


def test_that_a_million_epochs_of_one_length_cost_two_points() -> None:
    series = EpochSeries()
    rows = np.arange(1.0, 1_000_001.0)
    table = np.zeros((1_000_000, len(COLUMNS) + 1))
    table[:, 0], table[:, 1] = rows, rows
    series.extend(table)
    scale = scale_of(series, 1)
    assert len(scale._steps) == 2
    assert scale.epochs_of(np.array([777_777.0])).tolist() == [777_777.0]


def test_that_places_before_the_start_and_far_beyond_are_harmless() -> None:
    scale = scale_of(epochs_that_end_at(6), 6)
    low, high = scale.steps_of(np.array([-1e300, 1e300])).tolist()
    assert low == 0
    assert np.isfinite(high)
