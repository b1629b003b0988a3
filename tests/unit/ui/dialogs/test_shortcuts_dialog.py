"""The list of keyboard shortcuts."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QTableWidget
from pytestqt.qtbot import QtBot

from workbench.ui.dialogs.shortcuts_dialog import ShortcutsDialog, shortcut_rows


def action(text: str, *keys: str) -> QAction:
    result = QAction(text)
    result.setShortcuts([QKeySequence(key) for key in keys])
    return result


@pytest.fixture
def actions(qapp: object) -> list[QAction]:
    return [
        action("&Train", "Space"),
        action("&Save As…", "Ctrl+Shift+S"),
        action("Find && Replace", "Ctrl+F", "F3"),
        action("&About"),
    ]


def test_that_actions_with_keys_are_listed_in_plain_words(actions: list[QAction]) -> None:
    rows = dict(shortcut_rows(actions))
    assert list(rows) == ["Train", "Save As", "Find & Replace"]
    native = QKeySequence.SequenceFormat.NativeText
    assert rows["Find & Replace"] == ", ".join(
        QKeySequence(key).toString(native) for key in ("Ctrl+F", "F3")
    )


def test_that_an_action_is_listed_once(actions: list[QAction]) -> None:
    assert shortcut_rows([*actions, *actions]) == shortcut_rows(actions)


def test_that_an_action_that_says_what_it_would_do_is_listed_by_what_it_always_does(
    qapp: object,
) -> None:
    undo = action("&Undo L-BFGS", "Ctrl+Z")
    undo.setIconText("Undo")
    assert dict(shortcut_rows([undo])).keys() == {"Undo"}


def test_that_search_finds_words_and_keys(actions: list[QAction], qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(actions)
    qtbot.addWidget(dialog)
    search = dialog.findChild(QLineEdit, "searchShortcuts")
    table = dialog.findChild(QTableWidget, "shortcuts")

    def found(text: str) -> list[str]:
        search.setText(text)
        rows = [row for row in range(table.rowCount()) if not table.isRowHidden(row)]
        return [table.item(row, 0).text() for row in rows]

    assert found("save") == ["Save As"]
    assert found("f3") == ["Find & Replace"]
    assert found("nothing like it") == []
    assert found("") == ["Train", "Save As", "Find & Replace"]
