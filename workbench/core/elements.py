"""The elements of one tensor around one step, for maps and histograms of single weights."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Elements = npt.NDArray[np.float32]


class ElementKind(StrEnum):
    """What is shown of each element."""

    RATE = "rate"  # step coefficient, or realised rate where there is none
    UPDATE = "update"  # Δ
    GRADIENT = "gradient"  # g, after clipping
    VALUE = "value"  # θ after the step


@dataclass(frozen=True, eq=False)
class ElementArrays:
    """One tensor at one step; each array has the tensor's shape, NaN where undefined."""

    tensor: str
    step: int
    arrays: dict[ElementKind, Elements]


class ElementTap:
    """A slot between the training thread and one view.

    The view names the tensor that it shows; the thread puts the elements of the newest
    measured step there. Without a wish nothing is copied, so the tap costs nothing.
    """

    def __init__(self) -> None:
        self.wanted: str | None = None  # set by the view
        self.latest: ElementArrays | None = None  # set by the training thread
