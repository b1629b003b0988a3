"""The folder in which the person last opened or saved something."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

_KEY = "session/folder"


class LastFolder:
    """Remembered from one start to the next; at first the person's documents."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def path(self) -> Path:
        """Return the folder, or the usual one where it is gone."""
        known = self._settings.value(_KEY)
        if isinstance(known, str) and Path(known).is_dir():
            return Path(known)
        place = QStandardPaths.StandardLocation.DocumentsLocation
        return Path(QStandardPaths.writableLocation(place))

    def note(self, file: Path) -> None:
        """Remember the folder of a file."""
        self._settings.setValue(_KEY, str(file.absolute().parent))
