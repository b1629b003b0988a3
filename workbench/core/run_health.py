"""Health of a run beside its tensors: its loss, its units, its rate on a known bowl."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from workbench.core.findings import RUN, Finding, Level
from workbench.core.numbers import format_short
from workbench.core.run import Run, describe_divergence
from workbench.core.stability import Stability, judge, largest_stable_lr

# A relative gain of 0.1 %: ten times the threshold of torch's ReduceLROnPlateau, since
# here the gain is asked of a whole stretch, not of one epoch.
LEAST_GAIN = 1e-3
STALE_SHARE = 0.2  # of the planned epochs
STALE_EPOCHS = 20  # at least: twice ReduceLROnPlateau's patience
CALM_AGAIN = 2.0  # times the usual loss: below it, an explosion counts as weathered
_CALM_STEPS = 20  # whose median must be that low
# CS231n notes, "Neural networks 1", see up to 40 % dead where the rate is too high.
MANY_DEAD = 0.5
NEARLY_ALL_DEAD = 0.9


def run_findings(run: Run) -> Iterator[Finding]:
    """Find what needs attention in the run as a whole."""
    yield from _divergence(run)
    yield from _explosion(run)
    yield from _unstable_rate(run)
    yield from _plateau(run)


def dead_findings(run: Run) -> Iterator[Finding]:
    """Find layers most of whose units are dead."""
    for name, share in run.history.activity.latest().items():
        if share > MANY_DEAD:
            limit = NEARLY_ALL_DEAD if share > NEARLY_ALL_DEAD else MANY_DEAD
            yield Finding(
                Level.BAD if share > NEARLY_ALL_DEAD else Level.WATCH,
                name,
                f"{100 * share:.0f} % of the units of {name} gave 0 for a whole batch, "
                f"more than {100 * limit:.0f} %.",
                "Lower the learning rate, or choose Leaky ReLU or GELU: a unit that is "
                "dead for all data never learns again.",
            )


def _divergence(run: Run) -> Iterator[Finding]:
    if run.divergence is not None:
        words = describe_divergence(run.divergence)
        yield Finding(
            Level.BAD,
            RUN,
            f"The run {words}.",
            "Divide the learning rate by 10, or clip the gradient to a norm of 1.",
        )


def _explosion(run: Run) -> Iterator[Finding]:
    if not run.explosions or run.divergence is not None:
        return
    event = run.explosions[-1]
    calm = _has_calmed(run, event.step, event.usual)
    times = event.loss / event.usual if event.usual > 0 else math.inf
    since = " It has come back since." if calm else ""
    yield Finding(
        Level.WATCH if calm else Level.BAD,
        RUN,
        f"The loss leapt to {format_short(event.loss)} at step {event.step:,}, "
        f"{format_short(float(f'{times:.2g}'))} times the usual "
        f"{format_short(event.usual)}; the limit is "
        f"{format_short(run.plan.loop.explosion_factor)} times.{since}",
        "Rewind to before it and divide the learning rate by 10, or clip the gradient.",
    )


def _has_calmed(run: Run, step: int, usual: float) -> bool:
    losses = run.history.steps.loss.values(step)  # those after it
    if len(losses) < _CALM_STEPS:
        return False
    return bool(np.median(losses[-_CALM_STEPS:]) <= CALM_AGAIN * usual)


def _unstable_rate(run: Run) -> Iterator[Finding]:
    plan, landscape = run.plan, run.history.landscape
    limit = largest_stable_lr(plan, landscape) if landscape else None
    if landscape is None or limit is None:
        return
    lrs = run.history.steps.lr.values()
    lr = float(lrs[-1]) if len(lrs) else plan.optimizer.lr
    if judge(plan, landscape, lr) is Stability.UNSTABLE:
        is_plain = limit == landscape.largest_stable_lr
        origin = "2/λ_max" if is_plain else "the limit with its momentum and weight decay"
        fate = "diverges" if plan.loop.clipping == "off" else "does not settle"
        yield Finding(
            Level.BAD,
            RUN,
            f"The learning rate {format_short(lr)} is above {format_short(limit)}, "
            f"{origin}: there SGD on all data {fate}.",
            f"Set it below {format_short(limit)}.",
        )


def _plateau(run: Run) -> Iterator[Finding]:
    planned = run.plan.loop.epochs
    stretch = max(STALE_EPOCHS, math.ceil(STALE_SHARE * planned))
    if len(run.epochs) <= stretch or run.divergence is not None:
        return
    losses = run.epochs.column("train_loss")
    before, lately = losses[:-stretch], losses[-stretch:]
    best = float(np.nanmin(before, initial=math.inf))
    if not _is_stale(best, float(np.nanmin(lately, initial=math.inf))):
        return
    if is_at_minimum(run, best):
        return
    yield Finding(
        Level.WATCH,
        RUN,
        f"The train loss has not improved by more than {LEAST_GAIN:.1%} for {stretch:,} "
        f"epochs, {stretch / planned:.0%} of the run: best {format_short(best)} at epoch "
        f"{run.epochs[int(np.nanargmin(before))].epoch:,}.",
        "If it is low enough, training is done; else let a schedule lower the rate, or "
        "try a larger model.",
    )


def _is_stale(best: float, lately: float) -> bool:
    return 0 < best < math.inf and not lately < best * (1 - LEAST_GAIN)


def is_at_minimum(run: Run, loss: float) -> bool:
    """Say whether the loss is as low as it can be, where that is known."""
    landscape = run.history.landscape
    return landscape is not None and loss <= landscape.minimum_loss * (1 + LEAST_GAIN)
