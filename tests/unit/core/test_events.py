"""The closed union of what a run can report."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import get_args

import numpy as np
import pytest

from workbench.core.events import (
    Checkpoint,
    Confusion,
    EpochRow,
    FinalEvent,
    Predictions,
    RunDiverged,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    RunStopped,
)


def test_that_every_event_is_a_frozen_dataclass() -> None:
    for event in get_args(RunEvent):
        assert is_dataclass(event)
        assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]  # dataclasses


def test_that_the_four_ends_of_a_run_are_events_and_tell_step_and_time() -> None:
    ends = get_args(FinalEvent)
    assert set(ends) == {RunFinished, RunStopped, RunDiverged, RunFailed}
    assert set(ends) <= set(get_args(RunEvent))
    for end in ends:
        assert [f.name for f in fields(end)][:2] == ["step", "elapsed_s"]


def test_that_an_event_cannot_be_changed_once_it_was_reported() -> None:
    event = RunFinished(step=1, elapsed_s=0.5)
    with pytest.raises(FrozenInstanceError):
        event.step = 2  # type: ignore[misc]  # the very thing that must fail


def test_that_what_was_not_measured_is_none() -> None:
    row = EpochRow(epoch=1, step=10, train_loss=0.5, loss_sum=5.0)
    assert (row.test_loss, row.train_accuracy, row.test_accuracy) == (None, None, None)


def test_that_no_two_starts_share_an_environment() -> None:
    one, other = (RunStarted("cpu", 1, 10, 1, 5, 8, 2) for _ in range(2))
    assert one.environment is not other.environment


def test_that_what_holds_arrays_is_compared_by_identity() -> None:
    def pair() -> list[object]:
        return [
            Predictions("test", 1, np.zeros(2), np.zeros(2)),
            Confusion("test", 1, ("a", "b"), np.zeros((2, 2), np.int64)),
            Checkpoint(1, 1, b"", "{}"),
        ]

    for one, other in zip(pair(), pair(), strict=True):
        assert one == one  # noqa: PLR0124 - must not compare arrays, which would raise
        assert one != other
