"""How much memory this process holds."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from workbench.ui.memory import Memory, read_memory

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="asks POSIX systems")


def test_that_this_process_holds_a_believable_amount() -> None:
    memory = read_memory()
    assert memory is not None
    assert 10e6 < memory.size < 100e9


@needs_posix
def test_that_the_second_number_counts_pages(tmp_path: Path) -> None:
    statm = tmp_path / "statm"
    statm.write_text("9 3 1 1 0 1 0\n")
    assert read_memory(statm) == Memory(3 * os.sysconf("SC_PAGE_SIZE"))


@needs_posix
def test_that_a_peak_is_told_as_one_where_the_present_is_not_known(tmp_path: Path) -> None:
    memory = read_memory(tmp_path / "missing")
    assert memory is not None
    assert memory.is_peak
    assert memory.describe().startswith("peak ")


def test_that_memory_is_shown_in_millions_of_bytes() -> None:
    assert Memory(612_400_000).describe() == "612 MB"
    assert Memory(12_345_678_901).describe() == "12,346 MB"
