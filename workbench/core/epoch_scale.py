"""Where steps lie in epochs, in a run whose epochs need not all have the same length."""

from __future__ import annotations

import numpy as np

from workbench.core.epochs import EpochSeries
from workbench.core.series import Floats

_FAR = 1e9  # epochs, further than any run gets


class EpochScale:
    """Turns steps into epochs and back.

    The ends of epochs that were measured lie where they lie: a run that went on from
    another one with another batch size has epochs of several lengths. After the last of
    them an epoch has `steps_per_epoch` steps.
    """

    def __init__(self) -> None:
        self._steps, self._epochs = np.zeros(1), np.zeros(1)  # where the length changes
        self._done = 0
        self._steps_per_epoch = 1

    def update(self, epochs: EpochSeries, steps_per_epoch: int) -> None:
        """Take in the epochs that are new since the last call."""
        start, self._done = self._done, len(epochs)
        self._steps_per_epoch = max(1, steps_per_epoch)
        steps = np.append(self._steps, epochs.column("step", start, self._done))
        counts = np.append(self._epochs, epochs.column("epoch", start, self._done))
        kept = _corners(steps, counts)
        self._steps, self._epochs = steps[kept], counts[kept]

    def epochs_of(self, steps: Floats) -> Floats:
        """Return how many epochs are done after so many steps, with their fractions."""
        return np.interp(steps, *self._line())

    def steps_of(self, epochs: Floats) -> Floats:
        """Return how many steps are done after so many epochs, with their fractions."""
        steps, counts = self._line()
        return np.interp(epochs, counts, steps)

    def _line(self) -> tuple[Floats, Floats]:
        steps = np.append(self._steps, self._steps[-1] + _FAR * self._steps_per_epoch)
        return steps, np.append(self._epochs, self._epochs[-1] + _FAR)


def _corners(steps: Floats, epochs: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which points cannot be left out of a line of straight pieces."""
    kept = np.ones(len(steps), np.bool_)
    along, up = np.diff(steps), np.diff(epochs)
    kept[1:-1] = along[:-1] * up[1:] != up[:-1] * along[1:]
    return kept
