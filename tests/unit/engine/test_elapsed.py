"""The time of training counts what the weights took, wherever their run went on from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.recorder import Recorder
from workbench.core.events import Checkpoint, RunContinued, RunEvent
from workbench.core.resuming import Carried, Start
from workbench.engine.checkpoint import read_state


def elapsed_in(checkpoint: Checkpoint) -> float:
    elapsed_s: float = read_state(checkpoint)["loop"]["elapsed_s"]
    return elapsed_s


def trained(tmp_path: Path) -> Recorder:
    run = Recorder(tmp_path, loop={"epochs": 20})
    run.run()
    return run


def go_on(tmp_path: Path, parent: Recorder, start: Start) -> tuple[RunContinued, RunEvent]:
    """Train ten epochs more than the parent; return what the start and the end told."""
    history = parent.history.copy_until(start.checkpoint.step)
    fork = Recorder(tmp_path, history=history, start=start, loop={"epochs": 30})
    ending = fork.run()
    (continued,) = fork.of(RunContinued)
    return continued, ending


@pytest.mark.parametrize("carried", list(Carried))
def test_that_a_run_that_goes_on_counts_the_time_before_it(
    tmp_path: Path, carried: Carried
) -> None:
    parent = trained(tmp_path)
    before_s = 1000.0
    parent.trainer._clock._before_s += before_s  # as if it had trained that much longer
    kept: Any = parent.trainer._state().encode()
    assert elapsed_in(kept) > before_s

    continued, ending = go_on(tmp_path, parent, Start(kept, carried))
    assert continued.elapsed_s == elapsed_in(kept)
    assert elapsed_in(kept) < ending.elapsed_s < elapsed_in(kept) + before_s


def test_that_a_rewound_run_counts_up_to_the_kept_state_only(tmp_path: Path) -> None:
    parent = trained(tmp_path)
    times = [
        elapsed_in(parent.trainer.kept_states.checkpoint(step))
        for step in parent.trainer.kept_states.steps
    ]
    assert times == sorted(times)
    first = parent.trainer.kept_states.checkpoint(parent.trainer.kept_states.steps[0])
    continued, _ = go_on(tmp_path, parent, Start(first))
    assert continued.elapsed_s == times[0] <= parent.trainer.elapsed_s


def test_that_a_new_run_begins_at_0(tmp_path: Path) -> None:
    run = Recorder(tmp_path)
    assert run.trainer.elapsed_s == 0
    run.run()
    assert not run.of(RunContinued)
