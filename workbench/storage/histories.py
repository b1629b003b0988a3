"""Histories of a run as plain tables of float64, to and from their rows in the file.

Three series: `steps` (a row for each step), `epochs` (a row for each epoch) and `rates`
(a row for each sampled step). Each says in its layout what its columns are, so that a
later version can add some without breaking older files. `insights` has the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np
import numpy.typing as npt

from workbench.core.epochs import COLUMNS, OPTIONAL, EpochSeries
from workbench.core.rates import STATISTICS, Quantity, RateSeries, TensorFacts
from workbench.core.run import Run
from workbench.core.series import Floats, StepSeries
from workbench.storage.schema import CHUNK_BYTES, CHUNK_ROWS

STEPS, EPOCHS, RATES = "steps", "epochs", "rates"

_STEP_COLUMNS = ("loss", "lr")
_COUNTS = ("epoch", "step")
_MEASURED = "measured"  # a column: the sum of the bits of what was measured
_EPOCH_COLUMNS = (*COLUMNS, _MEASURED)
_MOST_NAMES = 10_000
_EXACT = 2**53  # whole numbers below it are exact in float64


@dataclass(frozen=True)
class ColumnsLayout:
    """The columns of steps and epochs by name."""

    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        refuse_too_many(self.columns)

    @property
    def width(self) -> int:
        """Count the columns."""
        return len(self.columns)


@dataclass(frozen=True)
class RatesLayout:
    """Columns of rates: the step, then tensors × quantities × statistics, last fastest."""

    tensors: tuple[TensorFacts, ...]
    quantities: tuple[str, ...]
    statistics: tuple[str, ...]

    def __post_init__(self) -> None:
        for names in (self.tensors, self.quantities, self.statistics):
            refuse_too_many(names)
        if self.tensors and not (self.quantities and self.statistics):
            raise ValueError("nothing is said of its tensors")

    @property
    def width(self) -> int:
        """Count the columns."""
        return 1 + len(self.tensors) * len(self.quantities) * len(self.statistics)


def refuse_too_many(names: Sequence[object]) -> None:
    """Refuse more columns, tensors or layers than any series has: each takes memory.

    Raises:
        ValueError: where there are more.
    """
    if len(names) > _MOST_NAMES:
        raise ValueError(f"it has {len(names):,} columns")


class Layout(Protocol):
    """What the columns of a series are: a dataclass that JSON can hold."""

    @property
    def width(self) -> int:
        """Count the columns."""


@dataclass(frozen=True)
class Recording:
    """A series as it was at one moment; `rows` reads a span of it as a table."""

    name: str
    layout: Layout
    count: int
    rows: Callable[[int, int], Floats]

    @property
    def chunk_rows(self) -> int:
        """Return how many rows a chunk holds at most."""
        return max(1, min(CHUNK_ROWS, CHUNK_BYTES // (8 * self.layout.width)))

    def chunks(self, start: int = 0) -> Iterator[tuple[int, Floats]]:
        """Cut the rows from `start` into chunks of bounded size, each with its first."""
        for first in range(start, self.count, self.chunk_rows):
            yield first, self.rows(first, min(first + self.chunk_rows, self.count))


def record(run: Run) -> tuple[Recording, ...]:
    """Take the counts of a run's series now; what is appended later is not read."""
    return (
        _record_steps(run.history.steps),
        _record_epochs(run.epochs),
        record_rates(RATES, run.history.rates),
    )


def _record_steps(steps: StepSeries) -> Recording:
    def rows(start: int, stop: int) -> Floats:
        columns = steps.loss.values(start, stop), steps.lr.values(start, stop)
        return np.column_stack(columns)

    return Recording(STEPS, ColumnsLayout(_STEP_COLUMNS), len(steps), rows)


def _record_epochs(epochs: EpochSeries) -> Recording:
    return Recording(EPOCHS, ColumnsLayout(_EPOCH_COLUMNS), len(epochs), epochs.table)


def record_rates(name: str, rates: RateSeries) -> Recording:
    """Record a series of rates under a name."""
    count = len(rates)
    steps, values = rates.steps()[:count], rates.values(count)
    layout = RatesLayout(rates.tensors, tuple(map(str, Quantity)), STATISTICS)

    def rows(start: int, stop: int) -> Floats:
        flat = values[start:stop].reshape(stop - start, -1)
        return np.column_stack((steps[start:stop], flat))

    return Recording(name, layout, count, rows)


def read_steps(steps: StepSeries, layout: ColumnsLayout, rows: Floats) -> None:
    """Append rows to the series.

    Raises:
        ValueError: where a column is missing.
    """
    loss, lr = _named(layout, rows, _STEP_COLUMNS)
    steps.loss.extend(loss)
    steps.lr.extend(lr)


def read_epochs(epochs: EpochSeries, layout: ColumnsLayout, rows: Floats) -> None:
    """Append rows to the series.

    Raises:
        ValueError: where a column is missing or a number is none that an epoch has.
    """
    columns = _named(layout, rows, _EPOCH_COLUMNS)
    for name in _COUNTS:
        whole(columns[_EPOCH_COLUMNS.index(name)])
    if np.any(whole(columns[-1]) >= 1 << len(OPTIONAL)):
        raise ValueError("what was measured is not known")
    epochs.extend(np.column_stack(columns))


def read_rates(rates: RateSeries, layout: RatesLayout, rows: Floats) -> None:
    """Begin the series with the tensors of the layout, and append rows to it.

    Quantities and statistics that the file lacks are NaN; others are left out.

    Raises:
        ValueError: where a number is none that a tensor or a step has.
    """
    for tensor in layout.tensors:
        _check_tensor(tensor)
    whole(rows[:, 0])
    rates.begin(layout.tensors)
    shape = (len(layout.tensors), len(layout.quantities), len(layout.statistics))
    given = rows[:, 1:].reshape(len(rows), *shape)
    rates.extend(rows[:, 0], _in_our_order(given, layout))


def _in_our_order(given: Floats, layout: RatesLayout) -> Floats:
    if (layout.quantities, layout.statistics) == (tuple(Quantity), STATISTICS):
        return given
    values = np.full((*given.shape[:2], len(Quantity), len(STATISTICS)), np.nan)
    for place, quantity in enumerate(map(str, Quantity)):
        for slot, statistic in enumerate(STATISTICS):
            if quantity in layout.quantities and statistic in layout.statistics:
                source = layout.quantities.index(quantity)
                values[:, :, place, slot] = given[
                    :, :, source, layout.statistics.index(statistic)
                ]
    return values


def _named(layout: ColumnsLayout, rows: Floats, names: Sequence[str]) -> list[Floats]:
    missing = [name for name in names if name not in layout.columns]
    if missing:
        raise ValueError(f"column {missing[0]} is missing")
    return [rows[:, layout.columns.index(name)] for name in names]


def whole(values: Floats) -> npt.NDArray[np.int64]:
    """Return the numbers as integers.

    Raises:
        ValueError: where one of them is none, or negative.
    """
    if not np.all((values >= 0) & (values < _EXACT) & (values == np.floor(values))):
        raise ValueError("a count is no whole number")
    return values.astype(np.int64)


def _check_tensor(tensor: TensorFacts) -> None:
    if tensor.depth < 0 or min(tensor.shape, default=0) < 0:
        raise ValueError(f"the shape of {tensor.name!r} is none")
    if prod(tensor.shape) >= _EXACT:
        raise ValueError(f"the size of {tensor.name!r} is impossible")
