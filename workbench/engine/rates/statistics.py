"""The statistics that are kept of the elements of a tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.rates import STATISTICS, Rates

_SHARES = {"min": 0.0, "p05": 0.05, "p25": 0.25, "p50": 0.5}
_SHARES |= {"p75": 0.75, "p95": 0.95, "max": 1.0}
_QUANTILES = np.array([_SHARES[name] for name in STATISTICS])

Indices = npt.NDArray[np.intp]


def summarise(values: npt.NDArray[Any], sizes: Sequence[int]) -> Rates:
    """Return the quantiles of runs of `values`, shape (runs, statistics).

    `values` holds one run after the other, of the lengths `sizes`, and is left sorted
    within each. Only finite values count; NaN where a run has none. Between two values
    is interpolated linearly, as `numpy.quantile` does by default: quantile q of n
    sorted values stands at position (n − 1)·q, counted from 0.

    Sorting is what costs, and numpy's vectorised sort takes a third of the time of
    selecting the few positions, and a thirtieth of that of torch.sort.
    """
    runs = _runs_of(tuple(sizes))
    for cut in runs.cuts:
        values[cut].sort()  # what is not finite goes to the ends
    if runs.places is not None and np.isfinite(values[runs.ends]).all():
        return _read(values, runs.places)
    return _of_finite(values, runs.cuts)


@dataclass(frozen=True)
class _Places:
    """Where the quantiles of each run stand: between two values, how far from one."""

    low: Indices
    high: Indices
    share: Rates


@dataclass(frozen=True)
class _Runs:
    """Runs of certain lengths; `places` are for finite values, None where one is empty."""

    cuts: tuple[slice, ...]
    ends: Indices  # the first and the last value of each
    places: _Places | None


@lru_cache(maxsize=16)  # the tensors of a model are the same in every step
def _runs_of(sizes: tuple[int, ...]) -> _Runs:
    counts: Indices = np.array(sizes, dtype=np.intp)
    stops: Indices = np.cumsum(counts)
    starts: Indices = stops - counts
    cuts = tuple(map(slice, starts.tolist(), stops.tolist()))
    places = _find(starts, counts) if all(sizes) else None
    return _Runs(cuts, np.concatenate([starts, stops - 1]), places)


def _find(starts: Indices, counts: Indices) -> _Places:
    """Find the quantiles of sorted runs, none of them empty, that start there."""
    last = (counts - 1)[:, None]
    exact = last * _QUANTILES
    below = exact.astype(np.intp)
    first = starts[:, None]
    return _Places(first + below, first + np.minimum(below + 1, last), exact - below)


def _read(values: npt.NDArray[Any], places: _Places) -> Rates:
    low = values[places.low].astype(np.float64)
    result: Rates = low + (values[places.high] - low) * places.share
    return result


def _of_finite(values: npt.NDArray[Any], cuts: Sequence[slice]) -> Rates:
    """Return the quantiles of the finite values of sorted runs."""
    counts = np.array([_finite_first(values[cut]) for cut in cuts])
    starts = np.array([cut.start for cut in cuts])
    some = np.flatnonzero(counts)
    result = np.full((len(cuts), len(STATISTICS)), np.nan)
    result[some] = _read(values, _find(starts[some], counts[some]))
    return result


def _finite_first(run: npt.NDArray[Any]) -> int:
    """Move the finite values of a sorted run to its front; return how many they are."""
    if len(run) and math.isfinite(run[-1]) and math.isfinite(run[0]):
        return len(run)
    finite = run[np.isfinite(run)]
    run[: len(finite)] = finite
    return len(finite)
