"""Finds the sessions that an earlier start of the program did not close or never named."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from pathlib import Path

from workbench.core.errors import SessionError
from workbench.core.saving import Home, LeftSession, SessionInUseError
from workbench.storage.own_folder import Note, OwnFolder
from workbench.storage.summary import Summary, summarize

_MINUTE_S = 60.0


def find_left(own: OwnFolder) -> list[LeftSession]:
    """List them, crashed ones first, then the newest first; leave out those in use.

    Sessions of our own folder that never had a run are removed after a minute, and so are
    the notes of files that are no longer there.
    """
    own.sweep()
    noted = {note.path: note for note in own.notes()}
    closed = [Note(path, Home.UNNAMED) for path in own.sessions() if path not in noted]
    found = [
        *(_look_at(own, note, crashed=True) for note in noted.values()),
        *(_look_at(own, note, crashed=False) for note in closed),
    ]
    left = [session for session in found if session is not None]
    return sorted(left, key=lambda one: (one.crashed, one.written_at), reverse=True)


def _look_at(own: OwnFolder, note: Note, *, crashed: bool) -> LeftSession | None:
    try:
        summary = _summary_of(note.path)
    except SessionInUseError:
        return None
    if summary is None:
        own.erase_note(note.path)
        return None
    is_ours = own.is_ours(note.path)
    if is_ours and summary.is_empty:
        if _is_old(note.path):  # else its owner may be about to open it
            own.erase_note(note.path)
            with contextlib.suppress(OSError):
                own.remove(note.path)
        return None
    return LeftSession(
        path=note.path,
        name=_name(note, is_ours=is_ours),
        home=note.home if is_ours else Home.NAMED,
        written_at=summary.written_at,
        num_runs=summary.num_runs,
        crashed=crashed,
        run=summary.run,
        step=summary.step,
    )


def _summary_of(path: Path) -> Summary | None:
    """Return what is in a file; None where it is gone, little where it is damaged.

    Raises:
        SessionInUseError: where it is open elsewhere.
    """
    try:
        return summarize(path)
    except SessionInUseError:
        raise
    except SessionError:
        with contextlib.suppress(OSError):
            moment = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
            return Summary(moment, num_runs=1)  # opening it says what is wrong
        return None


def _is_old(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime > _MINUTE_S
    return False


def _name(note: Note, *, is_ours: bool) -> str:
    if note.origin is not None:
        return note.origin.name
    return "" if is_ours else note.path.name
