import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QComboBox, QLabel, QSlider
from pytestqt.qtbot import QtBot

from tests.helpers.runs import (
    CLASSES,
    CLASSIFICATION,
    add_steps,
    diverged_run,
    finished_classifier,
    finished_run,
    make_plan,
    noisy_losses,
    partial_run,
    start_run,
)
from tests.helpers.sessions import make_checkpoint
from workbench.core.events import EpochRow, RunDiverged, RunStopped
from workbench.core.overview import Measure
from workbench.core.resuming import Start
from workbench.core.run import Run
from workbench.ui.docks.loss_view import LossView
from workbench.ui.plots.colours import NUM_RUN_COLOURS
from workbench.ui.plots.items import Dash
from workbench.ui.plots.loss_curves import LossCurves


@pytest.fixture
def view(qtbot: QtBot) -> LossView:
    view = LossView()
    qtbot.addWidget(view)
    view.resize(700, 400)
    return view


def curves_of(view: LossView, run: Run) -> LossCurves:
    return view._curves[run.id]


def names(view: LossView) -> list[str]:
    return [entry.name for entry in view.plot.legend]


def test_that_an_empty_view_says_what_will_appear_and_how(view: LossView) -> None:
    assert "loss of every step" in view.plot.message
    assert "Train" in view.plot.message


def test_that_a_run_in_preparation_says_what_it_waits_for(view: LossView) -> None:
    run = start_run()
    run.message = "Downloading CIFAR-10"
    view.show_runs([run])
    assert view.plot.message.startswith("Downloading CIFAR-10…")
    add_steps(run, [1.0])
    view.refresh()
    assert view.plot.message == ""


def test_that_a_full_batch_run_is_one_train_line_and_a_dashed_test_line(
    view: LossView,
) -> None:
    run = finished_run(steps=50)
    view.show_runs([run])
    curves = curves_of(view, run)
    assert view.window_steps == 0
    assert curves.raw.y.tolist() == run.history.steps.loss.values().tolist()
    assert not curves.raw.style.faint
    assert not curves.train.is_visible
    assert not curves.smooth.is_visible
    assert curves.test.y.tolist() == [row.test_loss for row in run.epochs]
    assert curves.test.style.dash.value
    assert names(view) == ["train", "test", "best epoch"]


def test_that_batches_are_faint_behind_a_smoothed_line(view: LossView) -> None:
    run = finished_classifier()
    view.show_runs([run])
    curves = curves_of(view, run)
    assert view.window_steps == 5  # a short run
    assert curves.raw.style.faint
    assert curves.smooth.is_visible
    assert curves.train.x.tolist() == [20.0 * n for n in range(1, 11)]
    assert names(view)[:2] == ["batch", "smoothed over 5 steps"]


def test_that_smoothing_is_corrected_for_its_start(view: LossView) -> None:
    run = start_run(steps_per_epoch=10)
    add_steps(run, [3.0] * 25)
    view.show_runs([run])
    view.set_window(20)
    assert curves_of(view, run).smooth.y == pytest.approx(np.full(25, 3.0))
    view.findChild(QSlider, "loss_smoothing").setValue(0)
    assert not curves_of(view, run).smooth.is_visible
    assert view.findChild(QLabel, "loss_window").text() == "off"


def test_that_smoothing_is_that_of_the_written_formula(view: LossView) -> None:
    run = start_run(steps_per_epoch=10)
    losses = noisy_losses(30)
    add_steps(run, losses)
    view.show_runs([run])
    view.set_window(5)
    beta = 1 - 2 / 6
    weights = [beta ** (29 - i) for i in range(30)]
    expected = float(np.dot(weights, losses) / sum(weights))
    assert curves_of(view, run).smooth.y[-1] == pytest.approx(expected, rel=1e-12)


def test_that_new_steps_appear_with_the_next_refresh(view: LossView) -> None:
    run = partial_run(steps=80)
    view.show_runs([run])
    add_steps(run, [0.5, 0.25])
    assert len(curves_of(view, run).raw.x) == 80
    view.refresh()
    assert curves_of(view, run).raw.x[-1] == 82
    assert curves_of(view, run).raw.y[-1] == 0.25


def test_that_a_million_steps_are_read_in_few_points(view: LossView) -> None:
    run = start_run(total_steps=1_000_000, steps_per_epoch=1000)
    losses = noisy_losses(1_000_000)
    losses[777_777] = 50.0
    run.history.steps.loss.extend(losses)
    run.history.steps.lr.extend(np.full(1_000_000, 0.001))
    view.show_runs([run])
    curves = curves_of(view, run)
    assert 500 <= len(curves.raw.x) <= 4002
    assert len(curves.smooth.x) <= 4002
    assert curves.raw.y.max() == 50.0


def test_that_zooming_in_reads_finer(view: LossView) -> None:
    run = start_run(total_steps=100_000, steps_per_epoch=1000)
    run.history.steps.loss.extend(noisy_losses(100_000))
    run.history.steps.lr.extend(np.full(100_000, 0.001))
    view.show_runs([run])
    view.plot.canvas.set_ranges((5000.0, 5100.0), (0.0, 2.0))
    view.plot.canvas.zoomed.emit()
    x = curves_of(view, run).raw.x
    assert np.all(np.diff(x) == 1)
    assert x[0] <= 5000
    assert x[-1] >= 5100


def test_that_the_crosshair_reads_the_exact_step(view: LossView) -> None:
    run = finished_run(steps=50)
    view.show_runs([run])
    view.plot.crosshair.move_to(QPointF(20.3, 0.5))
    readout = view.plot.crosshair.readout
    assert readout.heading == "step 20"
    loss = run.history.steps.loss.values()[19]
    assert readout.readings[0].name == "train"
    assert readout.readings[0].value == f"{loss:.4g}"


def test_that_several_runs_are_told_apart_by_name_and_colour(view: LossView) -> None:
    one, two = finished_run(), finished_run(name="mlp sgd 1", colour=1)
    view.show_runs([one, two])
    assert names(view)[-2:] == ["mlp adam 1", "mlp sgd 1"]
    theme = view.plot.theme
    inks = {curves_of(view, run).ink(theme).name() for run in (one, two)}
    assert len(inks) == 2
    assert curves_of(view, two).raw.name == "mlp sgd 1, train"


def test_that_a_run_no_longer_shown_is_gone(view: LossView) -> None:
    one, two = finished_run(), finished_run(name="b", colour=1)
    view.show_runs([one, two])
    view.show_runs([two])
    assert {curve.name for curve in view.plot.curves()} == {"train", "test"}
    assert names(view) == ["train", "test", "best epoch"]
    view.show_runs([])
    assert view.plot.curves() == []
    assert names(view) == []
    assert "loss of every step" in view.plot.message


def test_that_the_best_epoch_is_marked_on_the_test_curve(view: LossView) -> None:
    run = start_run()
    for step, (train, test) in enumerate([(3, 2.5), (2, 1.0), (1, 1.5)], start=1):
        run.history.steps.append(float(train), 0.1)
        run.history.epochs.append(EpochRow(step, step, float(train), train, test))
    view.show_runs([run])
    best = curves_of(view, run).best
    assert (best.x.tolist(), best.y.tolist()) == ([2.0], [1.0])
    run.history.steps.append(0.5, 0.1)
    run.history.epochs.append(EpochRow(4, 4, 0.5, 0.5, float("nan")))
    view.refresh()
    assert best.x.tolist() == [2.0]


def test_that_the_step_of_a_divergence_is_marked_and_named(view: LossView) -> None:
    run = diverged_run(at=60)
    view.show_runs([run])
    bad = curves_of(view, run).bad
    assert bad.x.tolist() == [60.0]
    assert bad.y[0] == run.history.steps.loss.values()[58]
    assert "diverged at step 60" in names(view)


def test_that_x_can_be_counted_in_epochs(view: LossView) -> None:
    run = finished_classifier(epochs=10)
    view.show_runs([run])
    view.set_by_epoch(True)
    curves = curves_of(view, run)
    assert curves.raw.x[-1] == 10.0
    assert curves.train.x.tolist() == list(range(1, 11))
    assert view.plot.canvas.ranges()[0][1] == pytest.approx(10, rel=0.02)


def test_that_the_sum_of_batch_losses_is_that_of_the_epochs(view: LossView) -> None:
    run = finished_classifier()
    view.show_runs([run])
    view.set_measure(Measure.SUM)
    curves = curves_of(view, run)
    assert curves.train.y.tolist() == [row.loss_sum for row in run.epochs]
    assert not curves.raw.is_visible
    assert len(curves.test.x) == 0


def test_that_accuracy_is_offered_to_classifiers_alone(view: LossView) -> None:
    combo = view.findChild(QComboBox, "loss_measure")
    view.show_runs([finished_run()])
    assert combo.count() == 2
    run = finished_classifier()
    view.show_runs([run])
    assert combo.count() == 3
    view.set_measure(Measure.ACCURACY)
    expected = [100 * (row.test_accuracy or 0) for row in run.epochs]
    assert curves_of(view, run).test.y.tolist() == expected
    view.show_runs([finished_run()])
    assert combo.currentData() is Measure.LOSS
    assert view.plot.message == ""


def test_that_a_stopped_run_ends_the_axis_where_it_stopped(view: LossView) -> None:
    run = partial_run(steps=100)
    view.show_runs([run])
    run.apply(RunStopped(100, 1.0))
    view.refresh()
    low, high = view.plot.canvas.ranges()[0]
    assert low == 0
    assert high == pytest.approx(100, rel=0.02)


def test_that_log_y_survives_zeros_and_nan(view: LossView) -> None:
    run = start_run()
    add_steps(run, [1.0, 0.0, 0.1])
    view.show_runs([run])
    view.plot.set_log(y=True)
    assert curves_of(view, run).raw.bounds == (1.0, 3.0, -1.0, 0.0)
    assert "at or below 0" in view.plot.note


def test_that_a_view_with_nothing_new_does_not_read_again(view: LossView) -> None:
    run = finished_run()
    view.show_runs([run])
    before = curves_of(view, run).raw.x
    view.refresh()
    assert curves_of(view, run).raw.x is before


def test_that_a_classifier_names_its_loss_on_the_axis(view: LossView) -> None:
    run = start_run(plan=make_plan(CLASSIFICATION), steps_per_epoch=5, class_names=CLASSES)
    add_steps(run, noisy_losses(10))
    view.show_runs([run])
    assert view.plot.canvas.left.labelText == "Cross entropy"
    assert view.plot.canvas.bottom.labelText == "step"


def test_that_a_diverged_run_does_not_flatten_the_others(view: LossView) -> None:
    good, bad = finished_run(steps=50), start_run()
    add_steps(bad, [1.0, 1e20, 1e34])
    bad.apply(RunDiverged(4, 0.1, math.inf, None, None))
    view.show_runs([bad])
    assert view.plot.canvas.ranges()[1][1] >= 1e34
    view.show_runs([good, bad])
    assert view.plot.canvas.ranges()[1][1] <= 10
    assert "diverged at step" in " ".join(names(view))


def test_that_the_key_to_the_lines_stands_before_the_names_of_the_runs(
    view: LossView,
) -> None:
    one, two = finished_run(steps=50), finished_run(steps=50)
    two.name, two.colour = "second", NUM_RUN_COLOURS
    view.show_runs([one, two])
    assert names(view) == ["train", "test", "best epoch", one.name, "second"]
    dashes = [entry.dash for entry in view.plot.legend[3:]]
    assert dashes == [Dash.SOLID, Dash.DASH_DOT]


def test_that_a_fork_with_other_batches_lies_on_its_parent_by_epoch(view: LossView) -> None:
    parent = start_run(steps_per_epoch=6, total_steps=60)
    add_steps(parent, noisy_losses(60))
    fork = parent.fork(Start(make_checkpoint(30)), parent.plan, "fork", 1)
    fork.apply(replace(parent.started, steps_per_epoch=23))
    for epoch in (6, 7):
        fork.history.steps.loss.extend(np.full(23, 0.5))
        fork.history.steps.lr.extend(np.full(23, 0.001))
        fork.history.epochs.append(EpochRow(epoch, fork.num_steps, 0.5, 0.5, 0.5))
    view.show_runs([parent, fork])
    view.set_by_epoch(True)
    mine, theirs = curves_of(view, fork).raw, curves_of(view, parent).raw
    assert mine.x[:30] == pytest.approx(theirs.x[:30], rel=1e-12)
    assert [mine.x[29], mine.x[52], mine.x[75]] == pytest.approx([5, 6, 7])
    assert curves_of(view, fork).train.x.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert mine.item.zValue() < theirs.item.zValue()
    assert mine.lookup is not None
    assert mine.lookup(2.5) == parent.history.steps.loss.values()[14]
