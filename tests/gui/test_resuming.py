"""Continuing runs, and beginning new ones from stored steps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QDialogButtonBox, QLabel

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.journeys import curves, run_for
from workbench.core.events import ResumeCheck, ResumeReport, RunContinued
from workbench.core.resuming import Carried
from workbench.core.run import RunState
from workbench.ui.docks.runs_columns import Column
from workbench.ui.notice_bar import NoticeLine

CHECKS = (
    ResumeCheck("weights", True, "6 tensors"),
    ResumeCheck("optimizer state", True, "Adam, 12 tensors"),
    ResumeCheck("random numbers", True),
)


def stop_after(desk: Desk, launcher: FakeLauncher, stored: int, steps: int) -> None:
    """Train some steps, store their state, train to `steps` steps, and stop."""
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([1 / (1 + step) for step in range(stored)])
    launcher.run.store()
    launcher.run.advance([0.5] * (steps - stored))
    desk.wait(lambda: desk.run.num_steps == steps and desk.run.checkpoint)
    desk.click("stop")
    launcher.run.obey()
    desk.wait_for_end()


def test_that_a_stopped_run_goes_on_from_its_newest_state(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    stop_after(desk, launcher, stored=6, steps=8)
    button = desk.button("continue_run")
    assert button.isVisible()
    assert "from step 6; 2 steps after it are trained again" in button.toolTip()
    desk.click("continue_run")
    desk.wait(lambda: len(launcher.runs) == 2)
    start = launcher.starts[-1]
    assert start is not None
    assert (start.checkpoint.step, start.carried) == (6, Carried.EVERYTHING)
    assert desk.run.num_steps == 6
    assert not desk.action("continue_run").isEnabled()
    launcher.run.start(steps_per_epoch=1)
    launcher.run.tell(RunContinued(ResumeReport(6, CHECKS)))
    desk.wait(lambda: desk.notice)
    assert desk.notice == (
        "mlp adam 1: resumed exactly at step 6. 2 steps after it are trained again."
    )
    launcher.run.advance([0.25] * 4)
    launcher.run.finish()
    desk.wait_for_end()
    assert desk.run.state is RunState.FINISHED
    assert len(desk.runs) == 1
    x, _ = next(iter(curves(desk).values()))
    assert len(x) == 8 * 10
    assert desk.cell(0, Column.STEPS) == "10"
    assert not desk.action("continue_run").isEnabled()
    assert "has done all its epochs" in desk.action("continue_run").toolTip()


def test_that_the_proof_is_told_and_shown(quick_desk: Desk, launcher: FakeLauncher) -> None:
    desk = quick_desk
    stop_after(desk, launcher, stored=6, steps=6)
    assert not desk.action("how_resumed").isEnabled()
    assert "where it stopped" in desk.action("continue_run").toolTip()
    desk.pick("run_menu", desk.action("continue_run"))
    desk.wait(lambda: len(launcher.runs) == 2)
    launcher.run.start()
    launcher.run.tell(RunContinued(ResumeReport(6, CHECKS)))
    words = "mlp adam 1: resumed exactly at step 6."
    desk.wait(lambda: desk.notice == words)
    assert words in desk.window.log.shown_text()
    desk.push("show_how_resumed")
    dialog = desk.question("resumeDialog")
    assert dialog.windowTitle() == "Resumed at step 6"
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert texts.count("✓") == 3
    assert {"weights", "6 tensors", "optimizer state", "random numbers"} <= set(texts)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.wait(lambda: not desk.is_asking())
    assert desk.action("how_resumed").isEnabled()


def test_that_what_may_differ_is_named(quick_desk: Desk, launcher: FakeLauncher) -> None:
    desk = quick_desk
    stop_after(desk, launcher, stored=6, steps=6)
    desk.click("continue_run")
    desk.wait(lambda: len(launcher.runs) == 2)
    launcher.run.start()
    report = ResumeReport(6, CHECKS, ("it computes with 1 thread instead of 2",))
    launcher.run.tell(RunContinued(report))
    desk.wait(lambda: desk.notice)
    assert desk.notice == (
        "mlp adam 1: resumed at step 6; last digits may differ because it computes with 1 "
        "thread instead of 2."
    )
    desk.pick("run_menu", desk.action("how_resumed"))
    dialog = desk.question("resumeDialog")
    (differences,) = dialog.findChildren(QLabel, "differences")
    assert "• it computes with 1 thread instead of 2" in differences.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.wait(lambda: not desk.is_asking())


def accept(dialog: QDialog) -> None:
    box = dialog.findChild(QDialogButtonBox)
    QTest.mouseClick(
        box.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton
    )


def choice(dialog: QDialog, name: str) -> QAbstractButton:
    return dialog.findChild(QAbstractButton, name)


def test_that_a_new_run_begins_from_a_stored_step_with_other_settings(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    stop_after(desk, launcher, stored=6, steps=8)
    desk.set_field("optimizer", "lr", "0.01")
    desk.pick("run_menu", desk.action("fork_run"))
    dialog = desk.question("forkDialog")
    steps = dialog.findChild(QComboBox, "forkStep")
    assert [steps.itemText(i) for i in range(steps.count())] == [
        "step 6 · epoch 6 · loss 0.1667"
    ]
    settings = dialog.findChild(QLabel, "forkSettings").text()
    assert settings == "lr 0.001  →  lr 0.01"
    assert choice(dialog, "carryEverything").isChecked()
    accept(dialog)
    desk.wait(lambda: len(launcher.runs) == 2)
    start = launcher.starts[-1]
    assert start is not None
    assert (start.checkpoint.step, start.carried) == (6, Carried.EVERYTHING)
    assert launcher.run.plan.optimizer.lr == 0.01
    assert desk.cell(1, Column.NAME) == "↳ mlp adam 1 from step 6"
    launcher.run.start()
    launcher.run.tell(RunContinued(ResumeReport(6, CHECKS)))
    words = "began from step 6 of mlp adam 1."
    desk.wait(lambda: desk.notice == f"mlp adam 1 from step 6: {words}")
    assert len({name.split(",")[0] for name in curves(desk)}) == 2  # both are drawn


def fork(desk: Desk, launcher: FakeLauncher, report: ResumeReport) -> None:
    """Begin a new run from step 6 of a stopped one, with that proof."""
    stop_after(desk, launcher, stored=6, steps=8)
    desk.pick("run_menu", desk.action("fork_run"))
    dialog = desk.question("forkDialog")
    QTest.mouseClick(choice(dialog, "carryWeights"), Qt.MouseButton.LeftButton)
    accept(dialog)
    desk.wait(lambda: len(launcher.runs) == 2)
    launcher.run.start()
    launcher.run.tell(RunContinued(report))
    desk.wait(lambda: desk.notice)


def is_told_as_problem(desk: Desk) -> bool:
    return desk.find(NoticeLine, "notice_line").is_problem


def test_that_what_a_new_run_was_to_have_anew_is_no_problem(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    chosen = ResumeCheck("optimizer state", False, "starts afresh", is_chosen=True)
    fork(desk, launcher, ResumeReport(6, (CHECKS[0], chosen), ("Batch size is 4, not 8",)))
    assert desk.notice == (
        "mlp adam 1 from step 6: began from step 6 of mlp adam 1; "
        "anew, as chosen: optimizer state."
    )
    assert not is_told_as_problem(desk)
    desk.push("show_how_resumed")
    dialog = desk.question("resumeDialog")
    assert dialog.windowTitle() == "Begun at step 6"
    signs = [dialog.findChild(QLabel, f"check_{row}").text() for row in range(2)]
    assert signs == ["✓", "–"]
    assert "• Batch size is 4, not 8" in dialog.findChild(QLabel, "differences").text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.wait(lambda: not desk.is_asking())


def test_that_what_a_new_run_could_not_take_over_is_a_problem(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    fork(desk, launcher, ResumeReport(6, (ResumeCheck("weights", False, "differ"),)))
    assert desk.notice.endswith("of mlp adam 1; not as it was: weights.")
    assert is_told_as_problem(desk)


def test_that_the_optimizer_starts_afresh_where_its_kind_is_another(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    stop_after(desk, launcher, stored=6, steps=8)
    desk.choose_kind("optimizer", "sgd")
    desk.pick("run_menu", desk.action("fork_run"))
    dialog = desk.question("forkDialog")
    assert not choice(dialog, "carryEverything").isEnabled()
    assert "Adam" in dialog.findChild(QLabel, "everythingNote").text()
    assert choice(dialog, "carryWeights").isChecked()
    accept(dialog)
    desk.wait(lambda: len(launcher.runs) == 2)
    start = launcher.starts[-1]
    assert start is not None
    assert start.carried is Carried.WEIGHTS


def test_that_weights_of_another_model_are_not_carried_over(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    stop_after(desk, launcher, stored=6, steps=8)
    desk.choose_kind("model", "linear")
    desk.pick("run_menu", desk.action("fork_run"))
    dialog = desk.question("forkDialog")
    box = dialog.findChild(QDialogButtonBox)
    assert not box.button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    assert "The weights to go on from" in dialog.findChild(QLabel, "forkProblem").text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.settle()
    assert len(launcher.runs) == 1


def test_that_a_run_under_way_is_stopped_where_a_new_one_begins_from_it(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([2.0, 1.0])
    launcher.run.store()
    desk.wait(lambda: desk.action("fork_run").isEnabled())
    desk.pick("run_menu", desk.action("fork_run"))
    accept(desk.question("forkDialog"))
    desk.wait(lambda: "stop" in launcher.run.asked)
    launcher.run.obey()
    desk.wait(lambda: len(launcher.runs) == 2)
    assert desk.runs[0].state is RunState.STOPPED


def test_that_nothing_is_offered_for_a_run_without_a_state(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    for key in ("continue_run", "fork_run", "how_resumed"):
        assert not desk.action(key).isEnabled()
    assert "No state of mlp adam 1" in desk.action("fork_run").toolTip()


def test_that_a_real_run_that_was_stopped_goes_on_exactly(desk: Desk) -> None:
    desk.set_field("loop", "epochs", "1000000")
    desk.click("train")
    run = desk.wait_for_steps(50)
    desk.click("stop")
    desk.wait_for_end()
    stored = run.checkpoint
    assert stored is not None
    desk.click("continue_run")
    desk.wait(lambda: run.resumed)
    assert run.resumed[-1].is_exact
    desk.wait(lambda: run.num_steps > stored.step + 5)
    desk.wait(lambda: f"resumed exactly at step {stored.step:,}" in desk.notice)
    desk.click("stop")
    desk.wait_for_end()
    assert desk.cell(0, Column.STEPS) == f"{run.num_steps:,}"
