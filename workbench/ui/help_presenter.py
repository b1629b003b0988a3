"""Shows the dialogs of the Help menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from workbench.core import paths
from workbench.ui.dialogs.about_dialog import AboutDialog
from workbench.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from workbench.ui.window_actions import tr


class HelpPresenter(QObject):
    """Connects the actions of the Help menu."""

    def __init__(self, actions: dict[str, QAction], window: QWidget) -> None:
        super().__init__(window)
        self._all_actions, self._window = actions, window
        actions["shortcuts"].triggered.connect(self._show_shortcuts)
        actions["about"].triggered.connect(self._show_about)

    @Slot()
    def _show_shortcuts(self) -> None:
        ShortcutsDialog(self._all_actions.values(), self._window).open()

    @Slot()
    def _show_about(self) -> None:
        folders = {
            tr("Data sets"): paths.data_folder(),
            tr("Settings"): paths.settings_file().parent,
            tr("Log"): paths.log_file().parent,
        }
        AboutDialog(folders, self._window).open()
