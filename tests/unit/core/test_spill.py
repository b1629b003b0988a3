"""Long columns lie on the disk, and nobody notices but the memory."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from workbench.core import paths, series
from workbench.core.series import Column
from workbench.core.spill import SpillFile


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send columns to the disk at a thousandth of the length."""
    monkeypatch.setattr(series, "_MOST_IN_MEMORY", 2000)


@pytest.mark.usefixtures("short")
def test_a_column_that_goes_to_the_disk_keeps_every_value() -> None:
    column, wanted = Column(), np.random.default_rng(0).normal(size=5000)
    for value in wanted[:3000]:
        column.append(float(value))
    before = column.values()
    column.extend(wanted[3000:])
    assert column._spill is not None
    assert column.values().tobytes() == wanted.tobytes()
    assert before.tobytes() == wanted[:3000].tobytes()


def test_views_of_a_file_stay_valid_while_it_grows(tmp_path: Path) -> None:
    spill = SpillFile(tmp_path)
    first = spill.grow(10)
    first[:10] = np.arange(10)
    second = spill.grow(3 * len(first))
    second[10] = 10
    assert second[:11].tolist() == list(range(11))
    assert first[10] == 10  # the same file
    assert list(tmp_path.iterdir()) == []  # it has no name


@pytest.mark.usefixtures("short")
def test_a_disk_that_does_not_take_it_leaves_the_column_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setattr(paths, "spill_folder", lambda: blocked)
    column = Column()
    column.extend(np.arange(5000))
    assert column.values().tolist() == list(range(5000))


@pytest.mark.usefixtures("short")
def test_a_disk_that_fills_up_brings_the_column_back_to_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    column = Column()
    column.extend(np.arange(5000))

    def fail(_: SpillFile, needed: int) -> None:
        raise OSError(28, f"no room for {needed}")

    monkeypatch.setattr(SpillFile, "grow", fail)
    column.extend(np.arange(2**20))
    assert column.values()[:5000].tolist() == list(range(5000))
    assert len(column) == 5000 + 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ten_million_values_take_little_memory() -> None:
    def resident_bytes() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    before, column = resident_bytes(), Column()
    for _ in range(100):
        column.extend(np.full(100_000, 0.5))
    assert len(column) == 10_000_000
    assert resident_bytes() - before < 45e6  # of 80e6 bytes of values
    assert column.values().sum() == 5_000_000
