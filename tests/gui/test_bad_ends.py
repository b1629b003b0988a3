"""Runs that fail or diverge: what is said, and that the window lives on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from workbench.core.run import RunState
from workbench.ui.docks.runs_columns import Column

Key = Qt.Key


def test_that_a_missing_csv_file_is_named_in_the_notice_bar(
    desk: Desk, tmp_path: Path
) -> None:
    desk.choose_kind("data", "csv")
    desk.set_field("data", "path", str(tmp_path / "none.csv"))
    run = desk.train()
    assert run.state is RunState.FAILED
    assert "none.csv" in desk.notice
    assert desk.notice == f"{run.name}: {run.message}"
    assert "Traceback" not in desk.notice
    assert run.message in desk.state
    assert run.message in desk.window.log.shown_text()
    assert desk.cell(0, Column.STATE) == "failed"
    desk.push("close_notice")
    assert desk.notice == ""
    desk.choose_kind("data", "diabetes")
    desk.set_field("loop", "epochs", "3")
    assert desk.train().state is RunState.FINISHED


def test_that_the_next_training_clears_the_notice(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.fail("The file is empty.")
    desk.wait(lambda: desk.notice == "mlp adam 1: The file is empty.")
    desk.click("train")
    assert desk.notice == ""


def test_that_divergence_is_named_in_state_notice_and_table(desk: Desk) -> None:
    desk.choose_preset("quickstart-linear")
    desk.choose_kind("optimizer", "sgd")
    desk.set_field("optimizer", "lr", "1e6")
    run = desk.train()
    assert run.state is RunState.DIVERGED
    words = f"diverged at step {run.num_steps}"
    assert desk.state.startswith(words)
    assert words in desk.notice
    assert words in desk.window.log.shown_text()
    assert desk.cell(0, Column.STATE) == "diverged"
    table = desk.find(QTableView, "runsTable").model()
    assert words in table.index(0, Column.STATE).data(Qt.ItemDataRole.ToolTipRole)
    legend = {entry.name for entry in desk.window.views.loss.plot.legend}
    assert any(words in text for text in legend)
    assert not np.isfinite(run.history.steps.loss.values()[-1])


def test_that_a_defect_is_reported_with_its_traceback_and_the_window_lives_on(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.fail("KeyError: 'x'", report="Traceback: KeyError: 'x'")
    desk.wait(lambda: desk.defects)
    (report,) = desk.defects
    assert "Traceback: KeyError: 'x'" in report.text
    desk.defects.clear()
    assert desk.notice == "mlp adam 1: KeyError: 'x'"
    assert desk.button("train").isEnabled()
