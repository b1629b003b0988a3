from __future__ import annotations

import csv
import errno
import math
import os
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.runs import (
    CLASSES,
    CLASSIFICATION,
    diverged_run,
    finished_classifier,
    finished_run,
    make_plan,
    start_run,
)
from workbench.core.errors import ExportError
from workbench.core.events import EpochRow
from workbench.core.plan import Plan
from workbench.core.rates import STATISTICS, Quantity, TensorFacts
from workbench.core.run import Run
from workbench.storage.csv_files import write_csv

_NAMES = ["steps.csv", "epochs.csv", "effective_lr.csv"]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_that_three_tables_are_written_under_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert write_csv(finished_run(), folder) == [folder / name for name in _NAMES]
    assert sorted(file.name for file in folder.iterdir()) == sorted(_NAMES)


def test_that_the_tables_of_a_small_run_look_exactly_so(tmp_path: Path) -> None:
    run = start_run(
        plan=make_plan(CLASSIFICATION), steps_per_epoch=2, class_names=CLASSES[:2]
    )
    for loss, lr in ((0.1, 1e-3), (1 / 3, 1e-05), (math.inf, 1.0)):
        run.history.steps.append(loss, lr)
    run.history.epochs.append(EpochRow(1, 2, 0.25, 0.5, None, 0.5, None))
    run.history.epochs.append(EpochRow(2, 3, math.nan, math.inf, 1e22, 0.0, 1.0))
    rates = run.history.rates
    rates.begin((TensorFacts("0.weight", (2,), 0, is_bias=False),))
    sample = np.full((1, len(Quantity), len(STATISTICS)), np.nan)
    sample[0, 0] = [1, 2, 3, 4, 5, 0.1, 6]
    sample[0, 3, 2] = 1e-3
    rates.append(3, sample)
    write_csv(run, tmp_path)
    assert (tmp_path / "steps.csv").read_bytes() == (
        b"step,epoch,loss,lr\n1,1,0.1,0.001\n2,1,0.3333333333333333,1e-05\n3,2,inf,1.0\n"
    )
    assert (tmp_path / "epochs.csv").read_bytes() == (
        b"epoch,step,train_loss,test_loss,train_accuracy,test_accuracy\n"
        b"1,2,0.25,,0.5,\n"
        b"2,3,nan,1e+22,0.0,1.0\n"
    )
    assert (tmp_path / "effective_lr.csv").read_bytes() == (
        b"step,parameter,quantity,p05,p25,p50,p75,p95,min,max\n"
        b"3,0.weight,step_coefficient,1.0,2.0,3.0,4.0,5.0,0.1,6.0\n"
        b"3,0.weight,update_to_weight,,,0.001,,,,\n"
    )


def test_that_a_regression_has_no_accuracies(tmp_path: Path) -> None:
    write_csv(finished_run(steps=3), tmp_path)
    header = (tmp_path / "epochs.csv").read_text("utf-8").splitlines()[0]
    assert header == "epoch,step,train_loss,test_loss"


def test_that_every_number_reads_back_to_the_same_bits(tmp_path: Path) -> None:
    run = finished_classifier()
    write_csv(run, tmp_path)
    steps, epochs = _rows(tmp_path / "steps.csv"), _rows(tmp_path / "epochs.csv")
    loss = np.array([float(row["loss"]) for row in steps])
    assert loss.tobytes() == run.history.steps.loss.values().tobytes()
    assert [int(row["epoch"]) for row in steps] == [n // 20 + 1 for n in range(200)]
    assert [float(row["test_accuracy"]) for row in epochs] == [
        row.test_accuracy for row in run.epochs
    ]
    highest = run.history.rates.values()[..., -1].ravel()
    rates = _rows(tmp_path / "effective_lr.csv")
    assert len(rates) == 100 * 10 * len(Quantity)
    assert [float(row["max"]) for row in rates if row["max"]] == [
        value for value in highest.tolist() if not math.isnan(value)
    ]


def test_that_quantities_which_are_nowhere_defined_have_no_rows(tmp_path: Path) -> None:
    run = start_run()
    rates = run.history.rates
    rates.begin((TensorFacts("w", (2,), 0, is_bias=False),))
    rates.append(1, np.full((1, len(Quantity), len(STATISTICS)), np.nan))
    write_csv(run, tmp_path)
    assert _rows(tmp_path / "effective_lr.csv") == []


def test_that_a_run_without_a_step_gives_empty_tables(tmp_path: Path) -> None:
    write_csv(Run(plan=Plan(), name="fresh", colour=0), tmp_path)
    assert [_rows(tmp_path / name) for name in _NAMES] == [[], [], []]


def test_that_steps_of_unknown_epochs_have_none(tmp_path: Path) -> None:
    run = diverged_run(at=2)
    run.started = None
    write_csv(run, tmp_path)
    assert [row["epoch"] for row in _rows(tmp_path / "steps.csv")] == ["", ""]


def test_that_names_with_commas_and_quotes_stay_one_field(tmp_path: Path) -> None:
    run, name = start_run(), 'a,"b"\nü\udcff'
    run.history.rates.begin((TensorFacts(name, (1,), 0, is_bias=False),))
    run.history.rates.append(1, np.ones((1, len(Quantity), len(STATISTICS))))
    write_csv(run, tmp_path)
    found = {row["parameter"] for row in _rows(tmp_path / "effective_lr.csv")}
    assert found == {'a,"b"\nü\\udcff'}


def test_that_more_steps_than_a_block_are_all_there_in_order(tmp_path: Path) -> None:
    run, count = start_run(steps_per_epoch=7), 70_001
    run.history.steps.loss.extend(np.arange(count))
    run.history.steps.lr.extend(np.arange(count))
    write_csv(run, tmp_path)
    lines = (tmp_path / "steps.csv").read_text("utf-8").splitlines()
    assert lines[1:] == [f"{n + 1},{n // 7 + 1},{n}.0,{n}.0" for n in range(count)]


def test_that_the_steps_of_a_fork_with_other_batches_keep_their_epochs(
    tmp_path: Path,
) -> None:
    run = start_run(steps_per_epoch=3)  # after the fork; 2 before
    for step in range(10):
        run.history.steps.append(float(step), 0.1)
    for epoch, step in ((1, 2), (2, 4), (3, 7)):
        run.history.epochs.append(EpochRow(epoch, step, 1.0, 1.0))
    write_csv(run, tmp_path)
    epochs = [int(row["epoch"]) for row in _rows(tmp_path / "steps.csv")]
    assert epochs == [1, 1, 2, 2, 3, 3, 3, 4, 4, 4]


def test_that_an_old_table_survives_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tables"
    write_csv(finished_run(steps=3), folder)
    old = (folder / "steps.csv").read_bytes()

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(ExportError, match="the disk is full"):
            write_csv(finished_run(steps=9), folder)
    assert (folder / "steps.csv").read_bytes() == old
    assert sorted(file.name for file in folder.iterdir()) == sorted(_NAMES)


def test_that_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    for folder in (tmp_path / "taken", tmp_path / "taken" / "inside"):
        with pytest.raises(ExportError, match="taken"):
            write_csv(finished_run(steps=1), folder)


@pytest.mark.parametrize("name", ["a\0b", "\udcff", "x" * 300])
def test_that_an_impossible_name_is_refused_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match="its name"):
        write_csv(finished_run(steps=1), tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_that_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(ExportError, match="no permission"):
        write_csv(finished_run(steps=1), folder)
