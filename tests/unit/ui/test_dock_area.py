from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QToolButton
from pytestqt.qtbot import QtBot

from workbench.ui.dock_area import DockArea

_KEYS = (
    *("experiment", "loss", "rates", "picture", "parameters", "runs", "log"),
    *("landscape", "inspector", "guide", "postmortem"),
)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QMainWindow]:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1280, 800)
    return window


@pytest.fixture
def area(window: QMainWindow) -> DockArea:
    area = DockArea(window)
    for key in _KEYS:
        area.add(key, key.capitalize(), QLabel(key))
    window.show()
    area.reset()
    return area


def is_titled(dock: QDockWidget) -> bool:
    return dock.titleBarWidget().isVisible()


def test_that_a_tab_is_the_only_name_of_a_tabbed_dock(area: DockArea, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not is_titled(area["runs"]))
    assert not is_titled(area["log"])
    assert is_titled(area["loss"])
    assert area["runs"].titleBarWidget().sizeHint().height() == 0


def test_that_docks_that_leave_their_tabs_are_titled_again(
    area: DockArea, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: not is_titled(area["runs"]))
    area["log"].setFloating(True)
    qtbot.waitUntil(lambda: is_titled(area["runs"]) and is_titled(area["log"]))
    area.reset()
    qtbot.waitUntil(lambda: not is_titled(area["runs"]))


def test_that_the_last_dock_of_a_tab_bar_is_titled(area: DockArea, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not is_titled(area["runs"]))
    area["log"].close()
    qtbot.waitUntil(lambda: is_titled(area["runs"]))


def test_that_the_buttons_of_a_title_float_and_close_the_dock(
    area: DockArea, qtbot: QtBot
) -> None:
    dock = area["loss"]
    qtbot.mouseClick(
        dock.findChild(QToolButton, "loss_dock_float"), Qt.MouseButton.LeftButton
    )
    assert dock.isFloating()
    qtbot.mouseClick(
        dock.findChild(QToolButton, "loss_dock_float"), Qt.MouseButton.LeftButton
    )
    assert not dock.isFloating()
    qtbot.mouseClick(
        dock.findChild(QToolButton, "loss_dock_close"), Qt.MouseButton.LeftButton
    )
    assert dock.isHidden()
    assert not dock.toggleViewAction().isChecked()


def test_that_an_arrangement_is_restored(area: DockArea) -> None:
    kept = area.save()
    area["loss"].close()
    assert area.restore(kept)
    assert not area["loss"].isHidden()
    assert not area.restore(b"rubbish")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_that_in_a_low_window_the_table_leaves_its_room_to_the_plots(
    window: QMainWindow, area: DockArea, qtbot: QtBot
) -> None:
    window.resize(1280, 700)
    area.reset()
    qtbot.waitUntil(lambda: area["runs"].height() < 700 // 5 + 8)
    assert area["loss"].height() > 220
    qtbot.waitUntil(lambda: area["parameters"].height() > 120)
    assert area["picture"].height() > area["parameters"].height()
