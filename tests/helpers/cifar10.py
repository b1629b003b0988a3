"""Tiny CIFAR-10 files in both official layouts, and what is 'official' about them."""

from __future__ import annotations

import hashlib
import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.engine.data.cifar10_official import Official
from workbench.engine.data.download import Download

TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST = ("test_batch",)
PER_BATCH = 4

Rows = tuple[NDArray[np.uint8], list[int]]


def make_rows(name: str) -> Rows:
    """Make the pixels (4, 3072) and labels of one batch, different for each name."""
    random = np.random.default_rng(sum(name.encode()))
    pixels = random.integers(0, 256, (PER_BATCH, 3072), dtype=np.uint8)
    return pixels, random.integers(0, 10, PER_BATCH).tolist()


def python_batch(rows: Rows, protocol: int = 2) -> bytes:
    pixels, labels = rows
    batch = {"batch_label": "made", "labels": labels, "data": pixels, "filenames": ["a"]}
    return pickle.dumps(batch, protocol=protocol)


def binary_batch(rows: Rows) -> bytes:
    pixels, labels = rows
    column = np.array(labels, dtype=np.uint8)[:, None]
    return np.concatenate([column, pixels], axis=1).tobytes()


def python_files() -> dict[str, bytes]:
    """Make all batch files, by their path in the official archive."""
    names = (*TRAIN, *TEST)
    return {f"cifar-10-batches-py/{n}": python_batch(make_rows(n)) for n in names}


def binary_files() -> dict[str, bytes]:
    names = (*TRAIN, *TEST)
    return {f"cifar-10-batches-bin/{n}.bin": binary_batch(make_rows(n)) for n in names}


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def make_archive(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """Pack files as the official archives are packed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]  # any
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def make_facts(files: dict[str, bytes], archive: bytes = b"", url: str = "") -> Official:
    """Declare made files and their archive to be the official ones."""
    sums = {
        Path(name).name: hashlib.md5(content, usedforsecurity=False).hexdigest()
        for name, content in files.items()
    }
    return Official(
        train={name: sums.get(name, "") for name in TRAIN},
        test={name: sums.get(name, "") for name in TEST},
        archive=Download(url, len(archive), hashlib.sha256(archive).hexdigest()),
    )
