"""Memory of the C library: what a step takes and frees is there for the next one."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.engine import heap

_ROOT = Path(__file__).parents[3]
needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are"
)
# On a thread, as training is: the pages that the system had to fill anew while blocks of
# 8 MiB were taken and freed, and what is left in memory after a lot of them was freed.
_WORK = """
import resource, sys, threading
from workbench.engine import heap

if sys.argv[1] == "kept":
    assert heap.keep_freed_memory()


def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def resident_mb():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize() / 1e6


def work():
    import ctypes
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    size = 8 * 2**20

    def step(is_last=False):
        blocks = [libc.malloc(size) for _ in range(4)]
        if is_last:  # this stays, so that they are not at the end of the memory
            libc.malloc(100)
        for block in blocks:
            ctypes.memset(block, 1, size)
        for block in blocks:
            libc.free(block)

    for _ in range(3):
        step()
    before = faults()
    for _ in range(10):
        step()
    print((faults() - before) / 10)
    step(is_last=True)
    full = resident_mb()
    heap.give_back_freed_memory()
    print(full - resident_mb())


thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def measure(how: str) -> tuple[float, float]:
    """Return page faults a step, and the MB that were given back, of a process."""
    done = subprocess.run(
        [sys.executable, "-c", _WORK, how],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    faults, megabytes = done.stdout.split()
    return float(faults), float(megabytes)


@needs_glibc
def test_that_a_step_finds_the_memory_of_the_one_before() -> None:
    assert measure("as ever")[0] > 1000  # 4 × 2,048 pages, where nobody keeps them
    assert measure("kept")[0] < 10


@needs_glibc
def test_that_freed_memory_is_given_back_when_it_is_asked_for() -> None:
    assert measure("kept")[1] > 25  # of 33.5 MB


def test_that_other_systems_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap.sys, "platform", "darwin")
    assert not heap.keep_freed_memory()
    heap.give_back_freed_memory()
