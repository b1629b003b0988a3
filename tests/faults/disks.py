"""A disk that tells of every operation before it is done, so that a test may interfere."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pytest

_names = (f"disk-{number}" for number in itertools.count())


@dataclass(frozen=True)
class Operation:
    """One thing that is about to be done to a file or to a folder.

    Of SQLite: open, close, read, write, truncate, sync, size, lock, unlock, delete,
    access. Of Python: make, fsync, replace, unlink.
    """

    kind: str
    path: str  # real; empty: a temporary file
    data: bytes = b""  # what is written
    offset: int = 0  # of what is read or written; of truncate: the new size
    target: str = ""  # of replace
    is_new: bool = False  # of open: the file is made
    syncs_folder: bool = False  # of open: with its first sync; of delete: at once


Listener = Callable[[Operation], None]  # may raise instead of letting it be done


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell the listener of all that this process does to its disk through SQLite and os."""
    disk = _Disk(next(_names), listener)
    try:
        with pytest.MonkeyPatch.context() as patch:
            _listen_to_python(patch, listener)
            yield
    finally:
        disk.unregister()


class _Disk(apsw.VFS):
    def __init__(self, name: str, listener: Listener) -> None:
        super().__init__(name, "unix", makedefault=True, exclude=set())
        self._tell = listener

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's
        path = "" if name is None else str(getattr(name, "filename", lambda: name)())
        journals = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
        is_new = (
            bool(path and flags[0] & apsw.SQLITE_OPEN_CREATE) and not Path(path).exists()
        )
        syncs = is_new and bool(flags[0] & journals)
        self._tell(Operation("open", path, is_new=is_new, syncs_folder=syncs))
        return _File(path, name, flags, self._tell)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - apsw's
        self._tell(Operation("delete", filename, syncs_folder=syncdir))
        super().xDelete(filename, syncdir)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802 - apsw's
        self._tell(Operation("access", pathname))
        return super().xAccess(pathname, flags)


class _File(apsw.VFSFile):
    def __init__(self, path: str, name: Any, flags: list[int], listener: Listener) -> None:
        super().__init__("unix", name, flags)
        self._path = path
        self._tell = listener

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - apsw's
        self._tell(Operation("read", self._path, offset=offset))
        return super().xRead(amount, offset)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - apsw's
        self._tell(Operation("write", self._path, bytes(data), offset))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - apsw's
        self._tell(Operation("truncate", self._path, offset=newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - apsw's
        self._tell(Operation("sync", self._path))
        super().xSync(flags)

    def xFileSize(self) -> int:  # noqa: N802 - apsw's
        self._tell(Operation("size", self._path))
        return super().xFileSize()

    def xLock(self, level: int) -> None:  # noqa: N802 - apsw's
        self._tell(Operation("lock", self._path))
        super().xLock(level)

    def xUnlock(self, level: int) -> None:  # noqa: N802 - apsw's
        self._tell(Operation("unlock", self._path))
        super().xUnlock(level)

    def xClose(self) -> None:  # noqa: N802 - apsw's
        self._tell(Operation("close", self._path))
        super().xClose()


def _listen_to_python(patch: pytest.MonkeyPatch, listener: Listener) -> None:
    """Tell also of what `atomic` and `own_folder` do by themselves."""
    fsync, replace, unlink, touch = os.fsync, os.replace, os.unlink, Path.touch

    def tell_fsync(descriptor: int) -> None:
        listener(Operation("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        fsync(descriptor)

    def tell_replace(source: Any, target: Any, **given: Any) -> None:
        listener(Operation("replace", os.fspath(source), target=os.fspath(target)))
        replace(source, target, **given)

    def tell_unlink(path: Any, **given: Any) -> None:
        if isinstance(path, str | Path) and Path(path).exists():
            listener(Operation("unlink", os.fspath(path)))
        unlink(path, **given)

    def tell_touch(path: Path, *given: Any, **named: Any) -> None:
        listener(Operation("make", os.fspath(path)))
        touch(path, *given, **named)

    patch.setattr("os.fsync", tell_fsync)
    patch.setattr("os.replace", tell_replace)
    patch.setattr("os.unlink", tell_unlink)
    patch.setattr("pathlib.Path.touch", tell_touch)
