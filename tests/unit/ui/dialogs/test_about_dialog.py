"""The dialog about the program."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from workbench import __version__
from workbench.ui.dialogs.about_dialog import AboutDialog, library_facts


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> AboutDialog:
    dialog = AboutDialog({"Downloaded data": tmp_path})
    qtbot.addWidget(dialog)
    return dialog


def test_that_versions_licences_and_folders_are_told(
    dialog: AboutDialog, tmp_path: Path
) -> None:
    facts = dialog.facts().splitlines()
    assert facts[0] == f"Training Workbench {__version__}"
    assert f"numpy {metadata.version('numpy')}" in dialog.facts()
    assert facts[-1] == f"Downloaded data: {tmp_path}"


def test_that_every_library_names_a_licence(dialog: AboutDialog) -> None:
    table = dialog.findChild(QTableWidget, "libraries")
    assert table.rowCount() >= 10
    for row in range(table.rowCount()):
        cells = [table.item(row, column).text() for column in range(3)]
        assert all(cells)
        assert "\n" not in cells[2]


def test_that_qt_is_told_under_its_licence(dialog: AboutDialog) -> None:
    facts = library_facts("PySide6-Essentials")
    assert facts is not None
    assert "LGPL" in facts[1]


def test_that_a_missing_library_is_left_out() -> None:
    assert library_facts("no-such-library-at-all") is None


def test_that_everything_can_be_copied(dialog: AboutDialog) -> None:
    dialog.findChild(QPushButton, "copyAbout").click()
    assert QGuiApplication.clipboard().text() == dialog.facts()
