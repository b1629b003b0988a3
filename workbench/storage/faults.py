"""What an error of the disk means, in words: the reason and the way out."""

from __future__ import annotations

import errno
import os

import apsw

_FULL = "the disk is full; free some space or choose another disk"
_DENIED = "you have no permission there; choose another folder"
_BROKEN = "the disk reported an error; choose another disk"
_BUSY = "it is in use by another window or program; close it there first"
_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "your share of the disk is used up; free some space",
    errno.EFBIG: "it would be larger than files may be there; choose another disk",
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EIO: _BROKEN,
    errno.ENOENT: "there is no such folder; make it or choose another one",
    errno.ENOTDIR: "there is no such folder; make it or choose another one",
    errno.EISDIR: "it is a folder; choose the name of a file",
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    errno.EILSEQ: "its name has a sign that is not allowed; choose another one",
    errno.ELOOP: "it is a link that leads back to itself; choose another file",
    errno.EMFILE: "too many files are open; close some windows and try again",
    errno.ENFILE: "too many files are open; close some programs and try again",
    errno.ETXTBSY: _BUSY,
    errno.EBUSY: _BUSY,
}
_BY_APSW: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.FullError, _FULL),
    (apsw.BusyError, _BUSY),
    (apsw.LockedError, _BUSY),
    (apsw.IOError, f"{_BROKEN}, or free some space"),
    (apsw.CantOpenError, "it cannot be opened; check the folder and your permissions"),
    (apsw.ReadOnlyError, "it is read-only; choose another file"),
    (apsw.PermissionsError, _DENIED),
    (apsw.NoMemError, "there is not enough memory; close some programs and try again"),
    (apsw.TooBigError, "a text or table in it is too large; shorten names and notes"),
)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Fault = OSError | apsw.Error | MemoryError


def is_full(error: Fault) -> bool:
    """Say whether there is no more room, which freeing some mends."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    return isinstance(error, apsw.FullError)


def in_full(error: apsw.IOError, connection: apsw.Connection) -> Fault:
    """Return the error of the system that SQLite has shortened, where that says more.

    SQLite knows a full disk only, no quota and no limit on the size of files.
    """
    code = connection.system_errno
    return OSError(code, os.strerror(code)) if code in _NO_ROOM else error


def reason(error: Fault) -> str:
    """Say why the disk refused, and what to do about it."""
    if isinstance(error, MemoryError):
        return "there is not enough memory; close some programs and try again"
    if isinstance(error, OSError):
        fallback = f"{error.strerror or error}; choose another folder"
        return _BY_ERRNO.get(error.errno or 0, fallback)
    for kind, words in _BY_APSW:
        if isinstance(error, kind):
            return words
    return f"{error}; choose another folder"
