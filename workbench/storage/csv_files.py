"""Tables of one run as CSV: the same numbers, digit for digit, in every locale.

Numbers are written by `repr`, so reading them back gives the same bits. An empty field
means that nothing was measured; a loss that was measured and is not finite stands as
``inf`` or ``nan``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.errors import ExportError
from workbench.core.rates import STATISTICS, Quantity, RateSeries
from workbench.core.run import Run
from workbench.core.series import Floats
from workbench.core.tasks import Task
from workbench.storage import faults
from workbench.storage.atomic import refuse_bad_name, replacing

_QUANTITIES = tuple(map(str, Quantity))
_BLOCK = 8192  # steps in memory as Python numbers at once
# Bytes at once to the system. For each such write a thread lets go of the interpreter's
# lock and takes it again before anybody else is awake; whoever waits for the lock asks for
# it only after 5 ms without that, so with smaller pieces the window would never get it.
_BUFFER = 2**19

_Row = Sequence[Any]
Integers = np.ndarray[Any, np.dtype[np.int64]]


def write_csv(run: Run, folder: Path) -> list[Path]:
    """Write steps.csv, epochs.csv and effective_lr.csv into the folder.

    The folder is made where it is missing; each file appears whole or not at all. Safe
    while the run trains: the rows are those that are there at the start of each file.

    Raises:
        ExportError: where a file cannot be written.
    """
    tables = {
        "steps.csv": _steps(run),
        "epochs.csv": _epochs(run),
        "effective_lr.csv": _effective_rates(run.history.rates),
    }
    try:
        refuse_bad_name(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            _write(folder / name, rows)
    except FileExistsError:
        raise ExportError(
            f"The tables cannot be written to '{folder}': there is a file of that name; "
            "choose another folder."
        ) from None
    except OSError as error:
        why = faults.reason(error)
        raise ExportError(
            f"The tables cannot be written to {str(folder)!r}: {why}."
        ) from None
    return [folder / name for name in tables]


def _write(path: Path, rows: Iterable[_Row]) -> None:
    with (
        replacing(path) as draft,
        draft.open(
            "w", _BUFFER, encoding="utf-8", errors="backslashreplace", newline=""
        ) as file,
    ):
        write = csv.writer(file, lineterminator="\n").writerow
        for row in rows:  # `writerows` would hold up all other threads for seconds
            write(row)


def _steps(run: Run) -> Iterator[_Row]:
    """Yield a row for each step; csv writes Python floats by their repr."""
    yield "step", "epoch", "loss", "lr"
    steps = run.history.steps
    count = len(steps)
    epochs = _Epochs(run)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        numbers = np.arange(start + 1, stop + 1)
        yield from zip(
            numbers.tolist(),
            epochs.of(numbers),
            steps.loss.values(start, stop).tolist(),
            steps.lr.values(start, stop).tolist(),
            strict=True,
        )


class _Epochs:
    """The epoch of each step of a run, nothing where it is not known."""

    def __init__(self, run: Run) -> None:
        count = len(run.epochs)  # it may grow meanwhile
        self._started = run.started
        self._ends = _after_zero(run.epochs.column("step", 0, count))
        self._numbers = _after_zero(run.epochs.column("epoch", 0, count))

    def of(self, steps: Integers) -> list[Any]:
        if self._started is None:
            return [""] * len(steps)
        ends, numbers = self._ends, self._numbers
        beyond = (steps - ends[-1] - 1) // self._started.steps_per_epoch
        places = np.minimum(np.searchsorted(ends, steps), len(ends) - 1)
        within: Integers = numbers[places]
        epochs: list[Any] = np.where(
            steps > ends[-1], numbers[-1] + 1 + beyond, within
        ).tolist()
        return epochs


def _after_zero(column: Floats) -> Integers:
    return np.append(0, column).astype(np.int64)


def _epochs(run: Run) -> Iterator[_Row]:
    names = ["epoch", "step", "train_loss", "test_loss"]
    if run.plan.model.task is Task.CLASSIFICATION:
        names += ["train_accuracy", "test_accuracy"]
    yield names
    for row in run.epochs:
        yield [getattr(row, name) for name in names]


def _effective_rates(rates: RateSeries) -> Iterator[_Row]:
    """Yield a row for each sample, tensor and quantity that is defined there."""
    count = len(rates)
    steps, values = rates.steps()[:count].astype(np.int64).tolist(), rates.values(count)
    yield "step", "parameter", "quantity", *STATISTICS
    for step, sample in zip(steps, values, strict=True):
        known = ~np.isnan(sample).all(axis=-1)
        for place, quantity in np.argwhere(known).tolist():
            name = rates.tensors[place].name
            numbers = sample[place, quantity].tolist()
            shown = [None if math.isnan(number) else number for number in numbers]
            yield step, name, _QUANTITIES[quantity], *shown
