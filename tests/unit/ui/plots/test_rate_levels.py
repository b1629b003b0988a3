"""Rates of many samples, read in few points."""

from __future__ import annotations

import numpy as np

from tests.helpers.runs import add_rates, start_run
from workbench.core.rates import Quantity
from workbench.ui.plots.rate_levels import RateLevels


def test_that_few_samples_are_read_as_they_are() -> None:
    run = start_run()
    add_rates(run, samples=50)
    bands = RateLevels(run.history.rates, Quantity.REALISED_RATE).read(None, 1000)
    values = run.history.rates.values()[:, :, 1, :]
    assert np.array_equal(bands.low, values[:, :, 0])
    assert np.array_equal(bands.middle, values[:, :, 2])
    assert np.array_equal(bands.high, values[:, :, 4])


def test_that_many_samples_keep_their_extremes_and_real_medians() -> None:
    run = start_run()
    add_rates(run, samples=1700, layers=2)
    bands = RateLevels(run.history.rates, Quantity.REALISED_RATE).read(None, 500)
    values = run.history.rates.values()[:, :, 1, :]
    assert 250 <= len(bands) <= 501
    assert np.array_equal(bands.low.min(axis=0), values[:, :, 0].min(axis=0))
    assert np.array_equal(bands.high.max(axis=0), values[:, :, 4].max(axis=0))
    for tensor in range(values.shape[1]):
        assert np.isin(bands.middle[:, tensor], values[:, tensor, 2]).all()


def test_that_reading_while_samples_arrive_gives_what_reading_at_the_end_gives() -> None:
    run = start_run()
    live = RateLevels(run.history.rates, Quantity.STEP_COEFFICIENT)
    for _ in range(23):
        add_rates(run, samples=37, layers=1)
        seen = live.read(None, 100)
    late = RateLevels(run.history.rates, Quantity.STEP_COEFFICIENT).read(None, 100)
    for name in ("steps", "low", "middle", "high"):
        assert np.array_equal(getattr(seen, name), getattr(late, name))


def test_that_the_range_of_a_quantity_without_bands_shows_once_samples_merge() -> None:
    run = start_run()
    add_rates(run, samples=600, layers=1)
    bands = RateLevels(run.history.rates, Quantity.UPDATE_TO_WEIGHT).read(None, 100)
    medians = run.history.rates.values()[:, :, 3, 2]
    assert bands.high.max() == medians.max()
    assert bands.low.min() == medians.min()


def test_that_zooming_into_rates_reads_only_what_is_in_view() -> None:
    run = start_run()
    add_rates(run, samples=2000, layers=1, every=5)
    bands = RateLevels(run.history.rates, Quantity.REALISED_NORM).read((5000, 5100), 1000)
    assert len(bands) < 30
    assert bands.steps[0] <= 5000
    assert bands.steps[-1] >= 5100
