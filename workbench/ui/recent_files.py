"""The sessions to open again: those with names that were last used, and those without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from workbench.core.saving import Home, LeftSession
from workbench.ui.clock_words import day_and_time

MAX_FILES = 15
_MAX_UNNAMED = 5  # in the menu; a dialog lists all
_KEY = "recent/files"


class RecentFiles(QObject):
    """At most `MAX_FILES` paths, newest first; those that are gone are left out."""

    file_chosen = Signal(object)  # Path
    all_wanted = Signal()  # the person wants to see all sessions without a name

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._left: list[LeftSession] = []

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

    def set_left(self, left: Sequence[LeftSession]) -> None:
        """Offer these sessions too, which are in the program's own folder."""
        self._left = [one for one in left if one.home is not Home.NAMED]

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
        self._add_left(menu)
        if paths:
            menu.addSeparator()
            menu.addAction(self.tr("&Clear")).triggered.connect(self.clear)

    def _add_left(self, menu: QMenu) -> None:
        if not self._left:
            return
        menu.addSection(self.tr("Unnamed sessions"))
        for one in self._left[:_MAX_UNNAMED]:
            action = menu.addAction(describe_left(one).replace("&", "&&"))
            action.setData(str(one.path))
            action.setToolTip(str(one.path))
            action.triggered.connect(self._choose)
        menu.addAction(self.tr("&Show all…")).triggered.connect(self.all_wanted)

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


def describe_left(left: LeftSession) -> str:
    """Tell a session without a name by its time, its runs, and what it is a copy of."""
    runs = f"{left.num_runs:,} run{'s' * (left.num_runs != 1)}"
    words = [day_and_time(left.written_at), runs]
    if left.home is Home.COPY:
        words.insert(0, f"{left.name} (copy)")
    return " · ".join(words)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long, or a drive that is gone
        return False
