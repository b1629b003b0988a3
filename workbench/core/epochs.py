"""What was measured at the end of every epoch: columns that look like a list of rows.

A run on all data has an epoch a step, so there can be millions: a row is made only for
whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import overload

import numpy as np
from typing_extensions import override

from workbench.core.events import EpochRow
from workbench.core.series import Column, Floats, count_until

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

COLUMNS = tuple(part.name for part in fields(EpochRow))
OPTIONAL = ("test_loss", "train_accuracy", "test_accuracy")
_COUNTS = ("epoch", "step")
_values_of = attrgetter(*COLUMNS)
_optional_of = attrgetter(*OPTIONAL)


class EpochSeries(Sequence[EpochRow]):
    """The epochs of a run; one writer, many readers, none of whom takes a lock.

    `column` gives one of `COLUMNS` as float64, NaN where it was not measured; what was
    measured and came out as NaN is told apart by `is_measured`.
    """

    def __init__(self) -> None:
        self._columns = {name: Column() for name in COLUMNS}
        self._measured = Column()  # bits of OPTIONAL; written last

    @override
    def __len__(self) -> int:
        return len(self._measured)

    def append(self, row: EpochRow) -> None:
        """Add the measurements of the next epoch."""
        for column, value in zip(self._columns.values(), _values_of(row), strict=True):
            column.append(np.nan if value is None else value)
        bits = 0
        for place, value in enumerate(_optional_of(row)):
            bits |= (value is not None) << place
        self._measured.append(bits)

    def extend(self, table: Floats) -> None:
        """Add many epochs: `COLUMNS` and the bits of what was measured, one a column."""
        for column, values in zip(self._columns.values(), table.T[:-1], strict=True):
            column.extend(values)
        self._measured.extend(table[:, -1])

    def table(self, start: int, stop: int) -> Floats:
        """Return some epochs as `extend` takes them, shape (epochs, columns + 1)."""
        parts = [column.values(start, stop) for column in self._columns.values()]
        return np.column_stack((*parts, self._measured.values(start, stop)))

    def column(self, name: str, start: int = 0, stop: int | None = None) -> Floats:
        """Return one of `COLUMNS` of some epochs, counted from 0."""
        return self._columns[name].values(start, len(self) if stop is None else stop)

    def is_measured(self, name: str, start: int = 0, stop: int | None = None) -> Flags:
        """Say for some epochs whether one of `COLUMNS` was measured."""
        bits = self._measured.values(start, stop)
        if name not in OPTIONAL:
            return np.ones(bits.shape, np.bool_)
        known: Flags = bits.astype(np.uint8) & (1 << OPTIONAL.index(name)) != 0
        return known

    def copy_until(self, step: int) -> EpochSeries:
        """Return a series of its own with the epochs that ended up to `step`."""
        copied = EpochSeries()
        copied.extend(self.table(0, count_until(self.column("step"), step)))
        return copied

    @overload
    def __getitem__(self, place: int) -> EpochRow: ...
    @overload
    def __getitem__(self, place: slice) -> list[EpochRow]: ...
    @override
    def __getitem__(self, place: int | slice) -> EpochRow | list[EpochRow]:
        count = len(self)
        if isinstance(place, slice):
            return [self._row(at) for at in range(*place.indices(count))]
        if not -count <= place < count:
            raise IndexError(place)
        return self._row(place % count)

    @override
    def __iter__(self) -> Iterator[EpochRow]:
        return (self._row(at) for at in range(len(self)))

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def _row(self, at: int) -> EpochRow:
        values: dict[str, float | None] = {
            name: float(column.values(at, at + 1)[0])
            for name, column in self._columns.items()
        }
        bits = int(self._measured.values(at, at + 1)[0])
        for place, name in enumerate(OPTIONAL):
            if not bits >> place & 1:
                values[name] = None
        for name in _COUNTS:
            values[name] = int(values[name] or 0)
        return EpochRow(**values)  # type: ignore[arg-type]  # counts are whole, see above
