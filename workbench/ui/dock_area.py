"""The docks of the main window: made once, hidden and shown, arranged and remembered."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget
from typing_extensions import override

from workbench.ui.dock_title import DockTitle

_FORM_WIDTH = 336
_TABLE_HEIGHT = 168  # at most; in low windows the plots need the room more
# Raise when docks are added or renamed, so that old layouts are dropped.
_LAYOUT_VERSION = 2
# Docks that share a place, the one in front first.
_TABS = (
    ("picture", "landscape"),
    ("picture", "inspector"),
    ("picture", "guide"),
    ("rates", "postmortem"),
    ("runs", "log"),
)


class DockArea(QObject):
    """Puts widgets into docks of a window, which are all that it holds."""

    layout_changed = Signal()  # the person moved, showed, closed or resized a dock

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        self._titles: dict[str, DockTitle] = {}
        self._is_arranging = False  # it is not the person who moves the docks
        window.installEventFilter(self)
        window.setDockNestingEnabled(True)
        window.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AnimatedDocks
        )
        window.setTabPosition(
            Qt.DockWidgetArea.AllDockWidgetAreas,
            window.tabPosition(Qt.DockWidgetArea(1)).North,
        )

    def add(self, key: str, title: str, content: QWidget) -> QDockWidget:
        """Put a widget into a dock of its own."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"{key}_dock")
        dock.setWidget(content)
        self._titles[key] = DockTitle(dock)
        dock.setTitleBarWidget(self._titles[key])
        for moved in (dock.dockLocationChanged, dock.topLevelChanged):
            moved.connect(self._title_later)
            moved.connect(self._on_moved)
        dock.toggleViewAction().triggered.connect(self._on_moved)
        dock.visibilityChanged.connect(self._title_later)
        self._docks[key] = dock
        return dock

    def __getitem__(self, key: str) -> QDockWidget:
        return self._docks[key]

    def toggle_actions(self) -> list[QAction]:
        """Return an action for each dock that shows and hides it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def bring_up(self, key: str) -> None:
        """Show a dock in front of those that share its place."""
        self._docks[key].show()
        self._docks[key].raise_()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease:
            self._on_moved()  # all that the window itself gets are drags between docks
        return super().eventFilter(watched, event)

    @Slot()
    def reset(self) -> None:
        """Arrange all docks as at the first start."""
        self._is_arranging = True
        self._arrange()
        self._is_arranging = False

    def _arrange(self) -> None:
        left, right = (
            Qt.DockWidgetArea.LeftDockWidgetArea,
            Qt.DockWidgetArea.RightDockWidgetArea,
        )
        window, docks = self._window, self._docks
        for dock in docks.values():
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(left, docks["experiment"])
        window.addDockWidget(right, docks["loss"])
        vertical, horizontal = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
        window.splitDockWidget(docks["loss"], docks["runs"], vertical)
        window.splitDockWidget(docks["loss"], docks["picture"], horizontal)
        window.splitDockWidget(docks["loss"], docks["rates"], vertical)
        window.splitDockWidget(docks["picture"], docks["parameters"], vertical)
        for front, behind in _TABS:
            window.tabifyDockWidget(docks[front], docks[behind])
        for dock in docks.values():
            dock.show()
        for front, _ in reversed(_TABS):
            docks[front].raise_()
        self._share_space()

    def _share_space(self) -> None:
        """Give the form its width, the table some lines, the plots all the rest."""
        width, height = self._window.width(), self._window.height()
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        plots = width - _FORM_WIDTH
        columns = [self._docks[key] for key in ("experiment", "loss", "picture")]
        shares = [_FORM_WIDTH, plots * 13 // 20, plots * 7 // 20]
        self._window.resizeDocks(columns, shares, horizontal)
        rows = [self._docks[key] for key in ("loss", "rates", "runs")]
        table = min(_TABLE_HEIGHT, height // 5)
        half = (height - table) // 2
        self._window.resizeDocks(rows, [half, half, table], vertical)
        right = [self._docks[key] for key in ("picture", "parameters")]
        self._window.resizeDocks(right, [5 * half // 4, 3 * half // 4], vertical)

    @Slot()
    def _on_moved(self) -> None:
        if not self._is_arranging:
            self.layout_changed.emit()

    @Slot()
    def _title_later(self) -> None:
        QTimer.singleShot(0, self, self._show_titles)  # once the docks stand

    @Slot()
    def _show_titles(self) -> None:
        """Show the titles of the docks that no tab names."""
        for key, dock in self._docks.items():
            tabs = [] if dock.isFloating() else self._window.tabifiedDockWidgets(dock)
            self._titles[key].set_shown(not any(map(_is_open, tabs)))

    def save(self) -> bytes:
        """Return the arrangement."""
        return bytes(self._window.saveState(_LAYOUT_VERSION).data())

    def restore(self, state: bytes) -> bool:
        """Arrange the docks as saved; False, and nothing changed, where that fails."""
        self._is_arranging = True
        done = self._window.restoreState(QByteArray(state), _LAYOUT_VERSION)
        self._is_arranging = False
        return bool(state) and done


def _is_open(dock: QDockWidget) -> bool:
    return not dock.isHidden() and not dock.isFloating()
