"""What the terminal says of a run under way."""

from __future__ import annotations

from io import StringIO

from tests.helpers.runs import partial_run
from workbench.cli.progress import ProgressLine, describe_progress
from workbench.core.events import ReplayEnded, ReplayProgressed
from workbench.core.run import RunState


def test_that_a_run_under_way_shows_epochs_speed_and_loss() -> None:
    text = describe_progress(partial_run(steps=80), 2.0)
    assert text.startswith("epoch 80 of 100 |#########")
    assert "40 steps/s, 3 s left" in text


def test_that_steps_of_an_earlier_run_do_not_count_as_speed() -> None:
    text = describe_progress(partial_run(steps=80), 2.0, taken_over=60)
    assert "10 steps/s, 12 s left" in text


def test_that_the_speed_is_that_since_the_run_went_on() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    now_s, terminal, run = [100.0], Terminal(), partial_run(steps=60)
    line = ProgressLine(terminal, enabled=True, clock=lambda: now_s[0])
    run.state = RunState.PREPARING  # it goes on from step 60
    line.show(run)
    now_s[0] += 5.0  # the data are loaded
    line.show(run)
    run.state = RunState.TRAINING
    for _ in range(20):
        run.history.steps.append(0.5, 0.1)
    now_s[0] += 2.0
    line.show(run)
    assert "10 steps/s, 12 s left" in terminal.getvalue()


def test_that_a_replay_is_told_while_it_lasts() -> None:
    run = partial_run(steps=80)
    run.apply(ReplayProgressed(20, 80))
    assert describe_progress(run, 2.0) == "Looking at the last 80 steps… 25%"
    run.apply(ReplayProgressed(125, 250))
    assert describe_progress(run, 2.0) == "Looking at the last 200 steps… 50%"
    run.apply(ReplayEnded(80))
    assert "steps/s" in describe_progress(run, 2.0)
