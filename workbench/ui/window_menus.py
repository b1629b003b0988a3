"""Fills the menu bar: the actions by their table, and the menus that list what there is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QUndoStack
from PySide6.QtWidgets import QMainWindow, QMenu

from workbench.ui.dock_area import DockArea
from workbench.ui.export_presenter import ExportPresenter
from workbench.ui.recent_files import RecentFiles
from workbench.ui.theme import Scheme
from workbench.ui.window_actions import build_menus, tr


class WindowMenus(QObject):
    """The menus of the main window."""

    scheme_chosen = Signal(object)  # Scheme

    def __init__(  # noqa: PLR0913 - one for each menu that lists something
        self,
        window: QMainWindow,
        actions: dict[str, QAction],
        *,
        recent: RecentFiles,
        exports: ExportPresenter,
        docks: DockArea,
        undo_stack: QUndoStack,
        scheme: Scheme,
    ) -> None:
        super().__init__(window)
        self._window = window
        _add_undo(window, actions, undo_stack)
        submenus = {
            "recent": QMenu(tr("Open &recent"), window),
            "pictures": QMenu(tr("Export &picture"), window),
            "docks": QMenu(tr("&Docks"), window),
            "theme": QMenu(tr("&Theme"), window),
        }
        for key, menu in submenus.items():
            menu.setObjectName(f"{key}_menu")
        recent.build_menu(submenus["recent"])
        exports.build_menu(submenus["pictures"])
        submenus["docks"].addActions(docks.toggle_actions())
        self._fill_themes(submenus["theme"], scheme)
        build_menus(window.menuBar(), actions, submenus)

    def _fill_themes(self, menu: QMenu, chosen: Scheme) -> None:
        group = QActionGroup(self)
        titles = {
            Scheme.SYSTEM: tr("&As the system"),
            Scheme.LIGHT: tr("&Light"),
            Scheme.DARK: tr("&Dark"),
        }
        for scheme, title in titles.items():
            action = menu.addAction(title)
            action.setObjectName(f"theme_{scheme.value}")
            action.setData(scheme.value)
            action.setCheckable(True)
            action.setChecked(scheme is chosen)
            group.addAction(action)
        group.triggered.connect(self._on_theme)

    @Slot(QAction)
    def _on_theme(self, action: QAction) -> None:
        self.scheme_chosen.emit(Scheme(action.data()))


def _add_undo(window: QMainWindow, actions: dict[str, QAction], stack: QUndoStack) -> None:
    """Add undo and redo, whose words and states come from the form's history."""
    actions["undo"] = stack.createUndoAction(window, tr("&Undo"))
    actions["undo"].setIconText(tr("Undo"))  # without what would be undone just now
    actions["undo"].setShortcut("Ctrl+Z")
    actions["redo"] = stack.createRedoAction(window, tr("&Redo"))
    actions["redo"].setIconText(tr("Redo"))
    actions["redo"].setShortcut("Ctrl+Shift+Z")
