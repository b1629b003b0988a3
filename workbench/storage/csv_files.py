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
from workbench.core.tasks import Task
from workbench.storage import faults
from workbench.storage.atomic import refuse_bad_name, replacing

_QUANTITIES = tuple(map(str, Quantity))
_BLOCK = 65536  # steps in memory as Python numbers at once

_Row = Sequence[Any]


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
        draft.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows(rows)


def _steps(run: Run) -> Iterator[_Row]:
    """Yield a row for each step; csv writes Python floats by their repr."""
    yield "step", "epoch", "loss", "lr"
    steps = run.history.steps
    count = len(steps)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        numbers = np.arange(start + 1, stop + 1)
        yield from zip(
            numbers.tolist(),
            _epochs_of(run, numbers),
            steps.loss.values(start, stop).tolist(),
            steps.lr.values(start, stop).tolist(),
            strict=True,
        )


def _epochs_of(run: Run, steps: np.ndarray[Any, np.dtype[np.int64]]) -> list[Any]:
    """Return the epoch of each step, nothing where it is not known."""
    if run.started is None:
        return [""] * len(steps)
    count = len(run.epochs)  # it may grow meanwhile
    ends = np.append(0, run.epochs.column("step", 0, count)).astype(np.int64)
    numbers = np.append(0, run.epochs.column("epoch", 0, count)).astype(np.int64)
    later = numbers[-1] + 1 + (steps - ends[-1] - 1) // run.started.steps_per_epoch
    places = np.minimum(np.searchsorted(ends, steps), count)
    epochs: list[Any] = np.where(steps > ends[-1], later, numbers[places]).tolist()
    return epochs


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
