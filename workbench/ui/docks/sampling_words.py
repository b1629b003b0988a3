"""How often rates are measured and what that costs, in words."""

from __future__ import annotations

from workbench.core.measuring import MeasuringCost
from workbench.core.run import Run
from workbench.ui.docks.rate_sentences import tr

AUTOMATIC = 0  # of the setting: densely at first, then about 100 times a run
_AUTOMATIC_SAMPLES = 100
_LEAST_SHARE = 0.001


def say_wish(every: int) -> str:
    """Say what a value of the setting means."""
    if every == AUTOMATIC:
        return tr("about 100 times a run")
    return tr("at every step") if every == 1 else tr("every {} steps").format(f"{every:,}")


def say_share(share: float) -> str:
    """Write a share of the time with two digits."""
    if share < _LEAST_SHARE:
        return tr("under 0.1 %")
    return f"{float(f'{100 * share:.2g}'):g} %"


def say_cost(cost: MeasuringCost) -> str:
    """Say what share of the time measuring took so far."""
    return tr("measuring takes {} of the time").format(say_share(cost.share))


def say_cost_shortly(cost: MeasuringCost) -> str:
    """Say the same where there is little room."""
    return tr("{} of the time").format(say_share(cost.share))


def explain_cost(cost: MeasuringCost) -> str:
    """Say from which times the share comes."""
    each_ms = 1e3 * cost.spent_s / max(1, cost.samples)
    return tr(
        "{} of {} steps were measured, which took {:.3g} s of {:.3g} s of training: "
        "{:.3g} ms each."
    ).format(f"{cost.samples:,}", f"{cost.steps:,}", cost.spent_s, cost.elapsed_s, each_ms)


def expect_share(every: int, run: Run) -> float | None:
    """Return what share a wish would cost a run like this one; None where unknown."""
    cost = run.history.measuring
    if cost is None or not run.started:
        return None
    steps = run.started.total_steps
    return cost.share_if(every or max(1.0, steps / _AUTOMATIC_SAMPLES))
