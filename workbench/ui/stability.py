"""What the curvature of a linear model's loss says about a learning rate, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.core.landscape import Landscape
from workbench.core.numbers import format_short
from workbench.core.optimizers import Sgd
from workbench.core.plan import Plan
from workbench.core.stability import Stability, judge, largest_stable_lr
from workbench.ui.forms.hint import HintLevel


def name_method(plan: Plan) -> str:
    """Name the optimizer with all that makes it another method than plain SGD."""
    optimizer = plan.optimizer
    extras = _name_extras(optimizer) if isinstance(optimizer, Sgd) else []
    name = optimizer.title
    if extras:
        name = _tr("{} with {}").format(name, ", ".join(extras))
    return _tr("Lookahead around {}").format(name) if plan.lookahead.enabled else name


def say_bound(landscape: Landscape) -> str:
    """Say the largest curvature, and the bound of plain SGD."""
    curvature = float(landscape.curvatures[0])
    return _tr("λₘₐₓ = {} · plain SGD is stable below lr = 2/λₘₐₓ = {}").format(
        format_short(curvature), format_short(landscape.largest_stable_lr)
    )


def say_verdict(plan: Plan, landscape: Landscape, lr: float) -> str:
    """Say what a learning rate means for a run, and the method's own bound."""
    method = name_method(plan)
    words = {
        Stability.STABLE: _tr("stable"),
        Stability.UNSTABLE: _tr("unstable"),
        Stability.NOISY: _tr("stable on average; it uses mini-batches"),
        Stability.UNKNOWN: _tr("no bound is known for {}").format(method),
    }[judge(plan, landscape, lr)]
    own = _own_bound(plan, landscape)
    if own is not None:
        words += _tr(" (bound of {}: {})").format(method, format_short(own))
    return f"lr {format_short(lr)} → {words}"


def lr_hint(plan: Plan, landscape: Landscape) -> tuple[str, HintLevel]:
    """Return the mark on the learning rate field: words, and how much they matter.

    They are to watch where the rate is above the bound of the form's own method.
    """
    is_unstable = judge(plan, landscape, plan.optimizer.lr) is Stability.UNSTABLE
    return _bound_words(plan, landscape), (
        HintLevel.WATCH if is_unstable else HintLevel.INFO
    )


def _bound_words(plan: Plan, landscape: Landscape) -> str:
    plain, method = format_short(landscape.largest_stable_lr), name_method(plan)
    own = _own_bound(plan, landscape)
    if own is not None:
        return _tr(
            "{} on the full batch {} above {} for these data; plain SGD above 2/λₘₐₓ = {}"
        ).format(method, _fate(plan), format_short(own), plain)
    if largest_stable_lr(plan, landscape) is None:
        return _tr(
            "2/λₘₐₓ = {} for these data: above it plain SGD on the full batch diverges; "
            "for {} no bound is known"
        ).format(plain, method)
    return _tr(
        "2/λₘₐₓ = {} for these data: above it plain SGD on the full batch {}"
    ).format(plain, _fate(plan))


def _own_bound(plan: Plan, landscape: Landscape) -> float | None:
    """Return the bound of the plan's method where it is known and is not 2/λ_max."""
    bound = largest_stable_lr(plan, landscape)
    return None if bound == landscape.largest_stable_lr else bound


def _fate(plan: Plan) -> str:
    """Say what becomes of SGD above its bound."""
    is_clipped = plan.loop.clipping != "off"
    return _tr("does not settle") if is_clipped else _tr("diverges")


def _name_extras(optimizer: Sgd) -> list[str]:
    """List what an SGD has beside its learning rate."""
    extras = []
    if optimizer.momentum:
        words = _tr("Nesterov momentum {}") if optimizer.nesterov else _tr("momentum {}")
        extras.append(words.format(format_short(optimizer.momentum)))
        if optimizer.dampening:
            words = _tr("dampening {}").format(format_short(optimizer.dampening))
            extras.append(words)
    if optimizer.weight_decay:
        words = _tr("weight decay {}").format(format_short(optimizer.weight_decay))
        extras.append(words)
    return extras


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stability", text)
