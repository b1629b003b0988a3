"""Puts a session where it is safe when its own file cannot take it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from workbench.core.errors import SessionError
from workbench.core.session import Session
from workbench.storage.own_folder import OwnFolder
from workbench.storage.whole_file import save_whole


def rescue(session: Session, own: OwnFolder, path: Path) -> str:
    """Write a session into the program's own folder; say in words how that went.

    `path` is where it should have gone.
    """
    with contextlib.suppress(SessionError, OSError):
        target = own.new_name(path.stem)
        save_whole(session, target)
        return f"Everything is kept in '{target}'."
    return "What was not written yet is lost."
