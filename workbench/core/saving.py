"""How a session is kept on the disk: what the window shows of it and asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from workbench.core.errors import SessionError
from workbench.core.session import Session


class SessionInUseError(SessionError):
    """Another window or program has the file open; a copy of it can be opened."""


class Home(StrEnum):
    """Where a session that is open lives."""

    NAMED = "named"  # in the file that the person chose
    UNNAMED = "unnamed"  # in the program's own folder, until it is given a name
    COPY = "copy"  # in the program's own folder: its file cannot be written to in place


class Trouble(StrEnum):
    """Why nothing is written any more."""

    NONE = "none"
    DISK_FULL = "disk full"
    DISK_ERROR = "disk error"  # reading, writing or syncing failed
    FILE_MOVED = "file moved"  # moved, deleted or replaced by another program


@dataclass(frozen=True)
class SaveStatus:
    """How far the disk has got.

    `message` is a sentence that says what is wrong and what to do. `held_steps` counts
    the steps of all runs that are in memory only; the trouble is over once `retry` or
    `save_as` worked. `is_slow` says that the disk has been at one commit for seconds.
    """

    saved_at: datetime | None = None  # local time of the last commit
    trouble: Trouble = Trouble.NONE
    message: str = ""
    held_steps: int = 0
    is_slow: bool = False
    is_behind: bool = False  # something that was offered is not on the disk yet


@dataclass(frozen=True)
class LeftSession:
    """A session that an earlier start of the program did not close, or never named."""

    path: Path  # of the file to open
    name: str  # of its file, or of that which it is a copy of; empty for one without name
    home: Home
    written_at: datetime  # local time of the last commit
    num_runs: int
    crashed: bool  # the program ended without closing it
    run: str = ""  # the run that was under way then, if there was one
    step: int = 0  # how far that run got


class LiveSession(Protocol):
    """A session whose changes go to the disk all the time; one owner, one thread.

    `offer` and `status` return at once and belong to the owner's thread; the others
    block and may be called from any other thread, one at a time.
    """

    session: Session  # as it was read
    home: Home
    path: Path  # of the file that is written
    origin: Path | None  # of a COPY: the file that it was made of
    reason: str  # of a COPY: why it is one, such as "it is read-only"; else empty

    def offer(self, session: Session) -> None:
        """Have this snapshot written; one that is not written yet is passed over.

        Nobody may change the snapshot any more; histories in it may grow.
        """

    def status(self) -> SaveStatus:
        """Say how far the disk has got."""

    def flush(self) -> None:
        """Return when everything that was offered is on the disk.

        Raises:
            SessionError: where it could not be written; it is still held in memory.
        """

    def save_as(self, path: Path) -> None:
        """Write everything to another file, and go on in that one.

        The file before stays as it is at this moment; one in the program's own folder
        is removed. What stood at `path` is replaced as a whole, or not at all.

        Raises:
            SessionError: where it cannot be written; all is as before then.
        """

    def write_back(self) -> None:
        """Write a COPY over the file that it was made of, and stay in the copy.

        Raises:
            SessionError: where it cannot be written.
        """

    def retry(self) -> None:
        """Try again to write what is held in memory.

        Raises:
            SessionError: where it still cannot be written.
        """

    def close(self, *, discard: bool = False) -> None:
        """Write what is left and close: the file is then one plain file.

        A session of the program's own folder that has no runs, or is to be discarded,
        is removed.

        Raises:
            SessionError: where something could not be written; it is closed then too.
        """


class SessionStore(Protocol):
    """Reads session files and keeps open ones on the disk; calls block, any thread."""

    def load(self, path: Path) -> Session:
        """Read a session, without keeping its file open.

        Raises:
            SessionError: where the file cannot be read or is no sound session.
        """

    def begin(self, session: Session, path: Path | None = None) -> LiveSession:
        """Put a new session on the disk: in the program's own folder, or at `path`.

        Raises:
            SessionError: where it cannot be written.
        """

    def open(self, path: Path, *, as_copy: bool = False) -> LiveSession:
        """Open a session, to be changed in place where that is safe.

        It becomes a COPY where that is wished, and where the file is damaged, of a
        newer version, read-only, or on a network drive.

        Raises:
            SessionInUseError: where it is open elsewhere.
            SessionError: where it cannot be read or is no session.
        """

    def left_behind(self) -> list[LeftSession]:
        """List what an earlier start left: crashed ones first, then the newest first."""

    def forget(self, left: LeftSession) -> None:
        """Remove the file of a session without a name; do not offer another one again.

        Raises:
            SessionError: where it cannot be removed.
        """
