"""The two official layouts of a CIFAR-10 batch file, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from workbench.core.errors import DataError
from workbench.engine.data.cifar10_official import CLASS_NAMES, IMAGES_PER_BATCH
from workbench.engine.data.cifar10_pickle import PickledArray, unpickle_batch
from workbench.engine.data.images import Bytes, Labels

_PIXELS = 3 * 32 * 32
_RECORD = 1 + _PIXELS


class Layout(Enum):
    """How batch files are written: the folder's name, the files' ending."""

    PYTHON = ("cifar-10-batches-py", "")  # pickled dictionaries
    BINARY = ("cifar-10-batches-bin", ".bin")  # records of a label and its pixels

    def __init__(self, folder: str, ending: str) -> None:
        self.folder = folder
        self.ending = ending

    @property
    def max_bytes(self) -> int:
        """The size that no file of this layout exceeds."""
        records = _RECORD * IMAGES_PER_BATCH
        return records if self is Layout.BINARY else records + 10_000_000


@dataclass(frozen=True)
class Batch:
    """Images uint8 (N, 3, 32, 32) and labels int64 (N,), from 0 to 9."""

    images: Bytes
    labels: Labels


def read_batch(data: bytes, layout: Layout, where: str) -> Batch:
    """Read one batch file.

    Args:
        data: The file.
        layout: How it is written.
        where: Its name and place, for the message.

    Raises:
        DataError: naming the file, where it is damaged.
    """
    try:
        if layout is Layout.PYTHON:
            return _read_python(data)
        return _read_binary(data)
    except ValueError as error:
        raise DataError(
            f"{where} is damaged: {error}. Replace it, or remove it and its folder or "
            "archive so that the data are downloaded again."
        ) from None


def _read_python(data: bytes) -> Batch:
    entries = unpickle_batch(data)
    array = entries.get("data")
    if not isinstance(array, PickledArray):
        raise ValueError("it has no array named 'data'")  # noqa: TRY004 - about the file
    return _checked(array.values, _labels_in(entries.get("labels")))


def _read_binary(data: bytes) -> Batch:
    if len(data) % _RECORD:
        raise ValueError(f"{len(data)} bytes are no whole number of {_RECORD}-byte records")
    records = np.frombuffer(data, dtype=np.uint8).reshape(-1, _RECORD)
    return _checked(records[:, 1:], records[:, 0].astype(np.int64))


def _labels_in(values: Any) -> Labels:
    if isinstance(values, PickledArray):
        values = values.values.reshape(-1).tolist()
    if not isinstance(values, list) or any(type(value) is not int for value in values):
        raise ValueError("it has no list of whole numbers named 'labels'")
    if any(abs(value) > 255 for value in values):
        raise ValueError(f"a label is {max(values, key=abs)}; labels go from 0 to 9")
    return np.array(values, dtype=np.int64)


def _checked(rows: Any, labels: Labels) -> Batch:
    """Check type, shape, number and labels."""
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != _PIXELS:
        raise ValueError(f"its pixels are {rows.dtype} {rows.shape}, not uint8 (N, 3072)")
    if len(rows) != len(labels) or not 1 <= len(rows) <= IMAGES_PER_BATCH:
        raise ValueError(f"it has {len(rows)} images and {len(labels)} labels, not 10000")
    wrong = np.flatnonzero((labels < 0) | (labels >= len(CLASS_NAMES)))
    if wrong.size:
        first = int(wrong[0])
        raise ValueError(f"the label of image {first} is {labels[first]}, not 0 to 9")
    return Batch(rows.reshape(-1, 3, 32, 32), labels)
