"""Best and last loss of a run, kept up to date."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.events import EpochRow
from workbench.core.plan import Plan
from workbench.core.run import Run
from workbench.ui.run_summary import RunSummary

loss = st.floats(allow_nan=True, allow_infinity=True)
rows = st.lists(st.tuples(loss, st.none() | loss), max_size=12)


def make_run() -> Run:
    return Run(plan=Plan(), name="a", colour=0)


def add(
    run: Run, train: float, test: float | None = None, right: float | None = None
) -> None:
    number = len(run.epochs) + 1
    row = EpochRow(number, number, train, train, test, test_accuracy=right)
    run.history.epochs.append(row)


@given(rows)
def test_that_the_best_is_that_of_the_run_after_every_epoch(
    losses: list[tuple[float, float | None]],
) -> None:
    run = make_run()
    summary = RunSummary(run)
    for train, test in losses:
        add(run, train, test)
        summary.update()
        assert repr(summary.best) == repr(run.best_epoch)  # NaN equals NaN there


@given(rows)
def test_that_it_does_not_matter_how_many_epochs_come_at_once(
    losses: list[tuple[float, float | None]],
) -> None:
    run = make_run()
    for train, test in losses:
        add(run, train, test)
    summary = RunSummary(run)
    summary.update()
    assert repr(summary.best) == repr(run.best_epoch)  # NaN equals NaN there


def test_that_the_last_loss_is_the_last_that_was_tested() -> None:
    run = make_run()
    summary = RunSummary(run)
    for train, test in ((0.9, None), (0.5, 0.7), (0.4, None)):
        add(run, train, test)
    summary.update()
    assert (summary.last_loss, summary.best_loss) == (0.7, 0.7)


def test_that_the_train_loss_stands_in_where_nothing_is_tested() -> None:
    run = make_run()
    summary = RunSummary(run)
    add(run, 0.5)
    add(run, 0.6)
    summary.update()
    assert (summary.last_loss, summary.best_loss) == (0.6, 0.5)


def test_that_the_last_step_stands_in_before_the_first_epoch_ends() -> None:
    run = make_run()
    summary = RunSummary(run)
    assert summary.last_loss is None
    run.history.steps.append(2.0, 0.1)
    run.history.steps.append(1.5, 0.1)
    assert summary.last_loss == 1.5


def test_that_a_bad_last_loss_is_told_and_is_not_best() -> None:
    run = make_run()
    summary = RunSummary(run)
    add(run, 0.5)
    add(run, math.nan)
    summary.update()
    assert summary.best_loss == 0.5
    assert summary.last_loss is not None
    assert math.isnan(summary.last_loss)


def test_that_the_accuracy_is_that_of_the_best_epoch() -> None:
    run = make_run()
    summary = RunSummary(run)
    assert summary.best_accuracy is None
    add(run, 0.5, 0.4, right=0.9)
    add(run, 0.3, 0.6, right=0.95)
    summary.update()
    assert summary.best_accuracy == pytest.approx(0.9)
