from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.series import Column
from workbench.core.smoothing import SmoothedColumn

_LOSSES = st.lists(st.floats(1e-6, 1e12), max_size=300)
_BETAS = st.sampled_from([0.0, 1e-12, 0.1, 0.6, 0.9, 0.99, 0.999])


def _plain_loop(values: list[float], beta: float) -> list[float]:
    """Smooth one value after the other, as the formula says."""
    mean, found = 0.0, []
    for t, value in enumerate(values, start=1):
        mean = beta * mean + (1 - beta) * value
        found.append(mean / (1 - beta**t))
    return found


def _smooth(values: list[float], beta: float, cuts: list[int] | None = None) -> list[float]:
    source = Column()
    smoothed = SmoothedColumn(source, beta)
    places = [0, *sorted(cuts or []), len(values)]
    for start, stop in itertools.pairwise(places):
        source.extend(values[start:stop])
        smoothed.update()
    return smoothed.column.values().tolist()


@given(_LOSSES, _BETAS, st.lists(st.integers(0, 300), max_size=4))
def test_that_it_equals_a_plain_loop_however_often_it_is_updated(
    values: list[float], beta: float, cuts: list[int]
) -> None:
    cuts = [min(cut, len(values)) for cut in cuts]
    assert _smooth(values, beta, cuts) == pytest.approx(_plain_loop(values, beta), rel=1e-9)


def test_that_three_values_give_what_a_hand_calculation_gives() -> None:
    # weights 1; 1/3, 2/3; 1/7, 2/7, 4/7
    assert _smooth([7.0, 1.0, 0.0], 0.5) == pytest.approx([7.0, 3.0, 9 / 7], rel=1e-14)


def test_that_it_equals_a_plain_loop_over_many_blocks() -> None:
    values = (1 + np.random.default_rng(0).random(20_000)).tolist()
    for beta in (0.3, 0.99, 0.999):
        assert _smooth(values, beta) == pytest.approx(_plain_loop(values, beta), rel=1e-9)


def test_that_a_constant_stays_a_constant_from_the_first_value_on() -> None:
    assert _smooth([2.5] * 50, 0.99) == pytest.approx([2.5] * 50, rel=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 1, 17, 4095, 4096, 5000])
def test_that_the_first_value_that_is_not_finite_ends_the_curve(
    bad: float, place: int
) -> None:
    values = [1.0] * 6000
    values[place] = bad
    smoothed = _smooth(values, 0.9)
    assert np.isfinite(smoothed[:place]).all()
    assert np.isnan(smoothed[place:]).all()


def test_that_huge_losses_of_a_diverging_run_do_not_end_the_curve_early() -> None:
    values = (10.0 ** np.linspace(0, 300, 3000)).tolist()
    for beta in (0.05, 0.9, 0.99):
        assert _smooth(values, beta) == pytest.approx(_plain_loop(values, beta), rel=1e-9)


@pytest.mark.parametrize("beta", [-0.1, 1.0, math.nan])
def test_that_a_beta_without_meaning_is_refused(beta: float) -> None:
    with pytest.raises(ValueError, match="beta"):
        SmoothedColumn(Column(), beta)
