"""Tells the C library to keep the memory that each training step takes and gives back.

A step of the CNN takes some 30 MB for its activations and gradients. glibc returns such
blocks to the system when they are freed, which then has to fill them with zeros for the
next step: 5,000 page faults a step, up to a third of the time. It also gives each thread
memory of its own, little of which is ever returned.
See mallopt(3), https://man7.org/linux/man-pages/man3/mallopt.3.html.
"""

from __future__ import annotations

import ctypes
import sys

_MIB = 1024 * 1024
_SETTINGS = (  # what mallopt(3) calls them, their numbers in malloc.h, our values
    ("M_MMAP_THRESHOLD", -3, 32 * _MIB),  # the largest that glibc takes
    ("M_TRIM_THRESHOLD", -1, 512 * _MIB),  # free memory that is kept, at most
    ("M_TOP_PAD", -2, 64 * _MIB),  # by which it grows, and what other threads never return
    ("M_ARENA_MAX", -8, 2),  # the window's and one for all that works behind it
)


def keep_freed_memory() -> bool:
    """Set the C library up for training, before any other thread is started.

    Blocks above 32 MiB still go back to the system at once. False where the C library is
    not glibc: others are left as they are. Numbers stay the same to the last bit.
    """
    libc = _glibc()
    if libc is None:
        return False
    done = [libc.mallopt(number, value) for _, number, value in _SETTINGS]
    return all(done)


def give_back_freed_memory() -> None:
    """Return to the system what is free; takes milliseconds. Nothing without glibc.

    What lies at the end of the memory of threads other than the first stays, up to 64 MiB.
    """
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(ctypes.c_size_t(0))


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
