from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from workbench.core.datasets import CsvTable, ImageFolder
from workbench.core.settings import Settings, describe
from workbench.ui.forms.path_editor import PathEditor

# The plugin without a screen says so of every window with a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def make(qtbot: QtBot, settings: type[Settings]) -> tuple[PathEditor, list[object]]:
    spec = next(spec for spec in describe(settings) if spec.name == "path")
    editor = PathEditor(spec)
    editor.describe_to(spec.help, spec.help)
    qtbot.addWidget(editor)
    values: list[object] = []
    editor.value_edited.connect(values.append)
    return editor, values


def test_that_a_file_chosen_in_the_dialog_is_the_value(
    qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    editor, values = make(qtbot, CsvTable)
    qtbot.mouseClick(
        editor.findChild(QToolButton, "path_browse"), Qt.MouseButton.LeftButton
    )
    dialog = editor.window().findChild(QFileDialog, "path_dialog")
    assert dialog.fileMode() is QFileDialog.FileMode.ExistingFile
    dialog.fileSelected.emit(str(table))
    dialog.reject()
    assert values == [str(table)]
    assert editor.value() == str(table)


def test_that_the_dialog_starts_where_the_present_path_is(
    qtbot: QtBot, tmp_path: Path
) -> None:
    editor, _ = make(qtbot, ImageFolder)
    editor.set_value(str(tmp_path / "pictures"))
    editor.open_dialog()
    dialog = editor.window().findChild(QFileDialog, "path_dialog")
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.reject()


# Qt 6.12 wants a QPointF, which Qt 6.11 does not take.
@pytest.mark.filterwarnings("ignore:Function. 'QDragEnterEvent:DeprecationWarning")
def test_that_a_dropped_file_becomes_its_path(qtbot: QtBot, tmp_path: Path) -> None:
    editor, values = make(qtbot, CsvTable)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a b.csv"))])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy, edit = Qt.DropAction.CopyAction, editor.findChild(QLineEdit, "path")
    enter = QDragEnterEvent(QPoint(2, 2), copy, data, button, keys)
    QApplication.sendEvent(edit, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(edit, QDropEvent(QPointF(2, 2), copy, data, button, keys))
    assert values == [str(tmp_path / "a b.csv")]


def test_that_a_path_can_be_typed(qtbot: QtBot) -> None:
    editor, values = make(qtbot, CsvTable)
    qtbot.keyClicks(editor.findChild(QLineEdit, "path"), "x.csv")
    assert values[-1] == "x.csv"
