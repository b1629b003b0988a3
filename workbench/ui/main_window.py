"""The main window: its widgets, where they stand, and how it closes.

What the widgets do together is in the presenters: runs in `run_presenter`, files in
`session_presenter`, exports in `export_presenter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget
from typing_extensions import override

from workbench.core import paths
from workbench.core.ports import CsvWriter, DeviceFacts
from workbench.core.session import Session
from workbench.ui.dialogs.about_dialog import AboutDialog
from workbench.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from workbench.ui.dock_area import DockArea
from workbench.ui.docks.guide_view import GuideView
from workbench.ui.docks.inspector_view import InspectorView
from workbench.ui.docks.landscape_view import LandscapeView
from workbench.ui.docks.log_view import LogView
from workbench.ui.docks.loss_view import LossView
from workbench.ui.docks.parameters_view import ParametersView
from workbench.ui.docks.picture_view import PictureView
from workbench.ui.docks.postmortem_view import PostmortemView
from workbench.ui.docks.rates_view import RatesView
from workbench.ui.docks.runs_view import RunsView
from workbench.ui.export_presenter import ExportPresenter
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.icons import IconKeeper
from workbench.ui.insight_presenter import InsightPresenter, InsightViews
from workbench.ui.notice_bar import NoticeBar
from workbench.ui.plots.run_pen import run_pen
from workbench.ui.recent_files import RecentFiles
from workbench.ui.run_controller import RunController
from workbench.ui.run_presenter import RunPresenter
from workbench.ui.run_toolbar import RunToolbar
from workbench.ui.sampling_presenter import SamplingPresenter
from workbench.ui.session_document import SessionDocument
from workbench.ui.session_presenter import SessionPresenter
from workbench.ui.status_line import StatusLine
from workbench.ui.tasks import TaskRunner
from workbench.ui.theme import Scheme, ThemeWatcher
from workbench.ui.views import Views
from workbench.ui.window_actions import ACTIONS, build_actions, tr
from workbench.ui.window_memory import WindowMemory
from workbench.ui.window_menus import WindowMenus

Role = QPalette.ColorRole

_MEMORY_EVERY_MS = 1000
_PRIMARY = {"train", "resume"}  # what the person most likely wants next


@dataclass(frozen=True)
class WindowParts:
    """What the window works with, built by `app`."""

    document: SessionDocument
    controller: RunController
    tasks: TaskRunner
    recent: RecentFiles
    theme: ThemeWatcher
    write_csv: CsvWriter
    memory: WindowMemory


class MainWindow(QMainWindow):
    """Holds the docks and the presenters; closes only when everything is settled."""

    closed = Signal()  # once, when nothing is left to be done

    def __init__(self, parts: WindowParts) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._parts = parts
        self._is_arranged = False
        self._is_settled = False
        self._is_closing = False
        self._icons = IconKeeper(parts.theme, self)
        self.window_actions = build_actions(self)
        self._give_icons()
        self._build_widgets()
        self._build_docks()
        self._build_presenters()
        self._build_menus()
        self._connect()
        parts.memory.restore_place(self)

    def set_devices(self, devices: Sequence[DeviceFacts]) -> None:
        """Show what there is to compute on."""
        self.runs.set_devices(devices)

    @Slot()
    def shut_down(self) -> None:
        """End the run, save what has a file, and close without a question.

        For when the system ends the program: there is nobody to ask.
        """
        if not self._is_settled:
            self._parts.tasks.start(self._save_and_close(), "shut-down")

    async def _save_and_close(self) -> None:
        await self._parts.controller.stop_and_wait()
        document = self._parts.document
        if document.is_modified and document.path is not None:
            await document.save()
        self._finish()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_arranged:
            self._is_arranged = True
            QTimer.singleShot(0, self, self._arrange)  # once the docks know their room

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()  # whatever goes wrong below, nothing is lost
        if self._is_settled:
            event.accept()
        elif not self._is_closing:
            self._is_closing = True
            self._parts.tasks.start(self._settle_and_close())

    @Slot()
    def _arrange(self) -> None:
        self._parts.memory.restore_layout(self.docks, self.views.runs.table)

    async def _settle_and_close(self) -> None:
        try:
            if await self.sessions.settle():
                self._finish()
        finally:
            self._is_closing = False

    def _finish(self) -> None:
        self._parts.memory.save(self, self.docks, self.views.runs.table)
        self._is_settled = True
        self.close()
        self.closed.emit()

    def _give_icons(self) -> None:
        for spec in ACTIONS:
            if spec.icon:
                role = Role.Accent if spec.key in _PRIMARY else Role.ButtonText
                self._icons.give(self.window_actions[spec.key], spec.icon, role)

    def _build_widgets(self) -> None:
        self.panel = ExperimentPanel()
        self.log = LogView()
        self.toolbar = RunToolbar(self.window_actions, self)
        self.addToolBar(self.toolbar)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.status = StatusLine(self)
        self.setStatusBar(self.status)
        self.notices = NoticeBar()
        self.insight = InsightViews(
            parameters=ParametersView(),
            inspector=InspectorView(),
            landscape=LandscapeView(),
            postmortem=PostmortemView(),
            guide=GuideView(),
        )
        self.views = Views(
            LossView(),
            RatesView(),
            PictureView(),
            RunsView(run_pen),
            self.insight.of_runs(),
            self,
        )

    def _build_docks(self) -> None:
        host = QMainWindow()  # a window inside the window: the notices stay above all docks
        host.setWindowFlags(Qt.WindowType.Widget)
        center = QWidget()
        layout = QVBoxLayout(center)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notices)
        layout.addWidget(host, 1)
        center.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCentralWidget(center)
        center.setFocus()  # no field has it yet: the space bar starts to train
        self.docks = DockArea(host)
        self.docks.add("experiment", tr("Experiment"), self.panel)
        self.docks.add("loss", tr("Loss"), self.views.loss)
        self.docks.add("rates", tr("Effective learning rates"), self.views.rates)
        self.docks.add("picture", tr("Predictions"), self.views.picture)
        self.docks.add("landscape", tr("Landscape"), self.insight.landscape)
        self.docks.add("inspector", tr("Step"), self.insight.inspector)
        self.docks.add("guide", tr("Guide"), self.insight.guide)
        self.docks.add("parameters", tr("Parameters"), self.insight.parameters)
        self.docks.add("runs", tr("Runs"), self.views.runs)
        self.docks.add("postmortem", tr("Post-mortem"), self.insight.postmortem)
        self.docks.add("log", tr("Log"), self.log)

    def _build_presenters(self) -> None:
        parts, actions = self._parts, self.window_actions
        self.sessions = SessionPresenter(
            parts.document,
            parts.controller,
            panel=self.panel,
            views=self.views,
            recent=parts.recent,
            tasks=parts.tasks,
            actions=actions,
            layout=self.docks.save,
            window=self,
        )
        self.runs = RunPresenter(
            parts.controller,
            parts.document,
            panel=self.panel,
            toolbar=self.toolbar,
            views=self.views,
            log=self.log,
            status=self.status,
            notices=self.notices,
            actions=actions,
            parent=self,
        )
        self.insights = InsightPresenter(
            parts.controller,
            parts.document,
            panel=self.panel,
            views=self.views,
            insight=self.insight,
            docks=self.docks,
            tasks=parts.tasks,
            parent=self,
        )
        self.sampling = SamplingPresenter(
            self.panel, parts.document, self.views.rates.sampling, self
        )
        self.exports = ExportPresenter(
            self.views, self._session, parts.write_csv, parts.tasks, actions, self
        )

    def _build_menus(self) -> None:
        menus = WindowMenus(
            self,
            self.window_actions,
            recent=self._parts.recent,
            exports=self.exports,
            docks=self.docks,
            undo_stack=self.panel.undo_stack,
            scheme=self._parts.theme.scheme,
        )
        menus.scheme_chosen.connect(self._choose_theme)

    def _connect(self) -> None:
        actions, document = self.window_actions, self._parts.document
        actions["quit"].triggered.connect(self.close)
        actions["reset_layout"].triggered.connect(self.docks.reset)
        actions["shortcuts"].triggered.connect(self._show_shortcuts)
        actions["about"].triggered.connect(self._show_about)
        document.title_changed.connect(self.setWindowTitle)
        document.modified_changed.connect(self._on_modified)
        document.saved.connect(self._on_saved)
        self.sessions.layout_replaced.connect(self._restore_layout)
        self.sessions.session_shown.connect(self.runs.show_session)
        self.sessions.session_shown.connect(self._on_session_shown)
        self.sessions.told.connect(self.tell)
        self.exports.told.connect(self.tell)
        self._parts.tasks.problem_found.connect(self.tell_problem)
        self.setWindowTitle(document.title)
        self._memory_timer = QTimer(self)
        self._memory_timer.setInterval(_MEMORY_EVERY_MS)
        self._memory_timer.timeout.connect(self.status.refresh_memory)
        self._memory_timer.start()

    @Slot(str, bool)
    def tell(self, sentence: str, is_problem: bool) -> None:
        """Show a sentence in the notice bar and keep it in the log."""
        self.notices.show_notice(sentence, is_problem=is_problem)
        self.log.add("error" if is_problem else "info", sentence)

    @Slot(str)
    def tell_problem(self, sentence: str) -> None:
        """Show what the person has to mend."""
        self.tell(sentence, True)

    @Slot(bool)
    def _on_modified(self, is_modified: bool) -> None:
        self.setWindowModified(is_modified)

    @Slot()
    def _on_saved(self) -> None:
        self.notices.clear()  # whatever kept it from being saved before
        self.status.show_saved(datetime.now().astimezone())

    @Slot()
    def _on_session_shown(self) -> None:
        self.notices.clear()  # they were about the session before
        self.status.show_saved(_saved_at(self._parts.document.path))

    @Slot(bytes)
    def _restore_layout(self, layout: bytes) -> None:
        if layout and not self.docks.restore(layout):
            self.log.add("notice", tr("The layout in this session cannot be restored."))

    @Slot(object)
    def _choose_theme(self, scheme: Scheme) -> None:
        self._parts.theme.set_scheme(scheme)
        self._parts.memory.scheme = scheme

    @Slot()
    def _show_shortcuts(self) -> None:
        ShortcutsDialog(self.window_actions.values(), self).open()

    @Slot()
    def _show_about(self) -> None:
        folders = {
            tr("Data sets"): paths.data_folder(),
            tr("Settings"): paths.settings_file().parent,
            tr("Log"): paths.log_file().parent,
        }
        AboutDialog(folders, self).open()

    def _session(self) -> Session:
        return self._parts.document.session


def _saved_at(path: Path | None) -> datetime | None:
    """Return when a file was last written, in local time; None where that is unknown."""
    if path is None:
        return None
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError:
        return None
