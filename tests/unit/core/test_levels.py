import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tests.helpers.measured import measured_run
from workbench.core.levels import medians, tensor_values
from workbench.core.rates import Quantity

NAN, INF = float("nan"), float("inf")


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=2, max_side=7),
        elements=st.one_of(st.floats(0, 1e6), st.just(NAN)),
    )
)
def test_that_medians_leave_out_what_is_not_there(values: np.ndarray) -> None:
    for column, median in zip(values.T, medians(values), strict=True):
        known = column[~np.isnan(column)]
        expected = np.median(known) if len(known) else NAN
        assert median == pytest.approx(expected, nan_ok=True)


def test_that_infinities_count_and_no_rows_have_no_median() -> None:
    assert medians(np.array([[1.0], [INF], [INF]])).tolist() == [INF]
    assert medians(np.array([[1.0], [2.0], [INF]])).tolist() == [2.0]
    assert medians(np.array([[INF], [INF]])).tolist() == [INF]
    assert np.isnan(medians(np.empty((0, 3)))).tolist() == [True] * 3


def test_that_values_come_by_sample_and_tensor() -> None:
    run = measured_run(
        {("hidden1.bias", Quantity.WEIGHT_NORM): np.arange(12.0)}, samples=12
    )
    values = tensor_values(run.history.rates, Quantity.WEIGHT_NORM, 2, 5)
    assert values.shape == (3, 6)
    assert values[:, 1].tolist() == [2.0, 3.0, 4.0]
