"""The statistics that are kept of the elements of a tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.rates import STATISTICS, Rates

_SHARES = {"min": 0.0, "p05": 0.05, "p25": 0.25, "p50": 0.5}
_SHARES |= {"p75": 0.75, "p95": 0.95, "max": 1.0}
_QUANTILES = np.array([_SHARES[name] for name in STATISTICS])


def summarise(values: npt.NDArray[Any], sizes: Sequence[int]) -> Rates:
    """Return the quantiles of runs of `values`, shape (runs, statistics).

    `values` holds one run after the other, of the lengths `sizes`, and is left sorted
    within each. Only finite values count; NaN where a run has none. Between two values
    is interpolated linearly, as `numpy.quantile` does by default: quantile q of n
    sorted values stands at position (n − 1)·q, counted from 0.

    Sorting is what costs, and numpy's vectorised sort takes a third of the time of
    selecting the few positions, and a thirtieth of that of torch.sort.
    """
    if len(values) == 0:
        return np.full((len(sizes), len(STATISTICS)), np.nan)
    ends = np.cumsum(sizes)
    starts = ends - sizes
    counts = np.array(
        [_sort_finite(values[a:b]) for a, b in zip(starts, ends, strict=True)]
    )
    positions = np.maximum(counts - 1, 0)[:, None] * _QUANTILES
    below = positions.astype(np.intp)
    first = np.minimum(starts, len(values) - 1)[:, None]
    low = values[first + below].astype(np.float64)
    high = values[first + np.minimum(below + 1, np.maximum(counts - 1, 0)[:, None])]
    with np.errstate(invalid="ignore"):  # of runs without a finite value
        result: Rates = low + (high - low) * (positions - below)
    result[counts == 0] = np.nan
    return result


def _sort_finite(run: npt.NDArray[Any]) -> int:
    """Sort in place, finite values first, and return how many they are."""
    run.sort()
    if len(run) and math.isfinite(run[-1]) and math.isfinite(run[0]):
        return len(run)
    finite = run[np.isfinite(run)]
    run[: len(finite)] = finite
    return len(finite)
