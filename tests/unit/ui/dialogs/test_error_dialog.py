"""The dialog for defects."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from workbench.ui.dialogs.error_dialog import ErrorDialog
from workbench.ui.error_report import ErrorReport


def report(number: int = 0) -> ErrorReport:
    return ErrorReport(f"Error {number}: <b>x</b>", f"Traceback {number}", f"sig {number}")


@pytest.fixture
def dialog(qtbot: QtBot) -> ErrorDialog:
    dialog = ErrorDialog()
    qtbot.addWidget(dialog)
    return dialog


def text_of(dialog: ErrorDialog, name: str) -> str:
    label = dialog.findChild(QLabel, name)
    assert isinstance(label, QLabel)
    return label.text()


def test_that_a_defect_is_shown_without_blocking_the_window(dialog: ErrorDialog) -> None:
    dialog.show_report(report())
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert "Error 0: <b>x</b>" in text_of(dialog, "errorSentence")
    assert "Traceback 0" in dialog.report_text()


def test_that_a_repeated_defect_is_counted_and_listed_once(dialog: ErrorDialog) -> None:
    for _ in range(1000):
        dialog.show_report(report())
    assert dialog.report_text().count("Traceback 0") == 1
    assert "(1,000 times)" in dialog.report_text()
    assert "1,000 errors so far" in text_of(dialog, "errorSentence")


def test_that_a_closed_dialog_comes_back_for_a_new_defect_only(dialog: ErrorDialog) -> None:
    dialog.show_report(report())
    dialog.reject()
    dialog.show_report(report())
    assert not dialog.isVisible()
    dialog.show_report(report(1))
    assert dialog.isVisible()
    assert "Traceback 1" in dialog.report_text()


def test_that_a_flood_of_different_defects_is_bounded(dialog: ErrorDialog) -> None:
    for number in range(200):
        dialog.show_report(report(number))
    assert dialog.report_text().count("Traceback") == 50


def test_that_the_report_can_be_copied(dialog: ErrorDialog) -> None:
    dialog.show_report(report())
    dialog.findChild(QPushButton, "copyReport").click()
    assert QGuiApplication.clipboard().text() == dialog.report_text()
    assert text_of(dialog, "errorStatus") == "Copied."


def test_that_the_report_can_be_saved(dialog: ErrorDialog, tmp_path: Path) -> None:
    dialog.show_report(report())
    path = tmp_path / "report.txt"
    dialog.save_to(str(path))
    assert path.read_text("utf-8") == dialog.report_text()
    assert str(path) in text_of(dialog, "errorStatus")


def test_that_a_report_that_cannot_be_saved_says_why(
    dialog: ErrorDialog, tmp_path: Path
) -> None:
    dialog.show_report(report())
    dialog.save_to(str(tmp_path / "missing" / "report.txt"))
    assert text_of(dialog, "errorStatus") == "Not saved: No such file or directory"


def test_that_saving_asks_for_a_file_without_blocking(dialog: ErrorDialog) -> None:
    dialog.show_report(report())
    dialog.findChild(QPushButton, "saveReport").click()
    asking = dialog.findChild(QFileDialog, "saveReportDialog")
    assert asking.isVisible()
    asking.reject()
