"""A person at the desk: the real window, and what eyes and hands do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from workbench.app import build_window
from workbench.core import paths
from workbench.core.ports import RunLauncher
from workbench.core.run import Run, RunState
from workbench.core.saving import SessionStore
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles
from workbench.ui.dialogs.questions import QtQuestions
from workbench.ui.docks.runs_columns import Column
from workbench.ui.error_report import ErrorReport, ErrorReporter
from workbench.ui.session_document import SessionDocument
from workbench.ui.space_key import SpaceKeyFilter

W = TypeVar("W", bound=QWidget)
LEFT = Qt.MouseButton.LeftButton
TIMEOUT_MS = 60_000  # of waits that end as soon as what they wait for is there


class Clerk(QtQuestions):
    """Asks with the real boxes, but names files itself: those dialogs are the system's."""

    def __init__(self) -> None:
        super().__init__()
        self.file: Path | None = None
        self.asked: list[str] = []

    async def ask_file_to_open(self, folder: Path) -> Path | None:
        self.asked.append("open")
        return self.file

    async def ask_file_to_save(self, suggestion: Path) -> Path | None:
        self.asked.append("save")
        return self.file


class Desk:
    """One window from its opening to its end.

    Everything is done with mouse and keyboard on widgets that are found by name, and
    read from what is shown. `defects` must stay empty.
    """

    def __init__(
        self,
        qtbot: QtBot,
        app: QApplication,
        launcher: RunLauncher,
        store: SessionStore | None = None,
    ) -> None:
        self._qtbot = qtbot
        self.defects: list[ErrorReport] = []
        self.clerk = Clerk()
        self.is_closed = False
        self._is_gone = False
        self._reporter = ErrorReporter(paths.log_file())
        self._reporter.reported.connect(self.defects.append)
        self._keys = SpaceKeyFilter(app)
        self.window, self.tasks = build_window(
            app, self._reporter, self.clerk, launcher, store or SessionFiles()
        )
        self.window.closed.connect(self._note_end)

    def show(self, file: Path | None = None) -> None:
        """Open the window, as large as a small screen, with a file where one is named."""
        self.window.resize(1280, 800)
        self.window.show()
        self.window.activateWindow()
        self.wait(self._is_active)
        arranged: list[bool] = []
        QTimer.singleShot(0, lambda: arranged.append(True))  # after the window's own
        self.wait(lambda: arranged)
        self.window.begin(file)
        self.settle()

    @Slot()
    def _note_end(self) -> None:
        self.is_closed = True

    def _note_deletion(self) -> None:
        self._is_gone = True

    def _is_active(self) -> bool:
        """Say whether keys go to the window or to one of its floating docks."""
        active = QApplication.activeWindow()
        while active is not None and active is not self.window:
            active = active.parentWidget()
        return active is self.window

    # ---- what the person sees

    def find(self, kind: type[W], name: str) -> W:
        """Return the one widget of that name."""
        found = self.window.findChildren(kind, name)
        assert len(found) == 1, f"{len(found)} widgets are called {name}"
        return found[0]

    def button(self, key: str) -> QAbstractButton:
        """Return the toolbar's button of an action."""
        button = self.window.toolbar.widgetForAction(self.action(key))
        assert isinstance(button, QAbstractButton)
        return button

    def action(self, key: str) -> QAction:
        return self.window.window_actions[key]

    def field(self, section: str, name: str, kind: type[W] = QLineEdit) -> W:
        """Return the editor of a setting that is in the form at present."""
        group = self.find(QWidget, f"{section}_group")
        found = [w for w in group.findChildren(kind, name) if not _is_hidden(w, group)]
        assert len(found) == 1, f"{len(found)} editors of {section}.{name}"
        return found[0]

    def text(self, name: str) -> str:
        """Return what a label, a line or a box says."""
        widget = self.find(QWidget, name)
        text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
        return str(text)

    @property
    def notice(self) -> str:
        """Return the sentence above the docks; empty where there is none."""
        return self.notice_of("notice")

    def notice_of(self, key: str) -> str:
        """Return the sentence in the line of that key above the docks, if there is one."""
        lines = self.window.findChildren(QLabel, f"{key}_text")
        return "".join(line.text() for line in lines if line.isVisible())

    @property
    def said(self) -> str:
        """Return what the status bar says for some seconds."""
        return str(self.window.status.currentMessage())

    @property
    def title(self) -> str:
        return self.window.windowTitle().removesuffix("[*] – Training Workbench")

    @property
    def state(self) -> str:
        return self.text("statusState")

    @property
    def runs(self) -> list[Run]:
        return self.window.views.runs._model.runs()

    @property
    def document(self) -> SessionDocument:
        return self.window._parts.document

    @property
    def session(self) -> Session:
        return self.document.session

    @property
    def run(self) -> Run:
        return self.runs[-1]

    def cell(self, row: int, column: Column) -> str:
        model = self.find(QTableView, "runsTable").model()
        return str(model.index(row, column).data())

    def question(self, name: str) -> QDialog:
        """Wait for a dialog to be asked."""
        self.wait(lambda: any(d.isVisible() for d in self._dialogs(name)))
        return next(dialog for dialog in self._dialogs(name) if dialog.isVisible())

    def is_asking(self) -> bool:
        return any(dialog.isVisible() for dialog in self._dialogs(None))

    def _dialogs(self, name: str | None) -> Sequence[QDialog]:
        children = self.window.findChildren(QDialog)
        return [d for d in children if name is None or d.objectName() == name]

    # ---- what the person does

    def wait(self, condition: Callable[[], object]) -> None:
        """Let Qt live until something is true; no longer."""
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=TIMEOUT_MS)

    def settle(self) -> None:
        """Wait until nothing is under way but what waits for an answer."""
        self.wait(lambda: not self.tasks.is_busy)

    def click(self, key: str) -> None:
        """Click a button of the toolbar, once it is there."""
        button = self.button(key)
        self.wait(button.isVisible)
        QTest.mouseClick(button, LEFT)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """Press a key where the focus is."""
        if not self.window.isActiveWindow():  # no window manager gives it back
            self.window.activateWindow()
            self.wait(self.window.isActiveWindow)
        where = QApplication.focusWidget() or self.window
        QTest.keyClick(where, key, modifier or Qt.KeyboardModifier.NoModifier)

    def push(self, name: str, inside: QWidget | None = None) -> None:
        """Click a button that is found by its name."""
        where = inside or self.window
        found = where.findChildren(QAbstractButton, name)
        assert len(found) == 1, f"{len(found)} buttons are called {name}"
        QTest.mouseClick(found[0], LEFT)

    def open_group(self, section: str) -> None:
        header = self.find(QAbstractButton, f"{section}_header")
        if not header.isChecked():
            QTest.mouseClick(header, LEFT)

    def type_into(self, edit: QLineEdit, text: str) -> None:
        """Replace what a line holds, letter by letter."""
        edit.setFocus()
        edit.selectAll()
        QTest.keyClicks(edit, text)

    def set_field(self, section: str, name: str, text: str) -> None:
        """Type a value into the form."""
        self.open_group(section)
        self.type_into(self.field(section, name), text)
        self.press(Qt.Key.Key_Return)

    def leave_fields(self) -> None:
        """Click on the window beside all fields."""
        self.window.centralWidget().setFocus()

    def choose(self, box: QComboBox, key: str) -> None:
        """Open a box, go to an entry, and take it."""
        index = box.findData(key)
        assert index >= 0, f"{key} is not offered"
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        self.wait(box.view().isVisible)
        box.view().setCurrentIndex(box.model().index(index, 0))
        QTest.keyClick(box.view(), Qt.Key.Key_Return)
        self.wait(lambda: not box.view().isVisible())
        assert box.currentData() == key

    def choose_in(self, dialog: QDialog, name: str, key: str) -> None:
        """Take an entry of a box in a dialog."""
        self.choose(dialog.findChild(QComboBox, name), key)

    def choose_kind(self, section: str, key: str) -> None:
        self.open_group(section)
        self.choose(self.find(QComboBox, f"{section}_kind"), key)

    def choose_preset(self, key: str) -> None:
        self.choose(self.find(QComboBox, "preset"), key)

    def pick(self, menu_name: str, entry: QAction | str) -> None:
        """Open a menu of the menu bar and click an entry, given itself or by name."""
        menu = self.open_menu(menu_name)
        names = {name: a for a in menu.actions() for name in (a.objectName(), a.text())}
        action = names[entry] if isinstance(entry, str) else entry
        assert action in menu.actions(), f"{action.text()} is not in {menu_name}"
        assert action.isEnabled(), f"{action.text()} is greyed"
        place: QRect = menu.actionGeometry(action)
        QTest.mouseClick(menu, LEFT, pos=place.center())
        self.wait(lambda: not menu.isVisible())

    def open_menu(self, name: str) -> QMenu:
        menu = self.find(QMenu, name)
        menu.popup(self.window.mapToGlobal(QPoint(0, 0)))
        self.wait(menu.isVisible)
        return menu

    def click_row(self, row: int, column: Column = Column.NAME) -> None:
        """Click a cell of the table of runs."""
        viewport = self.find(QTableView, "runsTable").viewport()
        QTest.mouseClick(viewport, LEFT, pos=self.place_of(row, column))

    def place_of(self, row: int, column: Column) -> QPoint:
        """Return where to click for a cell of the table of runs, brought into sight."""
        table = self.find(QTableView, "runsTable")
        index = table.model().index(row, column)
        table.scrollTo(index)
        return table.visualRect(index).center()

    def push_box(self, row: int) -> None:
        """Click the check box that shows or hides a run in the plots."""
        table = self.find(QTableView, "runsTable")
        index = table.model().index(row, Column.SHOWN)
        option = QStyleOptionViewItem()
        table.initViewItemOption(option)
        option.rect = table.visualRect(index)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        part = QStyle.SubElement.SE_ItemViewItemCheckIndicator
        box = table.style().subElementRect(part, option, table)
        QTest.mouseClick(table.viewport(), LEFT, pos=box.center())

    # ---- several of these at once

    def train(self) -> Run:
        """Train what the form shows to its end."""
        count = len(self.runs)
        self.click("train")
        self.wait(lambda: len(self.runs) == count + 1)
        return self.wait_for_end()

    def wait_for_end(self) -> Run:
        """Wait until the run under way is over and all views show it."""
        self.wait(lambda: self.run.state.is_over and self.button("train").isVisible())
        return self.run

    def wait_for_steps(self, count: int) -> Run:
        """Wait until the run under way has done so many steps, and is shown training."""
        self.wait(lambda: self.run.num_steps >= count)
        self.wait(lambda: self.run.state is not RunState.PREPARING)
        return self.run

    def save_as(self, path: Path) -> None:
        """Save under a name, from the File menu."""
        self.clerk.file = path
        self.pick("file_menu", self.action("save_as"))
        self.settle()

    def open(self, path: Path) -> None:
        """Open a file, from the File menu."""
        self.clerk.file = path
        self.pick("file_menu", self.action("open"))
        self.settle()

    def close(self) -> None:
        """Close the window, which must have nothing to ask, for good."""
        self.window.close()
        self.wait(lambda: self.is_closed or self.is_asking())
        assert self.is_closed, "a question is open"
        self.leave()

    def leave(self) -> None:
        """End everything, whatever it was doing; the second call does nothing."""
        if self._is_gone:
            return
        if not self.is_closed:
            self.window.shut_down()
            self.wait(lambda: self.is_closed)
        closing = asyncio.ensure_future(self.tasks.close())
        self.wait(closing.done)
        self._keys.deleteLater()
        self._reporter.close()
        self.window.destroyed.connect(self._note_deletion)
        self.window.deleteLater()  # now, before Python's collector comes upon it
        self.wait(lambda: self._is_gone)
        assert not self.defects, "\n".join(report.text for report in self.defects)


def _is_hidden(widget: QWidget, ancestor: QWidget) -> bool:
    return not widget.isVisibleTo(ancestor)
