"""The sessions that were opened or saved last, remembered from one start to the next."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

MAX_FILES = 15
_KEY = "recent/files"


class RecentFiles(QObject):
    """At most `MAX_FILES` paths, newest first; those that are gone are left out."""

    file_chosen = Signal(object)  # Path

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    def paths(self) -> list[Path]:
        """Return the files that still exist, newest first."""
        return [path for path in self._remembered() if _is_file(path)]

    def add(self, path: Path) -> None:
        """Put a file first."""
        path = path.absolute()
        others = [known for known in self._remembered() if known != path]
        self._store([path, *others][:MAX_FILES])

    @Slot()
    def clear(self) -> None:
        """Forget all files."""
        self._store([])

    def build_menu(self, menu: QMenu) -> None:
        """Fill a menu with the files anew each time it is about to be shown."""
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self._fill_menu(menu)

    @Slot()
    def _fill(self) -> None:
        menu = self.sender()
        if isinstance(menu, QMenu):
            self._fill_menu(menu)

    def _fill_menu(self, menu: QMenu) -> None:
        menu.clear()
        paths = self.paths()
        names = Counter(path.name for path in paths)
        for number, path in enumerate(paths, start=1):
            where = f" – {path.parent}" if names[path.name] > 1 else ""
            text = f"{path.name}{where}".replace("&", "&&")
            action = menu.addAction(f"&{number} {text}" if number < 10 else text)
            action.setData(str(path))
            action.setToolTip(str(path))
            action.triggered.connect(self._choose)
        if not paths:
            menu.addAction(self.tr("No files yet")).setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction(self.tr("&Clear")).triggered.connect(self.clear)

    @Slot()
    def _choose(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.file_chosen.emit(Path(str(action.data())))

    def _remembered(self) -> list[Path]:
        """Read the list; whatever in it is no absolute path is passed over."""
        value = self._settings.value(_KEY, [])
        texts = value if isinstance(value, list) else [value]
        paths = [Path(text) for text in texts if isinstance(text, str) and "\0" not in text]
        return list(dict.fromkeys(path for path in paths if path.is_absolute()))

    def _store(self, paths: list[Path]) -> None:
        self._settings.setValue(_KEY, [str(path) for path in paths])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long, or a drive that is gone
        return False
