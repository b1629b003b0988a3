"""What happened when a loss leapt or was no number any more: step, loss, tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.core.events import LossExploded, RunDiverged
from workbench.core.levels import medians, tensor_values
from workbench.core.rates import Quantity, RateSeries, TensorFacts
from workbench.core.run import History, Run
from workbench.core.series import Floats, count_until

LOOK_BACK = 200  # steps, and samples, that say what was usual
_RECENT = 5  # samples up to the accident in which the growth is looked for
_LEAST_SAMPLES = 3
_LEAP = 3.0  # times the usual loss: what lies above belongs to the accident
_LOW = 0.1
_ROUNDING = float(np.finfo(np.float32).eps)
_JUDGED_BY = (Quantity.REALISED_NORM, Quantity.GRADIENT_NORM)


@dataclass(frozen=True)
class Suspect:
    """The tensor that left its usual level furthest: `factor` times its median before."""

    tensor: str
    quantity: Quantity
    factor: float


@dataclass(frozen=True)
class Accident:
    """A loss that leapt or was not finite.

    `usual` is what the losses before were like; `onset` the first step of the stretch
    of high losses that ends in the accident. `where` says what of `tensor` was not
    finite first ("weight", "gradient", or the "output" of a layer); it is empty where
    the numbers were finite, and then the tensor is the suspect's, if there is one.
    """

    step: int
    loss: float
    usual: float
    is_divergence: bool
    onset: int
    tensor: str | None
    where: str
    suspect: Suspect | None


def last_trouble(run: Run) -> LossExploded | RunDiverged | None:
    """Return the event that told of what went wrong last."""
    return run.divergence or (run.explosions[-1] if run.explosions else None)


def last_accident(run: Run) -> Accident | None:
    """Return what went wrong last in a run, None where nothing did."""
    event = last_trouble(run)
    if event is None:
        return None
    usual = _usual_loss(run, event)
    suspect = find_suspect(rates_before(run.history, event.step), event.step)
    tensor, where = None, ""
    if isinstance(event, RunDiverged):
        tensor, where = event.tensor, event.where if event.tensor else ""
    return Accident(
        step=event.step,
        loss=event.loss,
        usual=usual,
        is_divergence=isinstance(event, RunDiverged),
        onset=find_onset(run.history.steps.loss.values(), event.step, usual),
        tensor=tensor or (suspect.tensor if suspect else None),
        where=where,
        suspect=suspect,
    )


def seen_steps(history: History, step: int) -> tuple[int, int] | None:
    """Return the first and the last step of the close-up of an accident at `step`.

    None where no replay has measured every one of the steps before it.
    """
    steps = history.close_up.steps()
    count = count_until(steps, step)
    if not count or steps[count - 1] <= step - LOOK_BACK:
        return None
    return int(steps[0]), int(steps[count - 1])


def rates_before(history: History, step: int) -> RateSeries:
    """Return what was measured up to a step, in as much detail as there is.

    That is every step that the close-up of an accident at `step` has, and around them
    the sampled ones; as many as say what was usual.
    """
    seen, sampled, close_up = seen_steps(history, step), history.rates, history.close_up
    if seen is None or sampled.tensors != close_up.tensors:
        return sampled
    rates = RateSeries(close_up.tensors)
    before = count_until(sampled.steps(), seen[0] - 1)
    after = count_until(sampled.steps(), seen[1])
    _append(rates, sampled, max(0, before - LOOK_BACK), before)
    _append(rates, close_up, 0, count_until(close_up.steps(), step))
    _append(rates, sampled, after, count_until(sampled.steps(), step))
    return rates


def _append(rates: RateSeries, other: RateSeries, start: int, stop: int) -> None:
    rates.extend(other.steps()[start:stop], other.values(stop)[start:])


def find_suspect(rates: RateSeries, step: int) -> Suspect | None:
    """Name the tensor whose realised rate or gradient norm grew most up to a step.

    Growth is the largest of the last few samples over the median of those before. Of
    several that overflowed, it is the one that did so first. A gradient that is no more
    than the rounding of a larger one beside it tells nothing. None where too little was
    measured or nothing grew.
    """
    count = int(np.searchsorted(rates.steps(), step, side="right"))
    if count < _LEAST_SAMPLES:
        return None
    split = count - min(_RECENT, count // _LEAST_SAMPLES)
    start, found = max(0, split - LOOK_BACK), None
    gradients = tensor_values(rates, Quantity.GRADIENT_NORM, start, count)
    for quantity in _JUDGED_BY:
        values = tensor_values(rates, quantity, start, count)
        values = np.where(_is_rounding(gradients), np.nan, values)
        recent = len(values) - (count - split)
        suspect = _most_grown(rates.tensors, quantity, values[:recent], values[recent:])
        if suspect and (found is None or suspect.factor > found.factor):
            found = suspect
    return found


def _is_rounding(gradients: Floats) -> npt.NDArray[np.bool_]:
    """Say which gradients are so much smaller than the sample's largest finite one.

    As that of a bias is which standardised data leave nothing to do.
    """
    finite = np.where(np.isfinite(gradients), gradients, 0.0)
    largest = finite.max(axis=1, keepdims=True, initial=0.0)
    rounding: npt.NDArray[np.bool_] = gradients < _ROUNDING * largest
    return rounding


def _most_grown(
    tensors: Sequence[TensorFacts], quantity: Quantity, before: Floats, recent: Floats
) -> Suspect | None:
    usual = medians(before)
    known = (usual > 0) & np.isfinite(usual)
    growth = np.divide(recent, usual, out=np.zeros(recent.shape), where=known)
    growth = np.where(np.isnan(growth), 0.0, growth)
    if not growth.size or growth.max() <= 1:
        return None
    # The first sample that reaches the maximum, and in it the first tensor.
    _sample, place = divmod(int(growth.argmax()), growth.shape[1])
    return Suspect(tensors[place].name, quantity, float(growth.max()))


def find_onset(losses: Floats, step: int, usual: float) -> int:
    """Return the first step of the stretch of high losses that ends in `step`.

    High is above three times the usual loss; at most 200 steps are looked at.
    """
    if not math.isfinite(usual):
        return step
    start = max(0, step - LOOK_BACK)
    calm = np.flatnonzero(losses[start:step] <= _LEAP * usual)
    onset = start + int(calm[-1]) + 2 if len(calm) else start + 1
    return min(onset, step)


def last_good_step(kept: Sequence[int], onset: int) -> int | None:
    """Choose the kept step to go on from: the newest whose next loss was still usual.

    The loss of a step is that of the weights after the step before. Where all kept
    steps are later it is the oldest; None where there is none.
    """
    good = [step for step in kept if step + 1 < onset]
    return max(good) if good else min(kept, default=None)


def plotted_tensor(accident: Accident, tensors: Sequence[TensorFacts]) -> str | None:
    """Return the measured tensor that tells most of an accident.

    The one that is named, the first of a layer whose output is named, or the suspect.
    """
    name = accident.tensor
    for tensor in tensors:
        if name is not None and (tensor.name == name or tensor.name.startswith(f"{name}.")):
            return tensor.name
    return accident.suspect.tensor if accident.suspect else None


def _usual_loss(run: Run, event: LossExploded | RunDiverged) -> float:
    """Return the median loss before a leap; without one, the tenth percentile.

    A loss that climbs until it overflows is high for most of the time before: only the
    lowest of it can pass for usual.
    """
    if isinstance(event, LossExploded):
        return event.usual
    for leap in reversed(run.explosions):
        if event.step - leap.step < LOOK_BACK:
            return leap.usual
    before = run.history.steps.loss.values(max(0, event.step - 1 - LOOK_BACK))
    before = before[: min(LOOK_BACK, event.step - 1)]
    finite = before[np.isfinite(before)]
    return float(np.quantile(finite, _LOW)) if len(finite) else math.nan
