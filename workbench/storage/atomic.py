"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

_CAN_SYNC_FOLDERS = os.name == "posix"
_NO_SUCH_SYNC = {errno.EINVAL, errno.ENOTSUP}  # some network disks know none for folders


class UnconfirmedError(OSError):
    """The new file is in place, but a power failure may still bring the old one back."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; on success it takes the place of `path`.

    The new content is on the disk before the old one goes, and the old one stays as it
    was whatever fails before that. Where `path` is a link, what it leads to is replaced.

    Raises:
        UnconfirmedError: where the exchange is done, but the folder cannot be synced.
        OSError: where the disk refuses anything before that.
    """
    refuse_bad_name(path)
    target = Path(os.path.realpath(path))
    _refuse_what_cannot_be_replaced(target)
    draft = target.with_name(f".workbench-{secrets.token_hex(8)}.tmp")
    draft.touch(exist_ok=False)  # says better than SQLite why it cannot be made
    try:
        yield draft
        _sync(draft)
        _keep_mode(target, draft)
        draft.replace(target)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    sync_folder(target.parent)


def refuse_bad_name(path: Path) -> None:
    """Refuse a name that is not text, or that no file can have.

    Raises:
        OSError: with EILSEQ.
    """
    try:
        is_bad = b"\0" in str(path).encode()
    except UnicodeEncodeError:
        is_bad = True
    if is_bad:
        raise OSError(errno.EILSEQ, "is no valid name", str(path))


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


def _sync(path: Path, access: int = os.O_RDWR) -> None:
    descriptor = os.open(path, access)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the names of files in a folder on the disk, where there is such a thing.

    Raises:
        UnconfirmedError: where the disk refuses.
    """
    if not _CAN_SYNC_FOLDERS:
        return
    try:
        _sync(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _NO_SUCH_SYNC:
            raise UnconfirmedError(error.errno, error.strerror) from None
