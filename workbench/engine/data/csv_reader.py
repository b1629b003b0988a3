"""Reading a CSV file in one pass: its columns of numbers, and why the others are none."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import DataError
from workbench.engine.data.dataset import LoadContext
from workbench.engine.data.files import is_file, printable
from workbench.engine.data.progress import Progress

Floats = NDArray[np.float64]

_BLOCK = 2048  # rows taken in at once
_LONGEST_LINE = 1_000_000  # characters; longer: not a table
_LARGEST = float(np.finfo(np.float32).max)
_GAPS = frozenset({"", "-", "?", "n/a", "na", "nan", "none", "null"})


class Column:
    """One column of a file while it is read: its numbers until one cell is none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gap_line: int | None = None  # of the first gap
        self.bad: tuple[int, str] | None = None  # line and text of the first no-number
        self._numbers = array("d")

    @property
    def numbers(self) -> Floats:
        """The values, float64, NaN for a gap; a view."""
        return np.frombuffer(self._numbers, dtype=np.float64)

    @property
    def usable(self) -> bool:
        """Whether every cell is a number or a gap, and one at least a number."""
        return self.bad is None and not bool(np.isnan(self.numbers).all())

    def take(self, cells: Iterable[str], lines: list[int]) -> None:
        """Add the cells of further rows, which stand in these lines of the file."""
        if self.bad is not None:
            return
        texts = list(cells)
        numbers = _read_numbers(texts)
        if numbers is None:
            numbers = self._read_one_by_one(texts, lines)
        self._numbers.frombytes(numbers.tobytes())

    def _read_one_by_one(self, cells: list[str], lines: list[int]) -> Floats:
        numbers = np.full(len(cells), np.nan)
        for i, (cell, line) in enumerate(zip(cells, lines, strict=True)):
            if cell.strip().lower() in _GAPS:
                self.gap_line = self.gap_line or line
            elif is_number(cell):
                numbers[i] = float(cell)
            else:
                self.bad = (line, cell)
                self._numbers = array("d")
                return numbers[:0]
        return numbers


class Table:
    """What a CSV file holds: its columns, in order, and whether it had a header line."""

    def __init__(self, header: list[str], *, has_header: bool) -> None:
        self.has_header = has_header
        self.columns = [Column(name) for name in _distinct(header)]
        self.row_count = 0

    def take(self, rows: list[list[str]], lines: list[int]) -> None:
        """Add rows of as many cells as there are columns."""
        self.row_count += len(rows)
        for column, cells in zip(self.columns, zip(*rows, strict=True), strict=True):
            column.take(cells, lines)


def is_number(text: str) -> bool:
    """Say whether a cell is a finite number that float32 can hold, decimals by point."""
    try:
        number = float(text)
    except ValueError:
        return False
    return "_" not in text and math.isfinite(number) and abs(number) <= _LARGEST


def read_csv(path: Path, context: LoadContext) -> Table:
    """Read a file of UTF-8 text, separated by comma, semicolon or tab.

    A first line of numbers alone is no header; the columns are then x1, x2, …

    Raises:
        DataError: naming file and line, where the file is no such table.
        CancelledError: once the person stopped.
    """
    if not is_file(path):
        raise _no_file(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read_table(file, path, context)
    except UnicodeDecodeError:
        raise DataError(
            f"'{printable(path)}' is not text in UTF-8; save it as CSV in UTF-8."
        ) from None
    except OSError as error:
        raise DataError(f"'{printable(path)}' cannot be read: {error.strerror}.") from None


def _no_file(path: Path) -> DataError:
    return DataError(f"There is no file '{printable(path)}'; choose another in data.path.")


def _read_table(file: TextIO, path: Path, context: LoadContext) -> Table:
    lines = _lines(file, path)
    head = list(islice(lines, 20))
    reader = csv.reader(chain(head, lines), delimiter=_sniff(head), skipinitialspace=True)
    rows = _rows(reader, path)
    line, first = next(rows, (1, []))
    if not first:
        raise DataError(f"'{printable(path)}' is empty; it needs a header line and rows.")
    has_header = not all(map(is_number, first))
    names = first if has_header else [f"x{i + 1}" for i in range(len(first))]
    table = Table(names, has_header=has_header)
    if not has_header:
        table.take([first], [line])
    size, progress = path.stat().st_size or 1, Progress(context)
    while block := list(islice(rows, _BLOCK)):
        progress.report(f"Reading {printable(path.name)}", file.buffer.tell() / size)
        _refuse_ragged(block, len(first), path)
        table.take([row for _, row in block], [line for line, _ in block])
    return table


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    """Yield the lines, refusing one that no table has before it fills the memory."""
    number = 0
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE or "\0" in line:
            raise DataError(f"'{printable(path)}' is not a table of text (line {number}).")
        yield line


def _rows(reader: Iterator[list[str]], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that aren't blank, each with the line where it ends."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"'{printable(path)}', line {_line_of(reader)}: {error}; "
                "check the quotation marks before it."
            ) from None
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _line_of(reader), row


def _line_of(reader: Iterator[list[str]]) -> int:
    line: int = reader.line_num  # type: ignore[attr-defined]  # what csv.reader returns
    return line


def _sniff(head: list[str]) -> str:
    """Choose the delimiter that cuts the first two lines into equally many cells."""
    lines = [line for line in head if line.strip()][:2]

    def merit(delimiter: str) -> tuple[bool, int]:
        widths = [len(next(csv.reader([line], delimiter=delimiter))) for line in lines]
        return len(set(widths)) == 1 and widths[0] > 1, max(widths, default=0)

    return max(",;\t", key=merit)


def _refuse_ragged(block: list[tuple[int, list[str]]], width: int, path: Path) -> None:
    for line, row in block:
        if len(row) != width:
            raise DataError(
                f"'{printable(path)}', line {line}: {len(row)} values, but the first line "
                f"has {width}; mend that line."
            )


def _distinct(header: list[str]) -> list[str]:
    """Give every column a name of its own."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = " ".join(cell.split()) or f"column {number}"
        names.append(f"{name} (column {number})" if name in names else name)
    return names


def _read_numbers(cells: list[str]) -> Floats | None:
    """Read cells that are all plain numbers; None where one needs a closer look."""
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    plain = (np.abs(numbers) <= _LARGEST).all() and "_" not in "".join(cells)
    return numbers if plain else None
