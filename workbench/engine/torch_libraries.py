"""Loads torch's C++ libraries in such a way that the window goes on meanwhile."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

_NAMES = ("libtorch_global_deps.so", "libtorch.so")  # in the order of `import torch`
# Whoever comes second waits here, where nobody is held up: the system has a lock of its
# own around loading, and a thread would wait for that with the interpreter's in its hand.
_one_at_a_time = threading.Lock()


def load_libraries() -> None:
    """Load what `import torch` is about to load, without the interpreter's lock.

    The import itself would hold it for 0.2 s, as long as the window stands still. A call
    through ctypes lets go of it; on Windows torch does the same of its own accord. What
    cannot be loaded is left to the import, which says why. So is everything where
    LD_LIBRARY_PATH is set: torch then takes care that it finds its own CUDA.
    """
    if sys.platform != "linux" or os.environ.get("LD_LIBRARY_PATH"):
        return
    with _one_at_a_time:
        spec = find_spec("torch")
        if "torch" not in sys.modules and spec is not None and spec.origin is not None:
            _load(Path(spec.origin).parent / "lib")


def _load(folder: Path) -> None:
    load = ctypes.CDLL(None).dlopen
    load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    for name, scope in zip(_NAMES, (os.RTLD_GLOBAL, os.RTLD_LOCAL), strict=True):
        load(os.fsencode(folder / name), os.RTLD_NOW | scope)
