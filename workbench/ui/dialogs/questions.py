"""Questions to the person that a task can await; the window stays alive meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from workbench.ui.dialogs.plain_buttons import drop_icons

EXTENSION = ".wbs"


def with_extension(path: Path) -> Path:
    """Return a path of a session file, whose extension may have been left out."""
    if path.suffix.lower() == EXTENSION:
        return path
    return path.with_name(path.name + EXTENSION)


class Questions(Protocol):
    """What a document has to ask."""

    async def ask_file_to_open(self, folder: Path) -> Path | None:
        """Ask for a session file; None: the person thought better of it."""

    async def ask_file_to_save(self, suggestion: Path) -> Path | None:
        """Ask under which name to save, overwriting only what was agreed to."""


class _Reply(QObject):
    """Turns the end of a dialog into the result of a future."""

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        self.future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        dialog.finished.connect(self._take)

    @Slot(int)
    def _take(self, result: int) -> None:
        if not self.future.done():
            self.future.set_result(result)


async def shown(dialog: QDialog) -> int:
    """Open a dialog, wait until it is closed, and return its result."""
    reply = _Reply(dialog)
    drop_icons(dialog)
    dialog.open()
    try:
        return await reply.future
    finally:
        dialog.close()  # where the waiting task was cancelled
        dialog.deleteLater()


class QtQuestions(QObject):
    """Asks with the system's dialogs above a window."""

    def __init__(self, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._window = window

    def set_window(self, window: QWidget) -> None:
        """Say above which window to ask from now on."""
        self.setParent(window)
        self._window = window

    async def ask_file_to_open(self, folder: Path) -> Path | None:
        """Ask for a session file."""
        dialog = self._file_dialog(self.tr("Open Session"))
        dialog.setObjectName("openSession")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setDirectory(str(folder))
        return await _chosen(dialog)

    async def ask_file_to_save(self, suggestion: Path) -> Path | None:
        """Ask under which name to save."""
        dialog = self._file_dialog(self.tr("Save Session As"))
        dialog.setObjectName("saveSession")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(EXTENSION.removeprefix("."))
        dialog.setDirectory(str(suggestion.parent))
        dialog.selectFile(suggestion.name)
        return await _chosen(dialog)

    def _file_dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setNameFilters(
            [
                self.tr("Workbench sessions (*{0})").format(EXTENSION),
                self.tr("All files (*)"),
            ]
        )
        return dialog


async def _chosen(dialog: QFileDialog) -> Path | None:
    accepted = await shown(dialog) == QDialog.DialogCode.Accepted
    files = dialog.selectedFiles()
    return Path(files[0]) if accepted and files else None
