"""Quantiles are those of numpy, over finite values only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.core.rates import STATISTICS
from workbench.engine.rates.statistics import summarise

SHARES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
SHARES |= {"min": 0.0, "max": 1.0}


def expected(run: np.ndarray) -> np.ndarray:
    finite = run[np.isfinite(run)].astype(np.float64)
    if len(finite) == 0:
        return np.full(len(STATISTICS), np.nan)
    return np.array([np.quantile(finite, SHARES[name]) for name in STATISTICS])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 2, 3, 10, 21, 320, 5000])
def test_that_quantiles_are_those_of_numpy(size: int, dtype: type) -> None:
    rng = np.random.default_rng(size)
    run = np.exp(3 * rng.standard_normal(size)).astype(dtype)
    found = summarise(run.copy(), [size])
    np.testing.assert_allclose(found[0], expected(run), rtol=1e-13)


@given(
    st.lists(
        hnp.arrays(
            np.float64,
            st.integers(0, 12),
            elements=st.floats(-1e9, 1e9) | st.sampled_from([np.nan, np.inf, -np.inf]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_that_each_run_is_summarised_by_itself_over_finite_values(
    runs: list[np.ndarray],
) -> None:
    found = summarise(np.concatenate(runs), [len(run) for run in runs])
    for row, run in zip(found, runs, strict=True):
        np.testing.assert_allclose(row, expected(run), rtol=1e-12, atol=1e-6)


def test_that_equal_values_are_returned_without_rounding() -> None:
    found = summarise(np.full(7, 0.1), [7])
    assert (found == 0.1).all()
