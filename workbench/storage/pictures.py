"""Pictures of a run as bytes and a few facts, to and from the file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isqrt

import numpy as np

from workbench.core.events import Confusion, Picture, Predictions


class _Kind(StrEnum):
    PREDICTIONS = "predictions"  # data: actual, then predicted, float64
    CONFUSION = "confusion"  # data: counts by row, int64


@dataclass(frozen=True)
class PictureFacts:
    """What a picture is, beside its numbers."""

    kind: _Kind
    split: str
    epoch: int
    class_names: tuple[str, ...] = ()


def pack(picture: Picture) -> tuple[PictureFacts, bytes]:
    """Turn a picture into its facts and its numbers, little-endian."""
    if isinstance(picture, Predictions):
        facts = PictureFacts(_Kind.PREDICTIONS, picture.split, picture.epoch)
        pair = np.stack((picture.actual, picture.predicted))
        return facts, pair.astype("<f8").tobytes()
    names = picture.class_names
    facts = PictureFacts(_Kind.CONFUSION, picture.split, picture.epoch, names)
    return facts, picture.counts.astype("<i8").tobytes()


def unpack(facts: PictureFacts, data: bytes) -> Picture:
    """Make the picture again.

    Raises:
        ValueError: where the numbers are not as many as the facts ask for.
    """
    if facts.kind is _Kind.PREDICTIONS:
        if len(data) % 16:
            raise ValueError("the picture has not as many actual as predicted values")
        actual, predicted = np.frombuffer(data, "<f8").astype(np.float64).reshape(2, -1)
        return Predictions(facts.split, facts.epoch, actual, predicted)
    side = isqrt(len(data) // 8)
    if 8 * side**2 != len(data) or side != len(facts.class_names):
        raise ValueError("the picture has not as many counts as pairs of classes")
    counts = np.frombuffer(data, "<i8").astype(np.int64).reshape(side, side)
    return Confusion(facts.split, facts.epoch, facts.class_names, counts)
