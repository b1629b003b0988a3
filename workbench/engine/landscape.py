"""The exact loss surface of a linear model under squared errors.

With the inputs X, shape (N, D), a column of ones among them where there is a bias, and
targets y, the loss L(w) = |Xw − y|² / N has the Hessian H = 2/N · XᵀX everywhere. Plain
gradient descent on all data multiplies the error along an eigenvector by 1 − lr·λ in
each step, so it converges for lr < 2/λ_max and diverges above (Goodfellow et al., Deep
Learning, 2016, section 4.3). All is computed in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from workbench.core.landscape import Landscape
from workbench.core.losses import MseLoss
from workbench.core.models import LinearModel
from workbench.core.plan import Plan
from workbench.engine.data.dataset import Dataset

_MAX_FEATURES = 2000
_MAX_WORK = 2e10  # N·D²: a few seconds on one core
_CHUNK = 2**20  # values of X at a time

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bowl:
    """A landscape, and where its plane lies among the weights.

    `minimum` has the weights of least loss, the bias last, shape (D,); of many it is the
    shortest. `axes` are the two directions of the plane, shape (2, D).
    """

    landscape: Landscape
    minimum: Matrix
    axes: Matrix

    def position(self, model: nn.Module) -> tuple[float, float]:
        """Return where the weights of a model are in the plane; NaN where they overflow."""
        parts = [part.detach().cpu().numpy().ravel() for part in model.parameters()]
        with np.errstate(invalid="ignore", over="ignore"):
            first, second = self.axes @ (np.concatenate(parts) - self.minimum)
        return float(first), float(second)


def survey(plan: Plan, dataset: Dataset) -> Bowl | None:
    """Compute the training loss's bowl.

    None where the loss is none, where the model has more than 2,000 features or the
    work would take long, and where no direction curves.
    """
    if not (isinstance(plan.model, LinearModel) and isinstance(plan.loss, MseLoss)):
        return None
    samples, features = dataset.train.inputs.shape
    size = features + plan.model.bias
    if features > _MAX_FEATURES or samples * size**2 > _MAX_WORK:
        return None
    if dataset.train.targets.shape[1] != 1:
        return None
    return _bowl(_triangle(dataset, bias=plan.model.bias), samples)


def _triangle(dataset: Dataset, *, bias: bool) -> Matrix:
    """Return the R of a QR decomposition of [X | y], at most (D + 1, D + 1).

    Part by part, so that memory stays small. It has all of the problem without the
    squared condition number of XᵀX.
    """
    inputs, targets = dataset.train.inputs, dataset.train.targets
    rows = max(1, _CHUNK // (inputs.shape[1] + 2))
    triangle = np.empty((0, inputs.shape[1] + bias + 1))
    for start in range(0, len(inputs), rows):
        part = inputs[start : start + rows]
        columns = [_float64(dataset.transform(part))]
        if bias:
            columns.append(np.ones((len(part), 1)))
        columns.append(_float64(targets[start : start + rows]))
        stacked = np.vstack([triangle, np.hstack(columns)])
        triangle = np.asarray(np.linalg.qr(stacked, mode="r"))
    return triangle


def _bowl(triangle: Matrix, samples: int) -> Bowl | None:
    """Solve the least squares problem |Rw − z|² by singular values."""
    root, target = triangle[:, :-1], triangle[:, -1]
    left, singular, right = np.linalg.svd(root)
    # as numpy.linalg.matrix_rank does for X itself
    smallest = singular.max(initial=0.0) * max(samples, root.shape[1]) * np.finfo(float).eps
    rank = int(np.sum(singular > smallest))
    if not rank:
        return None
    minimum = right[:rank].T @ (left[:, :rank].T @ target / singular[:rank])
    curvatures = np.zeros(root.shape[1])
    curvatures[:rank] = 2 / samples * singular[:rank] ** 2
    residual = root @ minimum - target
    loss = float(residual @ residual) / samples
    if len(curvatures) == 1:  # a single weight: the plane is a line
        axes, flattest_curvature = np.vstack([right, np.zeros((1, 1))]), 0.0
    else:
        flattest = max(rank - 1, 1)
        axes, flattest_curvature = right[[0, flattest]], float(curvatures[flattest])
    plane = (float(curvatures[0]), flattest_curvature)
    return Bowl(Landscape(curvatures, plane, loss), minimum, axes)


def _float64(values: Tensor) -> Matrix:
    array: Matrix = values.detach().cpu().double().numpy()
    return array
