import numpy as np
import pytest

from tests.helpers.runs import noisy_losses
from workbench.core.epoch_scale import EpochScale
from workbench.core.epochs import EpochSeries
from workbench.core.events import EpochRow
from workbench.core.series import Column
from workbench.core.tracks import EpochTrack, StepTrack


def column(values: np.ndarray) -> Column:
    made = Column()
    made.extend(values)
    return made


def test_that_the_first_step_stands_at_one() -> None:
    x, y = StepTrack(column(np.array([5.0, 6.0, 7.0]))).read(None, None, 100)
    assert x.tolist() == [1.0, 2.0, 3.0]
    assert y.tolist() == [5.0, 6.0, 7.0]


def test_that_steps_can_be_counted_in_epochs() -> None:
    scale = EpochScale()
    scale.update(EpochSeries(), steps_per_epoch=2)
    track = StepTrack(column(np.arange(4.0)))
    x, _ = track.read(None, scale, 100)
    assert x.tolist() == [0.5, 1.0, 1.5, 2.0]
    assert track.value_at(1.5, scale) == 2.0


def test_that_a_million_steps_become_few_points_and_no_peak_is_lost() -> None:
    values = noisy_losses(1_000_000)
    values[123_456] = 1e6
    x, y = StepTrack(column(values)).read(None, None, 4000)
    assert 1000 <= len(x) <= 4002
    assert y.max() == 1e6
    assert y.min() == values.min()


def test_that_zooming_in_brings_the_values_themselves() -> None:
    values = noisy_losses(1_000_000)
    x, y = StepTrack(column(values)).read((500_000.0, 500_100.0), None, 4000)
    assert x[0] <= 500_000
    assert x[-1] >= 500_100
    assert np.array_equal(y, values[x.astype(int) - 1])


@pytest.mark.parametrize("visible", [(-50.0, -10.0), (1e9, 2e9), (-1e300, 1e300)])
def test_that_a_view_beside_the_data_breaks_nothing(visible: tuple[float, float]) -> None:
    x, y = StepTrack(column(np.arange(10.0))).read(visible, None, 100)
    assert len(x) == len(y) <= 10


def test_that_a_value_is_exact_however_few_points_are_drawn() -> None:
    values = noisy_losses(100_000)
    track = StepTrack(column(values))
    assert track.value_at(54_321.2) == values[54_320]
    assert track.value_at(-5) == values[0]
    assert track.value_at(1e9) == values[-1]


def test_that_epochs_that_were_not_measured_leave_no_gap() -> None:
    track, epochs = EpochTrack("test_accuracy", 100), EpochSeries()
    for epoch in range(1, 7):
        share = epoch / 100 if epoch % 3 == 0 else None
        epochs.append(EpochRow(epoch, 10 * epoch, 1.0, 1.0, test_accuracy=share))
        track.update(epochs)
    x, y = track.read(None, 100, by_epoch=False)
    assert x.tolist() == [30.0, 60.0]
    assert y.tolist() == [3.0, 6.0]
    assert track.read(None, 100, by_epoch=True)[0].tolist() == [3.0, 6.0]


def test_that_an_empty_epoch_track_reads_as_nothing() -> None:
    x, y = EpochTrack("train_loss").read(None, 100, by_epoch=True)
    assert len(x) == len(y) == 0
