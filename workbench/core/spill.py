"""Long columns in a file without a name, mapped into memory: the disk in place of RAM.

What is mapped can leave the memory whenever something else needs it, and comes back when
it is read. The file has no name, so that nothing of it is left when the program ends,
however it ends. Its blocks are written before they are mapped: a full disk is told when
the file grows, not by a crash when a value is stored.
"""

from __future__ import annotations

import mmap
import tempfile
import weakref
from pathlib import Path

import numpy as np
import numpy.typing as npt

_BLOCK = 2**20  # values that the file grows by at least
_BYTES = 8  # of a float64


class SpillFile:
    """A file of float64 values that can only grow."""

    def __init__(self, folder: Path) -> None:
        """Make an empty file.

        Raises:
            OSError: where the folder or the file cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives with the column
        weakref.finalize(self, self._file.close)
        self._capacity = 0

    def grow(self, needed: int) -> npt.NDArray[np.float64]:
        """Return an array of at least `needed` values that begins with those written.

        Arrays returned earlier stay valid and show the same values.

        Raises:
            OSError: where the disk is full; the file is as large as before.
        """
        capacity = -(-needed // _BLOCK) * _BLOCK
        self._file.seek(_BYTES * self._capacity)
        for _ in range(self._capacity, capacity, _BLOCK):
            self._file.write(bytes(_BYTES * _BLOCK))
        self._file.flush()
        self._capacity = capacity
        mapped = mmap.mmap(self._file.fileno(), _BYTES * capacity)
        return np.frombuffer(mapped, np.float64)
