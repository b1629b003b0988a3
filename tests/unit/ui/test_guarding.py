"""Event handlers whose defects do no harm."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from workbench.ui.guarding import guarded


class Window(QWidget):
    """Fails while it is closed, after it has said that it stays."""

    @override
    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        raise ValueError("oops")


def test_that_a_window_stays_open_and_the_defect_is_reported(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, _: told.append(str(error)))
    window = Window()
    qtbot.addWidget(window, before_close_func=Window.hide)
    window.show()
    assert not window.close()
    assert window.isVisible()
    assert told == ["oops"]
