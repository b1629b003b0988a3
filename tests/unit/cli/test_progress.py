"""What the terminal says of a run under way."""

from __future__ import annotations

from tests.helpers.runs import partial_run
from workbench.cli.progress import describe_progress
from workbench.core.events import ReplayEnded, ReplayProgressed


def test_that_a_run_under_way_shows_epochs_speed_and_loss() -> None:
    text = describe_progress(partial_run(steps=80), 2.0)
    assert text.startswith("epoch 80 of 100 |#########")
    assert "40 steps/s, 3 s left" in text


def test_that_a_replay_is_told_while_it_lasts() -> None:
    run = partial_run(steps=80)
    run.apply(ReplayProgressed(20, 80))
    assert describe_progress(run, 2.0) == "Looking at the last 80 steps… 25%"
    run.apply(ReplayProgressed(125, 250))
    assert describe_progress(run, 2.0) == "Looking at the last 200 steps… 50%"
    run.apply(ReplayEnded(80))
    assert "steps/s" in describe_progress(run, 2.0)
