"""Training by button and key, and what the window says meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from tests.helpers.desk import Desk
from tests.helpers.event_count import EventCount
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.journeys import start_training
from workbench.core.events import NoticeGiven, PreparationProgressed
from workbench.core.ports import DeviceFacts
from workbench.core.presets import find_preset
from workbench.core.run import Run, RunState
from workbench.ui.docks.runs_columns import Column

Key = Qt.Key


def losses(run: Run) -> list[float]:
    return [float(value) for value in run.history.steps.loss.values()]


def curve(desk: Desk, name: str) -> tuple[list[float], list[float]]:
    """Return the points of a curve of the loss plot."""
    (found,) = [c for c in desk.window.views.loss.plot.curves() if c.name == name]
    return found.x.tolist(), found.y.tolist()


def curve_names(desk: Desk) -> set[str]:
    return {c.name for c in desk.window.views.loss.plot.curves() if len(c.x)}


# ---- the main job


def test_that_a_person_can_choose_change_train_and_see_the_curve(desk: Desk) -> None:
    desk.choose_preset("linear-adam")
    desk.choose_kind("data", "diabetes")
    desk.set_field("optimizer", "lr", "0.01")
    desk.set_field("loop", "epochs", "30")
    run = desk.train()
    assert run.state is RunState.FINISHED
    assert (run.plan.model.kind, run.plan.data.kind) == ("linear", "diabetes")
    assert run.plan.model_dump()["optimizer"]["lr"] == 0.01
    steps = list(range(1, 31))
    assert curve(desk, "train") == (steps, losses(run))
    assert curve(desk, "test") == (steps, [row.test_loss for row in run.epochs])
    assert desk.window.views.rates.plots()["effective_lr"].message == ""
    assert desk.window.views.picture.plots()["predictions"].summary.startswith("R²")
    assert desk.state.startswith("finished in 0:0")
    assert desk.text("statusEpoch") == "epoch 30 of 30"
    assert desk.cell(0, Column.STATE) == "finished"
    assert desk.cell(0, Column.EPOCHS) == "30 / 30"
    assert desk.notice == ""


def test_that_a_new_model_brings_data_and_a_classifier_shows_a_confusion_matrix(
    desk: Desk,
) -> None:
    desk.choose_preset("quickstart-cnn")
    desk.choose_kind("data", "generated")
    desk.set_field("data", "samples", "100")
    desk.set_field("loop", "epochs", "1")
    run = desk.train()
    assert run.state is RunState.FINISHED
    assert set(desk.window.views.picture.plots()) == {"confusion"}
    assert "Accuracy" in desk.window.views.picture.matrix.summary
    assert desk.cell(0, Column.ACCURACY).endswith(" %")


def test_that_pausing_stepping_and_going_on_changes_no_number(desk: Desk) -> None:
    desk.set_field("loop", "epochs", "1000000")
    desk.click("train")
    desk.wait_for_steps(1)
    desk.click("pause")
    desk.wait(lambda: desk.run.state is RunState.PAUSED)
    done = desk.run.num_steps
    for number in (1, 2):
        desk.click("step")
        desk.wait(lambda number=number: desk.run.num_steps == done + number)
    desk.wait(lambda: desk.text("statusStep") == f"step {done + 2:,} of 1,000,000")
    assert desk.state == "paused"
    desk.click("resume")
    desk.wait_for_steps(done + 10)
    desk.click("stop")
    disturbed = desk.wait_for_end()
    desk.set_field("loop", "epochs", str(disturbed.num_steps))
    assert losses(desk.train()) == losses(disturbed)


def test_that_stopping_keeps_everything_up_to_there(desk: Desk) -> None:
    desk.set_field("loop", "epochs", "1000000")
    desk.click("train")
    desk.wait_for_steps(20)
    desk.click("stop")
    run = desk.wait_for_end()
    assert run.state is RunState.STOPPED
    assert run.num_steps >= 20
    assert run.checkpoint is not None
    assert run.checkpoint.step == run.num_steps == len(run.epochs)
    assert desk.state == f"stopped at step {run.num_steps:,}"
    assert curve(desk, "train")[1][-1] == losses(run)[-1]


def test_that_two_runs_are_overlaid_and_told_apart(desk: Desk) -> None:
    desk.set_field("loop", "epochs", "20")
    desk.train()
    desk.set_field("optimizer", "lr", "0.1")
    desk.train()
    first, second = desk.runs
    assert first.colour != second.colour
    assert curve(desk, f"{first.name}, train")[1] == losses(first)
    assert curve(desk, f"{second.name}, train")[1] == losses(second)
    assert losses(first) != losses(second)
    assert "0.1" in desk.cell(1, Column.DIFFERS)
    desk.push_box(0)
    assert curve_names(desk) == {"train", "test"}
    assert curve(desk, "train")[1] == losses(second)


# ---- keys


def test_that_space_trains_pauses_and_goes_on(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.leave_fields()
    desk.press(Key.Key_Space)
    run = launcher.run
    run.start()
    run.advance([3.0, 2.0])
    desk.wait(lambda: desk.state == "training")
    desk.press(Key.Key_Space)
    desk.wait(lambda: desk.state == "paused")
    desk.press(Key.Key_Right)
    desk.wait(lambda: desk.run.num_steps == 3)
    desk.press(Key.Key_Space)
    desk.wait(lambda: desk.state == "training")
    desk.press(Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert run.asked == ["pause", "step", "resume", "stop"]
    assert not desk.button("stop").isEnabled()
    run.obey()
    desk.wait(lambda: desk.state == "stopped at step 3")
    assert run.joined


def test_that_space_is_a_character_in_a_text_field(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.choose_kind("data", "csv")
    target = desk.field("data", "target")
    desk.type_into(target, "blood pressure")
    assert target.text() == "blood pressure"
    desk.open_group("loop")
    number = desk.field("loop", "epochs")
    desk.type_into(number, "12 ")
    assert launcher.runs == []


def test_that_space_ticks_a_focused_check_box(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.open_group("loop")
    box = desk.field("loop", "full_batch", QWidget)
    before = box.isChecked()
    box.setFocus()
    desk.press(Key.Key_Space)
    assert box.isChecked() is not before
    assert launcher.runs == []


def test_that_the_right_arrow_moves_a_focused_slider_of_a_paused_run(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.start()
    launcher.run.pause()
    desk.wait(lambda: desk.state == "paused")
    slider = desk.find(QWidget, "loss_smoothing")
    before = slider.value()
    slider.setFocus()
    desk.press(Key.Key_Right)
    assert slider.value() == before + 1
    header = desk.find(QWidget, "model_header")
    header.setFocus()
    desk.press(Key.Key_Right)
    assert header.isChecked()
    assert "step" not in launcher.run.asked


# ---- which actions are offered


def test_that_only_the_actions_that_make_sense_are_offered(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk

    def offered() -> set[str]:
        keys = ("train", "pause", "resume", "step", "stop")
        return {
            k for k in keys if desk.button(k).isVisible() and desk.button(k).isEnabled()
        }

    assert offered() == {"train"}
    desk.click("train")
    desk.wait(lambda: offered() == {"stop"})
    launcher.run.start()
    desk.wait(lambda: offered() == {"pause", "stop"})
    launcher.run.pause()
    desk.wait(lambda: offered() == {"resume", "step", "stop"})
    desk.click("stop")
    desk.wait(lambda: offered() == set())
    assert desk.action("stop").text() == "Stopping…"
    launcher.run.obey()
    desk.wait(lambda: offered() == {"train"})


def test_that_what_is_prepared_is_shown(quick_desk: Desk, launcher: FakeLauncher) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.tell(PreparationProgressed("Downloading CIFAR-10"))
    desk.wait(lambda: desk.state == "preparing: Downloading CIFAR-10")
    launcher.run.tell(NoticeGiven("3 rows were dropped"))
    desk.wait(lambda: "3 rows were dropped" in desk.window.log.shown_text())


def test_that_the_settings_of_a_run_under_way_are_frozen(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.set_field("optimizer", "lr", "0.5")
    desk.click("train")
    desk.set_field("optimizer", "lr", "0.25")
    assert desk.run.plan.model_dump()["optimizer"]["lr"] == 0.5
    assert launcher.run.plan.model_dump()["optimizer"]["lr"] == 0.5


# ---- the form


def test_that_an_invalid_field_greys_train_and_says_why(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.set_field("optimizer", "lr", "-1")
    note = desk.field("optimizer", "lr_note", QLabel)
    assert note.text() == (
        "Learning rate must be a finite number, greater than 0, at most 1000000; it is -1.0"
    )
    assert not desk.button("train").isEnabled()
    assert note.text() in desk.button("train").toolTip()
    desk.leave_fields()
    desk.press(Key.Key_Space)
    assert launcher.runs == []
    desk.set_field("optimizer", "lr", "1e-3")
    assert desk.button("train").isEnabled()
    assert desk.button("train").toolTip() == "Start a run of these settings (Space)"


def test_that_data_and_losses_that_do_not_fit_the_model_are_not_offered(
    quick_desk: Desk,
) -> None:
    desk = quick_desk
    data = desk.find(QComboBox, "data_kind")
    loss = desk.find(QComboBox, "loss_kind")
    desk.choose_kind("model", "mlp")
    assert data.findData("digits") == data.findData("cifar10") == -1
    assert loss.findData("cross_entropy") == -1
    desk.choose_kind("model", "cnn")
    assert data.findData("diabetes") == loss.findData("mse") == -1
    assert data.currentData() in {"digits", "cifar10", "generated", "folder"}
    assert desk.button("train").isEnabled()


def test_that_edits_are_undone_and_redone_from_the_menu(quick_desk: Desk) -> None:
    desk = quick_desk
    desk.set_field("loop", "epochs", "12")
    desk.choose_kind("optimizer", "sgd")
    desk.pick("edit_menu", desk.action("undo"))
    assert desk.find(QComboBox, "optimizer_kind").currentData() == "adam"
    desk.pick("edit_menu", desk.action("undo"))
    assert desk.field("loop", "epochs").text() == "1000"
    assert desk.find(QComboBox, "preset").currentData() == "quickstart-mlp"
    desk.pick("edit_menu", desk.action("redo"))
    assert desk.field("loop", "epochs").text() == "12"
    desk.field("loop", "epochs").setFocus()
    desk.press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.field("loop", "epochs").text() == "1000"
    assert not desk.action("undo").isEnabled()


def test_that_the_device_box_and_the_form_say_the_same(quick_desk: Desk) -> None:
    desk = quick_desk
    box = desk.find(QComboBox, "run_device")
    desk.open_group("loop")
    editor = desk.field("loop", "device", QComboBox)
    assert box.currentData() == editor.currentData() == "auto"
    desk.choose(box, "cpu")
    assert editor.currentData() == "cpu"
    desk.choose(editor, "auto")
    assert box.currentData() == "auto"
    desk.pick("edit_menu", desk.action("undo"))
    assert box.currentData() == "cpu"


def test_that_the_device_can_be_chosen_while_another_field_is_wrong(
    quick_desk: Desk,
) -> None:
    desk = quick_desk
    desk.set_field("optimizer", "lr", "fast")
    desk.choose(desk.find(QComboBox, "run_device"), "cpu")
    desk.open_group("loop")
    assert desk.field("loop", "device", QComboBox).currentData() == "cpu"
    assert desk.field("optimizer", "lr").text() == "fast"
    assert desk.notice == ""


def test_that_a_device_that_is_not_there_is_greyed_with_its_reason(
    quick_desk: Desk,
) -> None:
    desk = quick_desk
    cpu = DeviceFacts("cpu", "CPU, 2 cores", available=True)
    cuda = DeviceFacts("cuda", "CUDA", available=False, reason="There is no NVIDIA card.")
    desk.window.set_devices([cpu, cuda])
    box = desk.find(QComboBox, "run_device")
    index = box.findData("cuda")
    flags = box.model().flags(box.model().index(index, 0))
    assert not flags & Qt.ItemFlag.ItemIsEnabled
    assert box.itemData(index, Qt.ItemDataRole.ToolTipRole) == "There is no NVIDIA card."
    assert box.itemText(box.findData("cpu")) == "CPU, 2 cores"


@pytest.mark.parametrize("key", ["linear-rmsprop-full", "mlp-adam"])
def test_that_a_preset_puts_its_plan_into_the_form(quick_desk: Desk, key: str) -> None:
    desk = quick_desk
    desk.choose_preset(key)
    assert desk.window.panel.plan() == find_preset(key).plan
    desk.set_field("loop", "epochs", "7")
    assert desk.find(QComboBox, "preset").currentText() == ""


def test_that_steps_lay_nothing_out_again(fake_desk: Desk, launcher: FakeLauncher) -> None:
    """Else every dock is asked for its size, many times a second, while it trains."""
    start_training(fake_desk, launcher)
    launcher.run.advance([0.9])
    fake_desk.wait(lambda: "step 4 " in fake_desk.text("statusStep"))
    layouts = EventCount(fake_desk.window, QEvent.Type.LayoutRequest)
    launcher.run.advance([0.8])
    fake_desk.wait(lambda: "step 5 " in fake_desk.text("statusStep"))
    assert layouts.count == 0
