"""Offers the session to the disk whenever it changed, and tells how far the disk got."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.core.saving import LiveSession, SaveStatus, Trouble
from workbench.core.session import Session

OFFER_EVERY_MS = 250
_MAY_TAKE_S = 1.0  # what the disk takes within this time is not worth a star


class SessionSaver(QObject):
    """Keeps one session on the disk while it is open.

    A timer runs while a run is active, something has changed, or the disk is behind;
    else the saver does nothing at all.
    """

    about_to_offer = Signal()  # last moment to put the layout into the session
    status_changed = Signal(object)  # SaveStatus
    behind_changed = Signal(bool)  # whether something has been in memory only for long

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._session = Session()
        self._live: LiveSession | None = None
        self._problem = ""  # why there is no live session
        self._status = SaveStatus()
        self._has_changed = False
        self._is_run_active = False
        self._is_behind = False
        self._taken_at_s = clock()  # when the disk was last seen to get on
        self._timer = QTimer(self)
        self._timer.setInterval(OFFER_EVERY_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def status(self) -> SaveStatus:
        """Return how far the disk had got when it was last asked."""
        return self._status

    @property
    def is_behind(self) -> bool:
        """Say whether something has been in memory only for over a second, or for good."""
        return self._is_behind

    @property
    def is_at_work(self) -> bool:
        """Say whether anything may still have to be written."""
        return self._timer.isActive()

    def follow(self, session: Session, live: LiveSession) -> None:
        """Keep this session on the disk from here on, and no other."""
        self._session, self._live, self._problem = session, live, ""
        self._has_changed = False
        self._taken_at_s = self._clock()
        self.look()

    def hold(self, session: Session, problem: str) -> None:
        """Keep this session in memory, because it could not be put on the disk."""
        self._session, self._live, self._problem = session, None, problem
        self.look()

    def release(self) -> None:
        """Follow no session any more."""
        self._session, self._live, self._problem = Session(), None, ""
        self._timer.stop()

    @Slot()
    def note_change(self) -> None:
        """Have the session offered soon."""
        self._has_changed = True
        if not self._timer.isActive():  # else many changes would put it off for ever
            self._timer.start()

    def set_run_active(self, is_active: bool) -> None:
        """Offer what the run under way adds, until it has ended."""
        self._is_run_active = is_active
        self.note_change()

    def offer(self) -> None:
        """Offer the session as it is now."""
        self.about_to_offer.emit()
        self._has_changed = False
        if self._live is not None:
            self._live.offer(self._session.snapshot())

    @Slot()
    def tick(self) -> None:
        """Ask how far the disk is, and offer what is new since."""
        self.look()
        if self._has_changed or self._is_run_active:
            self.offer()
        elif not self._status.is_behind:
            self._timer.stop()

    def look(self) -> None:
        """Ask how far the disk is, and tell where that is another place than before."""
        before, self._status = self._status, self._ask()
        if not self._status.is_behind or self._status.saved_at != before.saved_at:
            self._taken_at_s = self._clock()
        is_late = self._clock() - self._taken_at_s > _MAY_TAKE_S
        is_behind = is_late or self._status.trouble is not Trouble.NONE
        if self._status != before:
            self.status_changed.emit(self._status)
        if is_behind is not self._is_behind:
            self._is_behind = is_behind
            self.behind_changed.emit(is_behind)

    def _ask(self) -> SaveStatus:
        if self._live is not None:
            return self._live.status()
        if not self._problem:
            return SaveStatus()  # not begun yet
        return SaveStatus(
            trouble=Trouble.DISK_ERROR,
            message=self._problem,
            held_steps=sum(run.num_steps for run in self._session.runs),
            is_behind=True,
        )
