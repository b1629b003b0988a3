"""A lock between processes, so that two starts at once do not make one environment twice.

Runs under Python 3.8 and newer, with the standard library alone.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Iterator

from terminal import say

_RETRY_S = 0.5


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; wait, and say so, while another process has it.

    The system lets go of it when the process ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not _taken(file):
            say("Another start is setting up this folder; waiting for it ...")
            while not _taken(file):
                time.sleep(_RETRY_S)
        yield


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
