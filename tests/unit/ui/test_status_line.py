"""The status bar."""

from __future__ import annotations

import math

import pytest
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from tests.helpers.runs import finished_run, partial_run
from workbench.core.events import (
    PreparationProgressed,
    ReplayEnded,
    ReplayProgressed,
    RunDiverged,
    RunFailed,
    RunStopped,
)
from workbench.core.plan import Plan
from workbench.core.run import Run, RunState
from workbench.ui.forms.marks import problem_colour
from workbench.ui.progress import Progress
from workbench.ui.status_line import StatusLine, describe_device


@pytest.fixture
def status(qtbot: QtBot) -> StatusLine:
    status = StatusLine()
    qtbot.addWidget(status)
    status.resize(1280, 28)
    return status


def moving(steps: int = 2000) -> Progress:
    """Return a progress of 1,000 steps a second, of twice as many steps as done."""
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.begin(2 * steps)
    for step in range(10, steps + 10, 10):
        now[0] = step / 1000
        progress.update(step)
    return progress


def sentence(status: StatusLine, run: Run | None) -> str:
    status.show_run(run, Progress())
    return status.state.text()


def test_that_without_a_run_it_is_idle_and_shows_no_figures(status: StatusLine) -> None:
    assert sentence(status, None) == "idle"
    for label in (status.epoch, status.step, status.rate, status.left, status.device):
        assert label.isHidden()


def test_that_a_replay_is_told_while_it_lasts(status: StatusLine) -> None:
    for run in (partial_run(), partial_run(paused=True)):
        before = sentence(status, run)
        run.apply(ReplayProgressed(0, 250))
        assert sentence(status, run) == "looking at the last 200 steps… 0%"
        run.apply(ReplayProgressed(27, 36))
        assert sentence(status, run) == "looking at the last 36 steps… 75%"
        run.apply(ReplayEnded(80))
        assert sentence(status, run) == before


def test_that_the_end_of_a_run_is_told_even_if_a_replay_did_not_end(
    status: StatusLine,
) -> None:
    run = partial_run()
    run.apply(ReplayProgressed(1, 250))
    run.apply(RunFailed(80, 1.0, "the disk is full"))
    assert "the disk is full" in sentence(status, run)


def test_that_a_run_under_way_shows_all_figures(status: StatusLine) -> None:
    run = partial_run(steps=80)
    status.show_run(run, moving())
    assert status.state.text() == "training"
    assert status.epoch.text() == "epoch 81 of 100"
    assert status.step.text() == "step 80 of 200"
    assert status.rate.text() == "1,000 steps/s"
    assert status.left.text() == "0:02 left"
    assert status.device.text() == "CPU, 1 thread"
    assert not status.left.isHidden()


def test_that_the_time_left_is_estimated_first(status: StatusLine) -> None:
    status.show_run(partial_run(), Progress())
    assert status.left.text() == "estimating…"


def test_that_the_epoch_under_way_never_exceeds_the_last(status: StatusLine) -> None:
    status.show_run(partial_run(steps=100), Progress())
    assert status.epoch.text() == "epoch 100 of 100"


def test_that_a_run_that_is_over_has_no_speed(status: StatusLine) -> None:
    status.show_run(finished_run(steps=100), moving())
    assert status.rate.isHidden()
    assert status.left.isHidden()
    assert status.step.text() == "step 100 of 100"
    assert status.epoch.text() == "epoch 100 of 100"


def test_that_each_state_is_told_in_words(status: StatusLine) -> None:
    assert sentence(status, partial_run(paused=True)) == "paused"
    assert sentence(status, finished_run()) == "finished in 0:01"
    run = Run(plan=Plan(), name="a", colour=0)
    assert sentence(status, run) == "preparing"
    run.apply(PreparationProgressed("Downloading CIFAR-10", 0.5))
    assert sentence(status, run) == "preparing: Downloading CIFAR-10"
    run.apply(RunFailed(0, 0.0, "There is no network."))
    assert sentence(status, run) == "failed: There is no network."


def test_that_a_divergence_names_step_and_tensor(status: StatusLine) -> None:
    run = partial_run()
    run.apply(RunDiverged(812, 1.0, math.nan, "fc1.weight", "gradient"))
    assert sentence(status, run) == (
        "diverged at step 812: the loss was nan; first bad tensor: gradient of fc1.weight"
    )


def test_that_a_stop_tells_the_step(status: StatusLine) -> None:
    run = partial_run()
    run.apply(RunStopped(80, 1.0))
    assert sentence(status, run) == "stopped at step 80"


def test_that_an_endless_sentence_is_cut_and_never_markup(status: StatusLine) -> None:
    run = partial_run()
    run.apply(RunFailed(0, 0.0, "<b>" + "x" * 1_000_000))
    assert len(sentence(status, run)) <= 400
    assert "&lt;b&gt;" in status.state.toolTip()


def test_that_an_endless_sentence_needs_no_room(status: StatusLine) -> None:
    needed = status.minimumSizeHint().width()
    run = partial_run()
    run.apply(RunFailed(0, 0.0, "words " * 50))
    status.show_run(run, Progress())
    assert status.state.minimumSizeHint().width() == 0
    assert status.minimumSizeHint().width() < needed + 600


def test_that_it_fits_a_window_of_1280_pixels(status: StatusLine) -> None:
    status.show_run(partial_run(), moving())
    assert status.minimumSizeHint().width() <= 1280


def test_that_figures_that_grow_move_nothing(status: StatusLine) -> None:
    status.show()
    run = partial_run(steps=9)
    status.show_run(run, moving(20))
    before = [label.geometry() for label in (status.epoch, status.step, status.rate)]
    for _ in range(60):
        run.history.steps.append(1.0, 0.1)
    status.show_run(run, moving(2000))
    after = [label.geometry() for label in (status.epoch, status.step, status.rate)]
    assert before == after


def test_that_memory_is_measured(status: StatusLine) -> None:
    status.refresh_memory()
    assert status.memory.text().endswith(" MB")


@pytest.mark.parametrize(
    ("device", "threads", "text"),
    [
        ("cpu", 1, "CPU, 1 thread"),
        ("cpu", 8, "CPU, 8 threads"),
        ("cuda:0 NVIDIA H200", 8, "cuda:0 NVIDIA H200"),
    ],
)
def test_that_devices_are_named(device: str, threads: int, text: str) -> None:
    assert describe_device(device, threads) == text


def test_that_the_sign_of_the_state_stands_beside_its_words(status: StatusLine) -> None:
    assert status.sign.state is None
    status.show_run(partial_run(), moving())
    assert status.sign.state is RunState.TRAINING
    status.show_run(finished_run(), moving())
    assert status.sign.state is RunState.FINISHED


def test_that_what_goes_wrong_is_signed_in_red_and_what_goes_on_in_the_accent(
    status: StatusLine,
) -> None:
    palette = status.palette()
    signs = {
        RunState.DIVERGED: problem_colour(palette),
        RunState.TRAINING: palette.color(QPalette.ColorRole.Accent),
    }
    for state, colour in signs.items():
        status.sign.show_state(state)
        image = status.sign.grab().toImage()
        strongest = max(
            (
                image.pixelColor(x, y)
                for x in range(image.width())
                for y in range(image.height())
            ),
            key=QColor.hslSaturation,
        )
        assert abs(strongest.hslHue() - colour.hslHue()) < 12, state
