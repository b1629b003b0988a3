"""Keeps the session of a command on the disk while its run trains."""

from __future__ import annotations

import time

from workbench.cli.progress import ProgressLine
from workbench.core.saving import LiveSession, Trouble
from workbench.core.session import Session

_EVERY_S = 0.25


class Saver:
    """Offers the session to its file four times a second, and tells of trouble once."""

    def __init__(self, session: Session, live: LiveSession, line: ProgressLine) -> None:
        self._session = session
        self._live = live
        self._line = line
        self._next_s = 0.0
        self._trouble = Trouble.NONE

    def update(self) -> None:
        """Offer what the session is now, unless that was done a moment ago."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + _EVERY_S
        self._live.offer(self._session.snapshot())
        status = self._live.status()
        if status.trouble is not self._trouble and status.message:
            self._line.print(f"{status.message} Training goes on; it is tried again.")
        self._trouble = status.trouble

    def close(self) -> None:
        """Write all that is left; the file is then one plain file.

        Raises:
            SessionError: where something could not be written.
        """
        self._live.offer(self._session.snapshot())
        self._live.close()
