"""Builds the presenters that keep sessions from being lost, and lets the window tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from workbench.core.saving import SessionStore
from workbench.ui.closing import Closing
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.notice_bar import Notice, NoticeBar
from workbench.ui.recent_files import RecentFiles
from workbench.ui.recovery_presenter import RecoveryPresenter
from workbench.ui.resume_presenter import ResumePresenter
from workbench.ui.run_controller import RunController
from workbench.ui.run_removal import RunRemoval
from workbench.ui.save_presenter import SavePresenter
from workbench.ui.session_document import SessionDocument
from workbench.ui.session_presenter import SessionPresenter
from workbench.ui.status_line import StatusLine
from workbench.ui.tasks import TaskRunner
from workbench.ui.views import Views


@dataclass(frozen=True)
class KeepingParts:
    """What these presenters have in common."""

    store: SessionStore
    settings: QSettings
    document: SessionDocument
    controller: RunController
    recent: RecentFiles
    tasks: TaskRunner
    panel: ExperimentPanel
    views: Views
    status: StatusLine
    notices: NoticeBar
    actions: dict[str, QAction]
    layout: Callable[[], bytes]  # of the docks
    tell: Callable[[Notice], None]
    window: QWidget


class Keeping:
    """The presenters of files, saving, resuming, recovery, deleting and closing."""

    def __init__(self, parts: KeepingParts) -> None:
        self.sessions = SessionPresenter(
            parts.document,
            parts.controller,
            panel=parts.panel,
            views=parts.views,
            recent=parts.recent,
            tasks=parts.tasks,
            actions=parts.actions,
            window=parts.window,
        )
        self.saving = SavePresenter(
            parts.document,
            parts.controller,
            status=parts.status,
            notices=parts.notices,
            tasks=parts.tasks,
            layout=parts.layout,
            window=parts.window,
        )
        self.resuming = ResumePresenter(
            parts.controller,
            parts.document,
            panel=parts.panel,
            views=parts.views,
            tasks=parts.tasks,
            actions=parts.actions,
            window=parts.window,
        )
        self.recovery = self._build_recovery(parts)
        self.removal = RunRemoval(parts.document, parts.views, parts.notices, parts.window)
        self.closing = Closing(
            parts.document, parts.controller, self.sessions, parts.tasks, parts.window
        )
        for presenter in (self.sessions, self.resuming, self.closing):
            presenter.told.connect(parts.tell)

    def _build_recovery(self, parts: KeepingParts) -> RecoveryPresenter:
        return RecoveryPresenter(
            parts.store,
            parts.document,
            sessions=self.sessions,
            resuming=self.resuming,
            recent=parts.recent,
            notices=parts.notices,
            tasks=parts.tasks,
            settings=parts.settings,
            window=parts.window,
        )
