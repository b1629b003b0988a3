"""Session files as the window and the command line know them: load and save."""

from __future__ import annotations

import contextlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.core.session import Session
from workbench.storage import faults
from workbench.storage.atomic import UnconfirmedError, refuse_bad_name, replacing
from workbench.storage.probing import is_newer, version_of
from workbench.storage.reader import read_session
from workbench.storage.writer import write_session


class SessionFiles:
    """Reads and writes `.wbs` files; a `SessionStore`, usable from any thread.

    `vfs` names the SQLite file layer that writes new files, None the default one.
    """

    def __init__(self, *, vfs: str | None = None) -> None:
        self._vfs = vfs

    def load(self, path: Path) -> Session:
        """Read a session; what is damaged is left out and named in its `damage`.

        Raises:
            SessionError: where the file is no session, or nothing in it can be read.
        """
        return read_session(path)

    def save(self, session: Session, path: Path) -> None:
        """Write a session in one piece: the old file stays until the new one is whole.

        A session that was read from a damaged file is not written over that file: the
        damaged one is kept beside it, and `damage` is emptied.

        Raises:
            SessionError: where the file cannot be written; the old one is as it was,
                unless the sentence says that only the confirmation failed.
        """
        try:
            refuse_bad_name(path)
            _refuse_to_lose_newer(path)
            with replacing(path) as draft:
                write_session(session, draft, vfs=self._vfs)
                if session.damage:
                    _keep_damaged(path)
            session.damage.clear()
        except UnconfirmedError as error:
            raise SessionError(
                f"{_shown(path)} was saved, but the disk did not confirm it: "
                f"{faults.reason(error)}."
            ) from None
        except (OSError, apsw.Error, MemoryError) as error:
            raise SessionError(
                f"{_shown(path)} could not be saved: {faults.reason(error)}. What was "
                "there before is unchanged."
            ) from None


def _shown(path: Path) -> str:
    text = str(path)
    return f"'{text}'" if text.isprintable() else repr(text)


def _refuse_to_lose_newer(path: Path) -> None:
    version = version_of(path)
    if version is not None and is_newer(version):
        raise SessionError(
            f"'{path}' was made by a newer version of Training Workbench, which may have "
            "stored more than would be kept; save under another name."
        )


def _keep_damaged(path: Path) -> None:
    """Give the file that is about to be replaced a second name."""
    source = Path(os.path.realpath(path))
    if not source.exists():
        return
    day = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    target = source.with_name(f"{source.name}.damaged-{day}")
    with contextlib.suppress(OSError):
        os.link(source, target)
        return
    shutil.copy2(source, target)
