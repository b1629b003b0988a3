"""Exports of the window: a plot as a picture, a run as tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from workbench.core.ports import CsvWriter
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.ui.dialogs.questions import shown
from workbench.ui.notice_bar import Notice
from workbench.ui.pictures import write_pictures
from workbench.ui.tasks import TaskRunner
from workbench.ui.views import Views


class ExportPresenter(QObject):
    """Asks where to, writes, and tells what was written."""

    told = Signal(object)  # a Notice

    def __init__(
        self,
        views: Views,
        session: Callable[[], Session],
        write_csv: CsvWriter,
        tasks: TaskRunner,
        actions: dict[str, QAction],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._views, self._session = views, session
        self._write_csv, self._tasks = write_csv, tasks
        self._actions, self._window = actions, window
        actions["export_csv"].triggered.connect(self._export_focused)
        views.runs.csv_requested.connect(self.export_tables)
        views.runs.png_requested.connect(self.export_pictures)
        views.runs.run_focused.connect(self._offer)
        self._offer(views.runs.focused_run())

    def build_menu(self, menu: QMenu) -> None:
        """List the plots in a menu, anew each time it is about to be shown."""
        self._menu = menu
        menu.aboutToShow.connect(self._fill_menu)
        self._fill_menu()

    @Slot()
    def _fill_menu(self) -> None:
        """List the plots of the present runs; each opens the dialog that writes it."""
        self._menu.clear()
        for name, plot in self._views.plots().items():
            action = self._menu.addAction(plot.title + self.tr("…"))
            action.setObjectName(f"export_{name}")
            action.setEnabled(not plot.message)
            action.triggered.connect(plot.open_export_dialog)

    @Slot(object)
    def export_pictures(self, run: Run) -> None:
        """Ask for a folder and write the run's pictures into it."""
        self._tasks.start(self._ask_and_draw(run))

    @Slot(object)
    def export_tables(self, run: Run) -> None:
        """Ask for a folder and write the run's tables into it."""
        self._tasks.start(self._ask_and_write(run))

    @Slot()
    def _export_focused(self) -> None:
        run = self._views.runs.focused_run()
        if run is not None:
            self.export_tables(run)

    @Slot(object)
    def _offer(self, run: Run | None) -> None:
        self._actions["export_csv"].setEnabled(run is not None)

    async def _ask_and_write(self, run: Run) -> None:
        folder = await self._ask_folder(self.tr("Folder for the tables"))
        if folder is not None:
            self._tell(await asyncio.to_thread(self._write_csv, run, folder))

    async def _ask_and_draw(self, run: Run) -> None:
        folder = await self._ask_folder(self.tr("Folder for the pictures"))
        if folder is None:
            return
        if written := write_pictures(self._session(), run, folder):
            self._tell(written)
        else:
            words = self.tr("{name} has nothing to draw: it ended before its first step.")
            self.told.emit(Notice(words.format(name=run.name)))

    async def _ask_folder(self, title: str) -> Path | None:
        dialog = QFileDialog(self._window, title)
        dialog.setObjectName("export_folder_dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        return Path(dialog.selectedFiles()[0]) if await shown(dialog) else None

    def _tell(self, written: list[Path]) -> None:
        names = ", ".join(path.name for path in written)
        words = self.tr("Wrote {names} to {folder}")
        words = words.format(names=names, folder=written[0].parent)
        self.told.emit(Notice(words, is_problem=False))
