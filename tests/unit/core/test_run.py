"""What a run makes of its events."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.events import (
    Checkpoint,
    CheckpointTaken,
    EpochRow,
    LossExploded,
    NoticeGiven,
    PictureMeasured,
    Predictions,
    PreparationProgressed,
    ReplayEnded,
    ReplayProgressed,
    ResumeReport,
    RunContinued,
    RunDiverged,
    RunEvent,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
)
from workbench.core.plan import Plan
from workbench.core.run import Run, RunState, describe_explosion

STARTED = RunStarted("cpu", 1, 100, 10, 11, 32, 8)


def run_after(*events: RunEvent) -> Run:
    run = Run(plan=Plan(), name="linear adam 1", colour=0)
    for event in events:
        run.apply(event)
    return run


def row(epoch: int, train_loss: float, test_loss: float | None = None) -> EpochRow:
    return EpochRow(epoch, 10 * epoch, train_loss, 10 * train_loss, test_loss)


def run_of(*rows: EpochRow) -> Run:
    run = run_after(STARTED)
    for epoch in rows:
        run.history.epochs.append(epoch)
    return run


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), RunState.PREPARING),
        ((PreparationProgressed("Loading"),), RunState.PREPARING),
        ((STARTED,), RunState.TRAINING),
        ((STARTED, RunPaused(1)), RunState.PAUSED),
        ((STARTED, RunPaused(1), RunResumed(1)), RunState.TRAINING),
        ((STARTED, RunFinished(100, 1.0)), RunState.FINISHED),
        ((STARTED, RunStopped(50, 1.0)), RunState.STOPPED),
        ((STARTED, RunPaused(1), RunStopped(1, 1.0)), RunState.STOPPED),
        ((RunStopped(0, 0.0),), RunState.STOPPED),
        ((STARTED, RunDiverged(5, 1.0, math.nan, None, "")), RunState.DIVERGED),
        ((RunFailed(0, 0.0, "no such file"),), RunState.FAILED),
    ],
)
def test_that_events_lead_to_the_state(
    events: tuple[RunEvent, ...], state: RunState
) -> None:
    assert run_after(*events).state is state


def test_that_a_run_is_over_after_a_final_event_and_only_then() -> None:
    over = {state for state in RunState if state.is_over}
    assert over == {"finished", "stopped", "diverged", "failed"}


def test_that_the_message_says_what_is_prepared_until_training_starts() -> None:
    assert run_after(PreparationProgressed("Loading data", 0.5)).message == "Loading data"
    assert run_after(PreparationProgressed("Loading data"), STARTED).message == ""


def test_that_the_training_time_comes_with_the_end() -> None:
    assert run_after(STARTED).elapsed_s == 0
    assert run_after(STARTED, RunFinished(100, 2.5)).elapsed_s == 2.5


def test_that_a_run_that_goes_on_counts_the_time_before_it() -> None:
    continued = RunContinued(ResumeReport(50, ()), elapsed_s=40.0)
    run = run_after(STARTED, continued)
    assert run.elapsed_s == 40.0
    run.apply(RunStopped(80, 55.0))
    assert run.elapsed_s == 55.0
    run.apply(RunStopped(80, 0.0))  # stopped while it was prepared to go on once more
    assert run.elapsed_s == 55.0


def test_that_a_stop_says_where() -> None:
    assert run_after(STARTED, RunStopped(1234, 1.0)).message == "stopped at step 1,234"


def test_that_a_divergence_names_the_step_and_the_first_bad_tensor() -> None:
    run = run_after(STARTED, RunDiverged(812, 1.0, math.inf, "layers.0.weight", "gradient"))
    assert run.message == (
        "diverged at step 812: the loss was inf; "
        "first bad tensor: gradient of layers.0.weight"
    )


def test_that_a_divergence_of_the_loss_alone_says_so() -> None:
    run = run_after(STARTED, RunDiverged(1, 1.0, math.nan, None, ""))
    assert run.message.startswith("diverged at step 1: the loss was nan; ")
    assert "bad tensor" not in run.message


def test_that_a_leap_is_told_with_its_step_and_what_was_usual() -> None:
    event = LossExploded(1812, 512.25, 1.875)
    assert describe_explosion(event) == (
        "the loss leapt to 512.2 at step 1,812; usual before: 1.875"
    )


def test_that_a_failure_keeps_its_sentence_and_its_report() -> None:
    run = run_after(RunFailed(0, 0.0, "it broke", "Traceback …"))
    assert (run.message, run.report) == ("it broke", "Traceback …")


def test_that_notices_picture_and_checkpoint_are_kept() -> None:
    picture = Predictions("test", 1, np.zeros(1), np.zeros(1))
    checkpoints = [Checkpoint(step, 1, b"", "{}") for step in (1, 2)]
    run = run_after(
        NoticeGiven("one"),
        STARTED,
        PictureMeasured(picture),
        *map(CheckpointTaken, checkpoints),
        NoticeGiven("two"),
    )
    assert run.notices == ["one", "two"]
    assert run.picture is picture
    assert run.checkpoint is checkpoints[-1]
    assert run.started is STARTED


def test_that_a_replay_is_known_until_the_run_is_trained_again() -> None:
    run = run_after(ReplayProgressed(3, 200))
    assert run.replay == ReplayProgressed(3, 200)
    run.apply(ReplayEnded(200, "time was up"))
    assert run.replay == ReplayEnded(200, "time was up")
    run.go_back_to(Checkpoint(0, 0, b"", ""))
    assert run.replay is None


def test_that_steps_are_counted_from_the_history() -> None:
    run = run_after(STARTED)
    assert run.num_steps == 0
    run.history.steps.append(1.0, 0.001)
    assert run.num_steps == 1


def test_that_a_run_without_epochs_has_neither_best_nor_last() -> None:
    assert run_of().best_epoch is None
    assert run_of().last_train_loss is None


def test_that_the_best_epoch_is_that_of_least_test_loss() -> None:
    run = run_of(row(1, 0.9, 0.5), row(2, 0.1, 0.7), row(3, 0.05, None))
    assert run.best_epoch == row(1, 0.9, 0.5)


def test_that_a_test_loss_of_zero_is_best() -> None:
    run = run_of(row(1, 0.9, 0.1), row(2, 0.9, 0.0), row(3, 0.9, -0.1))
    assert run.best_epoch == row(3, 0.9, -0.1)


def test_that_the_train_loss_decides_where_nothing_was_tested() -> None:
    assert run_of(row(1, 0.9), row(2, 0.1), row(3, 0.2)).best_epoch == row(2, 0.1)


def test_that_the_first_of_equals_is_best() -> None:
    assert run_of(row(1, 0.5), row(2, 0.5)).best_epoch == row(1, 0.5)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_that_a_loss_that_is_not_finite_is_never_best(bad: float) -> None:
    assert run_of(row(1, bad), row(2, 0.5), row(3, bad)).best_epoch == row(2, 0.5)
    assert run_of(row(1, 0.1, bad), row(2, 0.2, 0.5)).best_epoch == row(2, 0.2, 0.5)
    assert run_of(row(1, bad)).best_epoch is None


@given(st.lists(st.tuples(st.floats(), st.none() | st.floats()), max_size=8))
def test_that_no_epoch_is_better_than_the_best(
    losses: list[tuple[float, float | None]],
) -> None:
    rows = [row(n, train, test) for n, (train, test) in enumerate(losses, 1)]
    best = run_of(*rows).best_epoch
    tested = [r.test_loss for r in rows if r.test_loss is not None]
    values = tested or [r.train_loss for r in rows]
    finite = [value for value in values if math.isfinite(value)]
    if best is None:
        assert finite == []
    else:
        assert (best.test_loss if tested else best.train_loss) == min(finite)


def test_that_no_two_runs_share_an_id() -> None:
    assert len({run_after().id for _ in range(100)}) == 100
