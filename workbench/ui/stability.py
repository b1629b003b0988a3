"""What the curvature of a linear model's loss says about a learning rate, in words."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from workbench.core.landscape import Landscape
from workbench.core.numbers import format_short
from workbench.core.optimizers import Sgd
from workbench.core.plan import Plan
from workbench.ui.forms.hint import HintLevel


class Stability(StrEnum):
    """What happens to plain gradient descent on all data."""

    STABLE = "stable"
    UNSTABLE = "unstable"
    NOISY = "noisy"  # plain SGD on mini-batches: the bound is that of their mean
    OTHER = "other"  # another method, to which the bound does not apply


def judge(plan: Plan, landscape: Landscape, lr: float) -> Stability:
    """Say whether gradient descent with this learning rate converges on the bowl.

    Each step multiplies the distance along an axis of curvature λ by 1 − lr·(λ + wd),
    so it shrinks for lr < 2 / (λ_max + wd); wd is the weight decay.
    """
    optimizer = plan.optimizer
    if not isinstance(optimizer, Sgd) or optimizer.momentum or plan.lookahead.enabled:
        return Stability.OTHER
    if lr * (2 / landscape.largest_stable_lr + optimizer.weight_decay) > 2:
        return Stability.UNSTABLE
    return Stability.STABLE if plan.loop.full_batch else Stability.NOISY


def name_method(plan: Plan) -> str:
    """Name the optimizer with what makes it another method than plain SGD."""
    optimizer, name = plan.optimizer, plan.optimizer.title
    if isinstance(optimizer, Sgd) and optimizer.momentum:
        name = _tr("{} with momentum {}").format(name, format_short(optimizer.momentum))
    return _tr("Lookahead around {}").format(name) if plan.lookahead.enabled else name


def say_bound(landscape: Landscape) -> str:
    """Say the largest curvature and the bound."""
    curvature = float(landscape.curvatures[0])
    return _tr("λₘₐₓ = {} · plain SGD is stable below lr = 2/λₘₐₓ = {}").format(
        format_short(curvature), format_short(landscape.largest_stable_lr)
    )


def say_verdict(plan: Plan, landscape: Landscape, lr: float) -> str:
    """Say what the bound means for a run with this learning rate."""
    words = {
        Stability.STABLE: _tr("stable"),
        Stability.UNSTABLE: _tr("unstable"),
        Stability.NOISY: _tr("stable on average; it uses mini-batches"),
        Stability.OTHER: _tr("{}, another method: the bound is not its own").format(
            name_method(plan)
        ),
    }
    return f"lr {format_short(lr)} → {words[judge(plan, landscape, lr)]}"


def lr_hint(plan: Plan, landscape: Landscape) -> tuple[str, HintLevel]:
    """Return the mark on the learning rate field: words, and how much they matter.

    They are to watch where the method is plain SGD and the rate is above the bound.
    """
    words = _tr(
        "2/λₘₐₓ = {} for these data: above it plain SGD on the full batch diverges"
    ).format(format_short(landscape.largest_stable_lr))
    is_unstable = judge(plan, landscape, plan.optimizer.lr) is Stability.UNSTABLE
    return words, HintLevel.WATCH if is_unstable else HintLevel.INFO


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stability", text)
