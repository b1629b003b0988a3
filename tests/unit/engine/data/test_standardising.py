"""Columns of mean 0 and variance 1, as scikit-learn makes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.preprocessing import StandardScaler

from workbench.engine.data.standardising import Standardiser

NUMBERS = st.floats(-1e6, 1e6)
TABLES = arrays(
    np.float64, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=NUMBERS
)


def standardised(table):
    """Return mean, scale and the scaled table."""
    standardiser, result = Standardiser.fit(table), table.copy()
    standardiser.apply(result)
    return standardiser.mean, standardiser.scale, result


def expected(table):
    scaler = StandardScaler().fit(table)
    return scaler.mean_, scaler.scale_, scaler.transform(table)


def assert_same_bits(table):
    for ours, theirs in zip(standardised(table), expected(table), strict=True):
        assert ours.tobytes() == theirs.tobytes()


@given(TABLES)
def test_that_it_is_scikit_learns_scaler_to_the_last_bit(table):
    assert_same_bits(table)


@pytest.mark.parametrize("rows", [1, 2, 353, 100_000])
def test_that_tables_of_any_length_are_scaled_to_the_same_bits(rows):
    assert_same_bits(np.random.default_rng(rows).normal(3, 1000, (rows, 3)))


def test_that_what_rounding_left_of_the_mean_is_taken_off_the_variance():
    assert_same_bits(np.random.default_rng(1).normal(1e9, 0.1, (1000, 3)))


def test_that_a_column_which_varies_by_rounding_alone_counts_as_constant():
    table = np.full((100, 2), 0.1)
    table[::2, 1] = np.nextafter(0.1, 1)
    assert_same_bits(table)
    assert standardised(table)[1].tolist() == [1.0, 1.0]


def test_that_mean_and_deviation_are_those_counted_by_hand():
    mean, scale, table = standardised(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert mean.tolist() == [2.0, 5.0]
    assert scale.tolist() == [1.0, 1.0]
    assert table.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
