"""Writes a session as a new file that takes the place of an older one as a whole."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.core.saving import SessionInUseError
from workbench.core.session import Session
from workbench.storage import faults
from workbench.storage.atomic import (
    UnconfirmedError,
    refuse_bad_name,
    replacing,
)
from workbench.storage.probing import is_newer, refuse_in_use, version_of
from workbench.storage.write_ahead import without_log
from workbench.storage.writer import write_session


def save_whole(session: Session, path: Path, *, vfs: str | None = None) -> None:
    """Write a session in one piece: the old file stays until the new one is whole.

    A session that was read from a damaged file is not written over that file: the
    damaged one is kept beside it, and `damage` is emptied.

    Raises:
        SessionError: where the file cannot be written; the old one is as it was,
            unless the sentence says that only the confirmation failed.
    """
    with saving_words(path):
        guard_target(path)
        with replacing_session(path) as draft:
            write_session(session, draft, vfs=vfs)
            if session.damage:
                _keep_damaged(path)
        session.damage.clear()


@contextlib.contextmanager
def replacing_session(path: Path) -> Iterator[Path]:
    """Do what `replacing` does; a log that the old file has left goes with that file."""
    target = Path(os.path.realpath(path))
    with contextlib.ExitStack() as after, replacing(path) as draft:
        yield draft
        after.enter_context(without_log(target))


def guard_target(path: Path) -> None:
    """Refuse to replace a file that holds more than would be kept, or is open elsewhere.

    Raises:
        SessionError: saying why, and what to do.
        OSError, apsw.Error: where it cannot be looked at.
    """
    refuse_bad_name(path)
    version = version_of(path)
    if version is None:
        return
    if is_newer(version):
        raise SessionError(
            f"'{path}' was made by a newer version of Training Workbench, which may have "
            "stored more than would be kept; save under another name."
        )
    try:
        refuse_in_use(path)
    except apsw.BusyError:
        raise SessionInUseError(
            f"'{path}' is open in another window; close it there, or save under another "
            "name."
        ) from None


@contextlib.contextmanager
def saving_words(path: Path) -> Iterator[None]:
    """Turn errors of the disk while `path` is being replaced into sentences."""
    try:
        yield
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
