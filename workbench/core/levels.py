"""The usual size of what is measured of each tensor: medians over some samples."""

from __future__ import annotations

import numpy as np

from workbench.core.rates import STATISTICS, Quantity, Rates, RateSeries
from workbench.core.series import Floats

_MEDIAN = STATISTICS.index("p50")
_PLACES = {quantity: place for place, quantity in enumerate(Quantity)}


def tensor_values(rates: RateSeries, quantity: Quantity, start: int, stop: int) -> Rates:
    """Return one quantity of the samples from `start` up to `stop`, by sample and tensor.

    Where a quantity has a value for each element, it is the median of the elements.
    """
    return rates.values(stop)[start:, :, _PLACES[quantity], _MEDIAN]


def medians(values: Rates) -> Floats:
    """Return the median of each column; NaN is left out, infinities count.

    A column without any value, and every column of no rows, gives NaN.
    """
    ordered = np.sort(values, axis=0)  # NaN goes to the end
    counts = np.count_nonzero(~np.isnan(ordered), axis=0)
    if not len(ordered):
        return np.full(values.shape[1:], np.nan)
    columns = np.arange(ordered.shape[1])
    low = ordered[np.maximum(counts - 1, 0) // 2, columns]
    high = ordered[np.minimum(counts // 2, len(ordered) - 1), columns]
    middle: Floats = np.where(low == high, low, (low + high) / 2)  # inf − inf apart
    return np.where(counts > 0, middle, np.nan)
