"""What an open session holds in memory that is not on the disk yet, and why."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime

from workbench.core.saving import SaveStatus, Trouble
from workbench.core.session import Session

_SLOW_S = 2.0


class Backlog:
    """Takes snapshots from one thread and gives the newest one to another.

    Every call returns at once, from any thread.
    """

    def __init__(self, session: Session) -> None:
        self._lock = threading.Lock()
        self._latest = session  # what was offered last
        self._offered: Session | None = None  # the same while nobody has begun with it
        self._written = _steps(session)  # steps of each run that are on the disk
        self._under_way = self._written  # the same after the commit under way
        self._began_s: float | None = None  # when that commit began
        self._saved_at: datetime | None = None
        self._trouble, self._message = Trouble.NONE, ""

    @property
    def latest(self) -> Session:
        """Return the newest snapshot, whether it is on the disk or not."""
        return self._latest

    @property
    def trouble(self) -> Trouble:
        """Say why nothing is written any more."""
        return self._trouble

    @property
    def message(self) -> str:
        """Say the same as a sentence."""
        return self._message

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to begin with."""
        return self._offered is None

    def offer(self, session: Session) -> None:
        """Take a snapshot in the place of one that nobody has begun with."""
        with self._lock:
            self._offered = self._latest = session

    def begin(self) -> Session | None:
        """Give out what is to be written; None: nothing. `done` or `hold` follows."""
        with self._lock:
            session, self._offered = self._offered, None
            self._began_s = None if session is None else time.monotonic()
        if session is not None:
            self._under_way = _steps(session)  # the file may get more: histories grow
        return session

    def done(self, *, has_changed: bool) -> None:
        """Note that what was begun is on the disk."""
        with self._lock:
            self._written, self._began_s = self._under_way, None
            if has_changed:
                self._saved_at = datetime.now().astimezone()
        if self._trouble is not Trouble.FILE_MOVED:
            self.recover()

    def hold(self, session: Session, trouble: Trouble, message: str) -> None:
        """Take back what could not be written, unless there is something newer."""
        with self._lock:
            self._offered = self._offered or session
            self._began_s = None
            self._trouble, self._message = trouble, message

    def suffer(self, trouble: Trouble, message: str) -> None:
        """Note what is wrong, as a sentence that says what to do."""
        with self._lock:
            self._trouble, self._message = trouble, message

    def recover(self) -> None:
        """Note that the trouble is over."""
        self.suffer(Trouble.NONE, "")

    def status(self) -> SaveStatus:
        """Say how far the disk has got."""
        now = _steps(self._latest)
        with self._lock:
            began_s = self._began_s
            held = (max(0, now[id_] - self._written.get(id_, 0)) for id_ in now)
            return SaveStatus(
                saved_at=self._saved_at,
                trouble=self._trouble,
                message=self._message,
                held_steps=sum(held),
                is_slow=began_s is not None and time.monotonic() - began_s > _SLOW_S,
                is_behind=began_s is not None or self._offered is not None,
            )


def _steps(session: Session) -> Mapping[str, int]:
    return {run.id: run.num_steps for run in session.runs}
