"""The loss of a linear model under squared errors: a bowl that is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.core.series import Column, Floats, count_until

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Landscape:
    """The bowl in the coordinates of its own axes, with the minimum at the origin.

    `curvatures` are the eigenvalues of the Hessian of the training loss in descending
    order. In the plane of the steepest and the flattest of the axes that curve at all,
    the loss is minimum_loss + ½ (c₁·a² + c₂·b²), with `plane` = (c₁, c₂) and (a, b)
    the distance from the minimum along the two.
    """

    curvatures: Floats
    plane: tuple[float, float]
    minimum_loss: float

    @property
    def largest_stable_lr(self) -> float:
        """Return 2/λ_max: above this, plain gradient descent on all data diverges."""
        return 2.0 / float(self.curvatures[0])


class PathSeries:
    """Where the weights were in the plane of a landscape, at the measured steps."""

    def __init__(self) -> None:
        self._first = Column()
        self._second = Column()
        self._steps = Column()

    def __len__(self) -> int:
        return len(self._steps)

    def append(self, step: int, first: float, second: float) -> None:
        """Add the position after a step; step 0 is the start."""
        self._first.append(first)
        self._second.append(second)
        self._steps.append(step)

    def steps(self) -> Floats:
        """Return the measured steps."""
        return self._steps.values()

    def points(self) -> Matrix:
        """Return the positions, shape (measured steps, 2)."""
        count = len(self._steps)
        return np.column_stack(
            [self._first.values(0, count), self._second.values(0, count)]
        )

    def copy_until(self, step: int) -> PathSeries:
        """Return a series of its own with the positions up to `step`."""
        copied = PathSeries()
        count = count_until(self.steps(), step)
        copied._first.extend(self._first.values(0, count))
        copied._second.extend(self._second.values(0, count))
        copied._steps.extend(self._steps.values(0, count))
        return copied
