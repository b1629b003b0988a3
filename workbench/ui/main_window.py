"""The main window: its widgets, where they stand, and how it closes.

What the widgets do together is in the presenters: runs in `run_presenter`, files in
`session_presenter`, what keeps them from being lost in `keeping`, exports in
`export_presenter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QMainWindow
from typing_extensions import override

from workbench.core.ports import CsvWriter, DeviceFacts
from workbench.core.saving import SessionStore
from workbench.core.session import Session
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
from workbench.ui.guarding import guarded
from workbench.ui.help_presenter import HelpPresenter
from workbench.ui.icons import IconKeeper
from workbench.ui.insight_presenter import InsightPresenter, InsightViews
from workbench.ui.keeping import Keeping, KeepingParts
from workbench.ui.notice_bar import Notice, NoticeBar
from workbench.ui.plots.run_pen import run_pen
from workbench.ui.recent_files import RecentFiles
from workbench.ui.run_controller import RunController
from workbench.ui.run_presenter import RunPresenter
from workbench.ui.run_toolbar import RunToolbar
from workbench.ui.sampling_presenter import SamplingPresenter
from workbench.ui.session_document import SessionDocument
from workbench.ui.status_line import StatusLine
from workbench.ui.tasks import TaskRunner
from workbench.ui.theme import Scheme, ThemeWatcher
from workbench.ui.views import Views
from workbench.ui.window_actions import ACTIONS, build_actions, tr
from workbench.ui.window_docks import build_center, fill_docks
from workbench.ui.window_memory import WindowMemory
from workbench.ui.window_menus import WindowMenus

Role = QPalette.ColorRole

_MEMORY_EVERY_MS = 1000
_PRIMARY = {"train", "resume", "continue_run"}  # what the person most likely wants next
_SAID_FOR_MS = 3000


@dataclass(frozen=True)
class WindowParts:
    """What the window works with, built by `app`."""

    store: SessionStore
    settings: QSettings
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

    def begin(self, path: Path | None = None) -> None:
        """Put the session on the disk, open the file that was named, look what was left."""
        self._parts.tasks.start(self._begin(path))

    @Slot()
    def shut_down(self) -> None:
        """End the run, keep everything, and close without a question.

        For when the system ends the program: there is nobody to ask.
        """
        if not self._is_settled:
            self.keeping.closing.end()

    async def _begin(self, path: Path | None) -> None:
        await self._parts.document.begin()
        if path is not None:
            await self.keeping.sessions.open_session(path)
        await self.keeping.recovery.look()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_arranged:
            self._is_arranged = True
            QTimer.singleShot(0, self, self._arrange)  # once the docks know their room

    @override
    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()  # whatever goes wrong below, nothing is lost
        if self._is_settled:
            event.accept()
        else:
            self.keeping.closing.close()

    @Slot()
    def _arrange(self) -> None:
        self._parts.memory.restore_layout(self.docks, self.views.runs.table)

    @Slot()
    def _finish(self) -> None:
        self.keeping.recovery.note_end()
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
        self.docks = build_center(self, self.notices)
        fill_docks(self.docks, self.panel, self.views, self.insight, self.log)

    def _build_presenters(self) -> None:
        parts, actions = self._parts, self.window_actions
        self.keeping = self._build_keeping()
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

    def _build_keeping(self) -> Keeping:
        parts = self._parts
        return Keeping(
            KeepingParts(
                store=parts.store,
                settings=parts.settings,
                document=parts.document,
                controller=parts.controller,
                recent=parts.recent,
                tasks=parts.tasks,
                panel=self.panel,
                views=self.views,
                status=self.status,
                notices=self.notices,
                actions=self.window_actions,
                layout=self.docks.save,
                tell=self.tell,
                window=self,
            )
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
        actions["reset_layout"].triggered.connect(document.mark_modified)
        self.keeping.sessions.layout_replaced.connect(self._restore_layout)
        self.keeping.sessions.session_shown.connect(self.runs.show_session)
        self.keeping.sessions.session_shown.connect(self.notices.clear)
        self.keeping.removal.removed.connect(self.runs.forget)
        self.keeping.sessions.saved.connect(self._on_saved)
        self.keeping.sessions.opened.connect(self._on_opened)
        self.keeping.closing.settled.connect(self._finish)
        self.docks.layout_changed.connect(document.mark_modified)
        self.exports.told.connect(self.tell)
        self._parts.tasks.problem_found.connect(self.tell_problem)
        HelpPresenter(actions, self)
        self._memory_timer = QTimer(self)
        self._memory_timer.setInterval(_MEMORY_EVERY_MS)
        self._memory_timer.timeout.connect(self.status.refresh_memory)
        self._memory_timer.start()

    @Slot(object)
    def tell(self, notice: Notice) -> None:
        """Show a notice and keep it in the log."""
        self.notices.show_notice(notice)
        self.log.add("error" if notice.is_problem else "info", notice.text)

    @Slot(str)
    def tell_problem(self, sentence: str) -> None:
        """Show what the person has to mend."""
        self.tell(Notice(sentence))

    @Slot(str)
    def _on_saved(self, sentence: str) -> None:
        self.notices.clear()  # whatever kept it from being saved before
        self.status.showMessage(sentence, _SAID_FOR_MS)

    @Slot(str)
    def _on_opened(self, sentence: str) -> None:
        self.status.showMessage(sentence, _SAID_FOR_MS)
        self.log.add("info", sentence)

    @Slot(bytes)
    def _restore_layout(self, layout: bytes) -> None:
        if layout and not self.docks.restore(layout):
            self.log.add("notice", tr("The layout in this session cannot be restored."))

    @Slot(object)
    def _choose_theme(self, scheme: Scheme) -> None:
        self._parts.theme.set_scheme(scheme)
        self._parts.memory.scheme = scheme

    def _session(self) -> Session:
        return self._parts.document.session
