"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

_CAN_SYNC_FOLDERS = os.name == "posix"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; on success it takes the place of `path`.

    The new content is on the disk before the old one goes, and the old one stays as it
    was whatever fails before that. Where `path` is a link, what it leads to is replaced.

    Raises:
        OSError: where the disk refuses; after the exchange only if the folder cannot be
            synced, when both contents are still whole but either may be found after a
            power failure.
    """
    target = Path(os.path.realpath(path))
    _refuse_what_cannot_be_replaced(target)
    draft = target.with_name(f".workbench-{secrets.token_hex(8)}.tmp")
    try:
        yield draft
        _sync(draft)
        _keep_mode(target, draft)
        draft.replace(target)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    if _CAN_SYNC_FOLDERS:
        _sync(target.parent)


def _refuse_what_cannot_be_replaced(target: Path) -> None:
    """Refuse folders, and files that are marked read-only, which a rename would ignore."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(target))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "is read-only", str(target))


def _keep_mode(target: Path, draft: Path) -> None:
    """Give the new file the permissions of the old one where that is allowed."""
    with contextlib.suppress(OSError):
        draft.chmod(target.stat().st_mode & 0o777)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
