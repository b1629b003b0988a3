"""Remembers where the window stood, how its docks were arranged, and its theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, QSize
from PySide6.QtWidgets import QMainWindow

from workbench.ui.dock_area import DockArea
from workbench.ui.docks.runs_table import RunsTable
from workbench.ui.theme import Scheme

_SIZE = QSize(1440, 900)
_FRAME = QSize(8, 40)  # pixels that the system's frame and title may take of the screen
_GEOMETRY, _LAYOUT = "window/geometry", "window/layout"
_COLUMNS, _THEME = "window/run_columns", "window/theme"


class WindowMemory:
    """Reads and writes the settings file; whatever in it makes no sense is ignored."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def scheme(self) -> Scheme:
        """Return the theme that was chosen."""
        try:
            return Scheme(str(self._settings.value(_THEME, Scheme.SYSTEM.value)))
        except ValueError:  # from another version
            return Scheme.SYSTEM

    @scheme.setter
    def scheme(self, scheme: Scheme) -> None:
        self._settings.setValue(_THEME, scheme.value)

    def save(self, window: QMainWindow, docks: DockArea, table: RunsTable) -> None:
        """Note how everything stands."""
        self._settings.setValue(_GEOMETRY, window.saveGeometry())
        self._settings.setValue(_LAYOUT, QByteArray(docks.save()))
        self._settings.setValue(_COLUMNS, QByteArray(table.save_columns()))
        self._settings.sync()

    def restore_place(self, window: QMainWindow) -> None:
        """Put the window where it was, or give it its usual size."""
        geometry = self._settings.value(_GEOMETRY)
        if not (isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)):
            window.resize(_SIZE.boundedTo(window.screen().availableSize() - _FRAME))

    def restore_layout(self, docks: DockArea, table: RunsTable) -> None:
        """Arrange the docks as they were; the window must be shown, to have its size."""
        docks.reset()
        docks.restore(self._bytes(_LAYOUT))
        table.restore_columns(self._bytes(_COLUMNS))

    def _bytes(self, key: str) -> bytes:
        value = self._settings.value(key)
        return bytes(value.data()) if isinstance(value, QByteArray) else b""
