"""Puts the chunks of a series together, and finds what is missing between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from workbench.core.series import Floats
from workbench.storage.content import Chunk


@dataclass(frozen=True)
class Spans:
    """What is there of a series: tables by their first row, in order, without overlap.

    `missing` lists the gaps, each from its first row up to, not including, its last.
    """

    tables: tuple[tuple[int, Floats], ...]
    missing: tuple[tuple[int, int], ...]

    def joined(self, width: int) -> Floats:
        """Return all rows one after the other, shape (rows, width)."""
        return np.concatenate([np.empty((0, width)), *(table for _, table in self.tables)])

    def filled(self, width: int, max_bytes: int) -> Floats:
        """Return the rows at their places, NaN where a gap lies before others.

        A gap so wide that the file of `max_bytes` can never have held the series is a
        false claim; the rows then end before it.
        """
        pieces, end = [np.empty((0, width))], 0
        for first, table in self.tables:
            if 8 * width * (first + len(table)) > max_bytes:
                break
            pieces += [np.full((first - end, width), np.nan), table]
            end = first + len(table)
        return np.concatenate(pieces)


def assemble(chunks: Iterable[Chunk], count: int, width: int) -> Spans:
    """Order the chunks of a series of `count` rows; those that do not fit are missing."""
    tables: list[tuple[int, Floats]] = []
    missing: list[tuple[int, int]] = []
    end = 0
    for chunk in sorted(chunks, key=lambda chunk: chunk.first):
        fits = end <= chunk.first < chunk.first + chunk.count <= count
        if not fits or len(chunk.data) != 8 * width * chunk.count:
            continue
        if chunk.first > end:
            missing.append((end, chunk.first))
        table = np.frombuffer(chunk.data, "<f8").astype(np.float64, copy=False)
        tables.append((chunk.first, table.reshape(chunk.count, width)))
        end = chunk.first + chunk.count
    if end < count:
        missing.append((end, count))
    return Spans(tuple(tables), tuple(missing))
