"""Questions that a task can await."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from workbench.ui.dialogs.questions import QtQuestions, shown

Loop = asyncio.AbstractEventLoop


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def questions(window: QWidget) -> QtQuestions:
    questions = QtQuestions()
    questions.set_window(window)
    return questions


@pytest.fixture(autouse=True)
def _qt_s_own_dialogs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask with Qt's dialogs: those of the system cannot be answered by a test."""
    options = QFileDialog.Option.DontUseNativeDialog
    original = QFileDialog.__init__

    def with_options(dialog: QFileDialog, *args: object) -> None:
        original(dialog, *args)  # type: ignore[arg-type]  # passed on as they came
        dialog.setOption(options)

    monkeypatch.setattr(QFileDialog, "__init__", with_options)


def test_that_a_file_to_save_gets_the_extension(
    loop: Loop, questions: QtQuestions, window: QWidget, tmp_path: Path
) -> None:
    async def main() -> Path | None:
        asking = asyncio.ensure_future(questions.ask_file_to_save(tmp_path / "session.wbs"))
        await asyncio.sleep(0)
        dialog = window.findChild(QFileDialog, "saveSession")
        dialog.findChild(QLineEdit, "fileNameEdit").setText("mine")
        dialog.accept()
        return await asking

    assert loop.run_until_complete(main()) == tmp_path / "mine.wbs"


def test_that_no_file_is_an_answer_too(
    loop: Loop, questions: QtQuestions, window: QWidget, tmp_path: Path
) -> None:
    async def main() -> Path | None:
        asking = asyncio.ensure_future(questions.ask_file_to_open(tmp_path))
        await asyncio.sleep(0)
        dialog = window.findChild(QFileDialog, "openSession")
        assert Path(dialog.directory().absolutePath()) == tmp_path
        dialog.reject()
        return await asking

    assert loop.run_until_complete(main()) is None


def test_that_a_dialog_is_closed_when_nobody_waits_for_it_any_more(
    loop: Loop, window: QWidget
) -> None:
    async def main() -> bool:
        dialog = QDialog(window)
        waiting = asyncio.ensure_future(shown(dialog))
        await asyncio.sleep(0)
        was_open = dialog.isVisible()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return was_open and window.findChild(QDialog) is None

    assert loop.run_until_complete(main())
