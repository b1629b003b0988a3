"""What the rates say in words: why something is absent, how it was sampled."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.core.rates import Quantity
from workbench.core.run import Run
from workbench.core.series import Floats
from workbench.ui.plots.ranges import Range
from workbench.ui.plots.sampling import spacing


def tr(text: str) -> str:
    """Translate a text of the rates."""
    return QCoreApplication.translate("rates", text)


def why_empty(run: Run | None) -> str:
    """Say why nothing has been measured yet."""
    if run is None:
        return tr(
            "The effective learning rate of every tensor appears here, measured "
            "while a run trains.\nPress Train (Space) to start one."
        )
    if run.state.is_over:
        return tr("This run ended before anything was measured.")
    what = run.message or tr("Preparing")
    return tr("{}… The rates appear with the first step.").format(what)


def why_undefined(run: Run, quantity: Quantity) -> str:
    """Say why a quantity has no value in a whole run, and what to look at instead."""
    optimizer = run.plan.optimizer
    if quantity is Quantity.STEP_COEFFICIENT and optimizer.no_step_coefficient:
        reason = optimizer.no_step_coefficient
    elif quantity is Quantity.SIGNAL_SHARE:
        reason = tr(
            "it belongs to the Adam family, which divides a mean gradient by the root "
            "of a mean square"
        )
    elif quantity is Quantity.DECAY_TO_WEIGHT:
        reason = tr("it has no weight decay apart from the gradient in these settings")
    else:
        return tr(
            "{} has no value here: it was not measured, or every gradient was zero."
        ).format(quantity.label)
    return tr(
        "{} is not defined for {}: {}.\nChoose “{}”, which every optimizer has."
    ).format(quantity.label, optimizer.title, reason, Quantity.REALISED_RATE.label)


def how_sampled(steps: Floats, visible: Range | None = None, marks: str = "") -> str:
    """Say how often it was measured.

    `steps` are those in view and one on either side; `marks` is what stands at them,
    where anything does.
    """
    if visible and len(steps) and steps[-1] < visible[0]:
        return tr("nothing measured here yet")
    low, high = spacing(steps)
    if not high:
        return tr("measured once")
    if low == high == 1:
        text = tr("measured at every step")
    elif low == high:
        text = tr("measured every {} steps").format(f"{high:,}")
    else:
        text = tr("measured every {} to {} steps").format(f"{low:,}", f"{high:,}")
    if marks and high > 1:
        text += tr(" (at the {})").format(marks)
    return text


def how_thinned(num_steps: int, num_drawn: int) -> str:
    """Say which part of the measured steps is drawn; nothing where all are."""
    share = num_steps / max(1, num_drawn)
    return tr("1 of {} drawn").format(f"{round(share):,}") if share > 1.5 else ""


def where_elements(run: Run | None, tensor: str) -> str:
    """Say why there are no elements of a tensor to be seen."""
    if run is None:
        return tr(
            "The single elements of a tensor appear here while a run trains.\n"
            "Press Train (Space) to start one."
        )
    if run.state.is_over:
        return tr(
            "Elements are kept only while training, and this run is over: pause a run "
            "(Space) to look at them at leisure.\nThe lines and the map show "
            "all that was measured."
        )
    return tr("Waiting for the next measured step of {}.").format(tensor)
