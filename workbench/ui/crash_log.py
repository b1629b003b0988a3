"""What Python was doing when a library ended the program, for the next start to tell."""

from __future__ import annotations

import faulthandler
from pathlib import Path
from typing import IO

_MOST_BYTES = 100_000


class CrashLog:
    """Has Python write its threads' stacks into a file where the process is ended.

    `last` is what an earlier start left in the file; it is told once. Without a place
    for the file nothing is written.
    """

    def __init__(self, path: Path) -> None:
        self._was_enabled = faulthandler.is_enabled()
        self._file = _open(path)
        self.last = ""
        if self._file is not None:
            self._file.seek(0)
            self.last = self._file.read(_MOST_BYTES).decode(errors="replace").strip()
            self._file.truncate(0)
            faulthandler.enable(self._file)

    def close(self) -> None:
        """Write there no more."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
        if self._was_enabled:
            faulthandler.enable()


def _open(path: Path) -> IO[bytes] | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+b")  # at the end: another window may have it open too
    except OSError:
        return None
