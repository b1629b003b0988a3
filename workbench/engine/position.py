"""Where a run stands between two steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Position:
    """Steps and epochs done, batches done of the epoch under way, and their sums so far.

    `sums` is what `EpochSums.state` returned; None for an epoch without a step.
    `elapsed_s` is the time that training took to get here, pauses left out.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    sums: Mapping[str, Any] | None = None
    elapsed_s: float = 0.0
