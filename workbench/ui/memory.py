"""How much memory this process holds, asked of the system without further libraries."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """Memory of this process in bytes: at present, or the most it ever held."""

    size: int
    is_peak: bool = False

    def describe(self) -> str:
        """Show it in MB (10⁶ bytes), saying so where it is a peak."""
        text = f"{self.size / 1e6:,.0f} MB"
        return f"peak {text}" if self.is_peak else text


def read_memory(statm: Path = Path("/proc/self/statm")) -> Memory | None:
    """Return the resident memory, or None where the system does not tell.

    Linux tells the present size (second number of `statm`, in pages), Windows its
    working set; macOS tells a program without extra rights only its peak.
    """
    if statm.exists():
        pages = int(statm.read_text().split()[1])
        return Memory(pages * os.sysconf("SC_PAGE_SIZE"))
    if sys.platform == "win32":
        return _working_set()
    return _peak()


def _peak() -> Memory | None:
    if sys.platform == "win32":
        return None
    import resource

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Memory(size if sys.platform == "darwin" else size * 1024, is_peak=True)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of the Windows API."""

        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
            ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
            ("PagefileUsage", ctypes.c_size_t),
            ("PeakPagefileUsage", ctypes.c_size_t),
        )

    def _working_set() -> Memory | None:
        counters = _Counters(cb=ctypes.sizeof(_Counters))
        kernel = ctypes.windll.kernel32
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        read = kernel.K32GetProcessMemoryInfo
        read.argtypes = (wintypes.HANDLE, ctypes.POINTER(_Counters), wintypes.DWORD)
        done = read(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb)
        return Memory(counters.WorkingSetSize) if done else None
