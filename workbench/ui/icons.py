"""Icons by the name of what they stand for; they follow the theme."""

from __future__ import annotations

from pathlib import Path

import qtawesome
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QIcon, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication
from shiboken6 import isValid

from workbench.ui.theme import ThemeWatcher

Role = QPalette.ColorRole
Group = QPalette.ColorGroup

_NAMES = {
    "train": "mdi6.play",
    "pause": "mdi6.pause",
    "resume": "mdi6.play-pause",
    "step": "mdi6.skip-next",
    "stop": "mdi6.stop",
    "new": "mdi6.file-outline",
    "open": "mdi6.folder-open-outline",
    "save": "mdi6.content-save-outline",
    "save-as": "mdi6.content-save-edit-outline",
    "close": "mdi6.close",
    "quit": "mdi6.exit-to-app",
    "export": "mdi6.export-variant",
    "picture": "mdi6.image-outline",
    "table": "mdi6.table-arrow-down",
    "copy": "mdi6.content-copy",
    "delete": "mdi6.trash-can-outline",
    "rename": "mdi6.pencil-outline",
    "reset": "mdi6.restore",
    "settings": "mdi6.cog-outline",
    "help": "mdi6.help-circle-outline",
    "info": "mdi6.information-outline",
    "warning": "mdi6.alert-outline",
    "error": "mdi6.alert-circle-outline",
    "done": "mdi6.check",
    "folder": "mdi6.folder-outline",
    "file": "mdi6.file-document-outline",
    "float": "mdi6.dock-window",
    "fit": "mdi6.fit-to-page-outline",
    "legend": "mdi6.format-list-bulleted-type",
    "expand": "mdi6.chevron-down",
    "collapse": "mdi6.chevron-right",
    "visible": "mdi6.eye-outline",
    "hidden": "mdi6.eye-off-outline",
    "back": "mdi6.arrow-left",
    "forward": "mdi6.arrow-right",
    "find": "mdi6.magnify",
    "up": "mdi6.chevron-up",
    "app": "mdi6.chart-bell-curve-cumulative",
}


def icon_names() -> tuple[str, ...]:
    """List the names that `icon` knows."""
    return tuple(_NAMES)


def app_icon(resources: Path) -> QIcon:
    """Return the icon of the window itself; `resources` is the folder that has it."""
    return QIcon(str(resources / "icons" / "workbench.svg"))


def icon(name: str, palette: QPalette | None = None, role: Role = Role.ButtonText) -> QIcon:
    """Return the icon of that name in a colour of a palette (the application's).

    Raises:
        KeyError: for a name that is not in `icon_names`.
    """
    colours = palette or QApplication.palette()
    made: QIcon = qtawesome.icon(
        _NAMES[name],
        color=colours.color(Group.Active, role),
        color_disabled=colours.color(Group.Disabled, Role.ButtonText),
        color_selected=colours.color(Group.Active, Role.HighlightedText),
    )
    return made


class IconKeeper(QObject):
    """Gives actions and buttons their icons, and new ones when the theme changes."""

    def __init__(self, watcher: ThemeWatcher, parent: QObject | None = None) -> None:
        super().__init__(parent or watcher)
        self._targets: list[tuple[QAction | QAbstractButton, str, Role]] = []
        watcher.theme_changed.connect(self._recolour)

    def give(
        self, target: QAction | QAbstractButton, name: str, role: Role = Role.ButtonText
    ) -> None:
        """Set the icon of that name on the target, from now on in the right colours."""
        target.setIcon(icon(name, role=role))
        self._targets = [held for held in self._targets if held[0] is not target]
        self._targets.append((target, name, role))

    @Slot()
    def _recolour(self) -> None:
        self._targets = [held for held in self._targets if isValid(held[0])]
        for target, name, role in self._targets:
            target.setIcon(icon(name, role=role))
