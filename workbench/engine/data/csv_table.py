"""A CSV file of the user's as a data set: target, gaps, and what cannot be used."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.datasets import CsvTable
from workbench.core.errors import DataError, Problem, SettingsError
from workbench.engine.data.csv_reader import Column, Table, read_csv
from workbench.engine.data.dataset import Dataset, LoadContext
from workbench.engine.data.files import printable, user_path
from workbench.engine.data.tables import table_dataset

Floats = NDArray[np.float64]
_NAMES_SHOWN = 10


def load_csv(settings: CsvTable, context: LoadContext) -> Dataset:
    """Read a CSV file: one column is the target, all other columns of numbers inputs.

    Columns of text are left out, which a notice says. Rows without a target are dropped
    unless gaps are refused: a made-up target would teach something untrue.

    Raises:
        DataError: naming file, line and column, where the file cannot be used.
        SettingsError: where no file is chosen, or the test share leaves nothing to
            train on.
        CancelledError: once the person stopped.
    """
    if not settings.path:
        raise SettingsError([Problem("data.path", "choose the CSV file to read")])
    path = user_path(settings.path)
    table = read_csv(path, context)
    name = printable(path)
    if not table.has_header:
        last = table.columns[-1].name
        context.notice(f"'{name}' has no header line; its columns are named x1 to {last}.")
    _refuse_too_few(table.row_count, name)
    target = _find_target(table, settings.target, name)
    inputs = [c for c in table.columns if c.usable and c is not target]
    if not inputs:
        raise DataError(f"'{name}' has no column of numbers beside '{target.name}'.")
    _tell_left_out(table, context)
    x, y = _without_gaps(inputs, target, settings, context, name)
    _refuse_too_few(len(y), name)
    if (y == y[0]).all():
        raise DataError(
            f"'{name}': the target '{target.name}' is {y[0]:g} in every row; there is "
            "nothing to learn. Choose another in data.target."
        )
    return table_dataset(x, y, settings)


def _refuse_too_few(rows: int, name: str) -> None:
    if rows < 2:
        count = "only one row" if rows else "no rows"
        raise DataError(f"'{name}' has {count} of values; two are the least.")


def _find_target(table: Table, wanted: str, name: str) -> Column:
    """Return the wanted column, or the last one of numbers where none is named."""
    usable = [column for column in table.columns if column.usable]
    if not usable:
        raise DataError(f"'{name}' has no column of numbers: {_why(table.columns[0])}.")
    if not wanted.strip():
        return usable[-1]
    for column in table.columns:
        if column.name == " ".join(wanted.split()):
            if not column.usable:
                raise DataError(f"'{name}': the target is no number: {_why(column)}.")
            return column
    raise DataError(
        f"'{name}' has no column '{wanted}'; its columns of numbers are: {_listed(usable)}."
    )


def _why(column: Column) -> str:
    """Say why a column cannot be used."""
    if column.bad is None:
        return f"column '{column.name}' has no values"
    line, cell = column.bad
    shown = cell.strip() if len(cell) <= 40 else f"{cell[:37]}..."
    comma = cell.replace(",", "", 1).strip().lstrip("+-").isdigit()
    hint = "; write decimals with a point" if "," in cell and comma else ""
    return f"column '{column.name}' has '{shown}' in line {line}{hint}"


def _listed(columns: list[Column]) -> str:
    names = ", ".join(column.name for column in columns[:_NAMES_SHOWN])
    more = len(columns) - _NAMES_SHOWN
    return f"{names} and {more} more" if more > 0 else names


def _tell_left_out(table: Table, context: LoadContext) -> None:
    left_out = [column for column in table.columns if not column.usable]
    if not left_out:
        return
    reasons = "; ".join(map(_why, left_out[:_NAMES_SHOWN]))
    more = len(left_out) - _NAMES_SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    context.notice(f"Left out, since not numbers throughout: {reasons}{rest}.")


def _without_gaps(
    inputs: list[Column],
    target: Column,
    settings: CsvTable,
    context: LoadContext,
    name: str,
) -> tuple[Floats, Floats]:
    """Return inputs (N, features) and targets (N,); inputs keep gaps that are filled.

    Raises:
        DataError: at the first gap where they are refused.
    """
    if settings.gaps == "refuse":
        _refuse_gaps([*inputs, target], name)
    lacking = np.isnan(target.numbers)
    if settings.gaps == "drop":
        lacking = np.any([np.isnan(c.numbers) for c in (*inputs, target)], axis=0)
    kept = ~lacking
    x = np.empty((int(kept.sum()), len(inputs)))
    for i, column in enumerate(inputs):
        x[:, i] = column.numbers[kept]
    if lacking.any():
        context.notice(f"Dropped {int(lacking.sum())} of {len(lacking)} rows with gaps.")
    if filled := int(np.isnan(x).sum()):
        context.notice(f"Filled {filled} gaps with the means of their columns.")
    return x, target.numbers[kept]


def _refuse_gaps(columns: list[Column], name: str) -> None:
    gaps = [(c.gap_line, c.name) for c in columns if c.gap_line is not None]
    if gaps:
        line, column = min(gaps)
        raise DataError(
            f"'{name}', line {line}: column '{column}' has no value; fill it in, or set "
            "data.gaps to drop or mean."
        )
