"""Scales the columns of tables to mean 0 and variance 1.

The arithmetic is that of scikit-learn's StandardScaler, to the last bit. That is not used
itself because importing it takes half as long as torch, whatever the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Standardiser:
    """Mean and scale of each column, shapes (columns,)."""

    mean: Floats
    scale: Floats

    @classmethod
    def fit(cls, table: Floats) -> Standardiser:
        """Measure a table (rows, columns) without gaps, of one row or more.

        The scale is the standard deviation, the variance being divided by the number of
        rows; 1 for a column that is constant within rounding.
        """
        rows, eps = len(table), np.finfo(np.float64).eps
        mean: Floats = table.sum(axis=0) / rows
        off = table - mean
        lost = off.sum(axis=0)  # what rounding left of a sum that should be 0
        variance = ((off**2).sum(axis=0) - lost**2 / rows) / rows
        is_constant = variance <= rows * eps * variance + (rows * mean * eps) ** 2
        return cls(mean, np.sqrt(np.where(is_constant, 1.0, variance)))

    def apply(self, table: Floats) -> None:
        """Scale a table of the same columns in place."""
        table -= self.mean
        table /= self.scale
