"""Up to which learning rate SGD converges on a landscape that is known."""

from __future__ import annotations

from enum import StrEnum

from workbench.core.landscape import Landscape
from workbench.core.optimizers import Sgd
from workbench.core.plan import Plan


class Stability(StrEnum):
    """What a learning rate means for a run on a known landscape."""

    STABLE = "stable"
    UNSTABLE = "unstable"
    NOISY = "noisy"  # below the limit, which is that of the mean of its mini-batches
    UNKNOWN = "unknown"  # a method for which no limit is known


def judge(plan: Plan, landscape: Landscape, lr: float) -> Stability:
    """Say whether the plan's method comes to rest on the landscape with this rate."""
    limit = largest_stable_lr(plan, landscape)
    if limit is None:
        return Stability.UNKNOWN
    if lr > limit:
        return Stability.UNSTABLE
    return Stability.STABLE if plan.loop.full_batch else Stability.NOISY


def largest_stable_lr(plan: Plan, landscape: Landscape) -> float | None:
    """Return the rate above which SGD on all data diverges; None where it is not known.

    On a bowl of curvature λ (with an L2 penalty, λ plus its weight), the error along
    the steepest axis obeys a linear recurrence of second order. Its roots stay inside
    the unit circle (Jury's criterion) for

        lr < 2/λ                        plain,
        lr < 2 (1 + μ) / (λ (1 − d))    with momentum μ and dampening d,
        lr < 2 (1 + μ) / (λ (1 + 2μ))   with Nesterov's momentum.

    Batches that are not all of the data diverge earlier, if anything. A clipped gradient
    keeps SGD from diverging above the limit, but not from jumping about.
    """
    optimizer = plan.optimizer
    if not isinstance(optimizer, Sgd) or plan.lookahead.enabled:
        return None
    curvature = float(landscape.curvatures[0]) + optimizer.weight_decay
    if curvature <= 0:
        return None
    momentum = optimizer.momentum
    if momentum == 0:  # dampening has no effect then
        return 2 / curvature
    if optimizer.nesterov:
        return 2 * (1 + momentum) / (curvature * (1 + 2 * momentum))
    taken = 1 - optimizer.dampening
    return 2 * (1 + momentum) / (curvature * taken) if taken > 0 else None
