"""Health in words: what stands out in the measurements of a run, and what to try.

Pure functions of a run; the same measurements always give the same findings. The
thresholds are conventions, none of them a law, so each has its source or its reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.core.findings import Diagnosis, Finding, Level, layer_of, worst_first
from workbench.core.levels import medians, tensor_values
from workbench.core.numbers import format_short
from workbench.core.rates import Quantity, RateSeries, TensorFacts
from workbench.core.run import Run
from workbench.core.run_health import dead_findings, is_at_minimum, run_findings
from workbench.core.series import Floats

LEAST_SAMPLES = 10  # fewer are the first steps, when every optimizer is unsteady
RECENT = 20  # samples whose median is the present level
EARLIER = 200  # samples before those, to compare with
BURST = 5  # samples whose median is the gradient's present level: quick, yet no single peak

# Around 1e-3 is healthy (A. Karpathy, CS231n notes, "Neural networks 3: ratio of
# weights:updates", and "Zero to Hero", part 4). A factor of 100 to either side is far
# off, and of 30 above worth a look. He looks at weights only: biases often start at 0.
LARGE_UPDATE = 1e-1
RAISED_UPDATE = 3e-2
SMALL_UPDATE = 1e-5
THROTTLED = 1e-2  # of the set rate: so far down a schedule, small updates are meant
# A little above the resolution of float32 (1.2e-7): such a layer stands still under SGD.
VANISHED = 1e-6
EXPLODED = 100.0  # times the earlier median: what the loop's rule says of the loss
FAR_OFF = 100.0  # times the others: beyond what layers of one network usually differ by
_LEAST_COMPARED = 3  # tensors; the median of two says nothing about which is off

_LOWER_LR = "Divide the learning rate by 10, or clip the gradient to a norm of 1."


@dataclass(frozen=True, eq=False)
class _Vitals:
    """Levels of all tensors; arrays in their order, NaN where nothing was measured."""

    tensors: tuple[TensorFacts, ...]
    layers: tuple[str, ...]  # of each tensor
    update: Floats
    rate: Floats
    rate_name: str
    gradient: Floats
    burst: Floats
    earlier: Floats


def assess(run: Run) -> Diagnosis:
    """Judge a run by what was measured so far; tensors from `LEAST_SAMPLES` samples on."""
    rates, found = run.history.rates, list(run_findings(run))
    count = len(rates)
    if count < LEAST_SAMPLES:
        return Diagnosis(worst_first(found), missing=LEAST_SAMPLES - count)
    vitals = _measure(rates, count)
    found += _update_findings(vitals, is_meant=_is_meant_to_stand(run))
    found += _vanished_findings(vitals)
    if not _has_loss_fallen(run, count):  # else the gradients grow as they leave a plateau
        found += _exploded_findings(vitals)
    found += dead_findings(run)
    found += _far_off_findings(vitals)
    ordered = worst_first(found)
    verdicts = _tensor_verdicts(vitals, ordered)
    return Diagnosis(ordered, verdicts, _layer_verdicts(vitals, ordered, verdicts))


def _measure(rates: RateSeries, count: int) -> _Vitals:
    recent, burst = max(0, count - RECENT), count - BURST
    norms = tensor_values(rates, Quantity.GRADIENT_NORM, max(0, burst - EARLIER), count)
    rate, name = _rate(rates, recent, count)
    return _Vitals(
        rates.tensors,
        tuple(map(layer_of, rates.tensors)),
        medians(tensor_values(rates, Quantity.UPDATE_TO_WEIGHT, recent, count)),
        rate,
        name,
        medians(norms[-RECENT:]),
        medians(norms[-BURST:]),
        medians(norms[:-BURST]),
    )


def _rate(rates: RateSeries, start: int, stop: int) -> tuple[Floats, str]:
    """Return the step coefficients, or what each optimizer has, and its name."""
    coefficient = medians(tensor_values(rates, Quantity.STEP_COEFFICIENT, start, stop))
    if not np.isnan(coefficient).all():
        return coefficient, "step coefficient"
    return medians(tensor_values(rates, Quantity.REALISED_RATE, start, stop)), "rate"


def _is_meant_to_stand(run: Run) -> bool:
    """Say whether small updates are right: far down a schedule, or at the minimum."""
    lrs, loss = run.history.steps.lr.values(), run.last_train_loss
    if loss is not None and is_at_minimum(run, loss):
        return True
    return bool(len(lrs)) and float(lrs[-1]) < THROTTLED * run.plan.optimizer.lr


def _has_loss_fallen(run: Run, count: int) -> bool:
    """Say whether the losses at the newest samples are below those before."""
    first = max(0, count - BURST - EARLIER)
    rows = run.history.rates.steps()[first:count].astype(np.intp) - 1
    losses = run.history.steps.loss.values()
    if rows[-1] >= len(losses):
        return False
    lately = float(np.median(losses[rows[-BURST:]]))
    return lately < float(np.median(losses[rows[:-BURST]]))


def _update_findings(vitals: _Vitals, *, is_meant: bool) -> Iterator[Finding]:
    for place, tensor in enumerate(vitals.tensors):
        ratio = float(vitals.update[place])
        if tensor.is_bias or np.isnan(ratio):
            continue
        moves = f"{tensor.name} moves by {_short(ratio)} of its own length in a step"
        usual = "around 0.001 is usual"
        if ratio > LARGE_UPDATE:
            level, advice = Level.BAD, _LOWER_LR
            reason = f"{moves}; above {LARGE_UPDATE:g} it cannot settle."
        elif ratio > RAISED_UPDATE:
            level, advice = (
                Level.WATCH,
                "Lower the learning rate by 3 to 10, or warm it up.",
            )
            reason = f"{moves}, more than {RAISED_UPDATE:g}; {usual}."
        elif ratio < SMALL_UPDATE and not is_meant and vitals.gradient[place] > 0:
            level = Level.WATCH
            reason = f"{moves}, less than 1e-5; {usual}."
            advice = "Raise the learning rate, unless the loss is as low as you need."
        else:
            continue
        yield Finding(level, vitals.layers[place], reason, advice, tensor.name)


def _vanished_findings(vitals: _Vitals) -> Iterator[Finding]:
    norms = _layer_norms(vitals)
    finite = {layer: norm for layer, norm in norms.items() if math.isfinite(norm)}
    largest = max(finite, key=lambda layer: finite[layer], default="")
    if not finite or finite[largest] == 0:
        return  # nothing is left to learn from: the loss says whether that is good
    for layer, norm in norms.items():
        if norm == 0:
            yield Finding(
                Level.BAD,
                layer,
                f"No gradient reaches {layer}: the median of its norm is 0.",
                "Look for dead units behind it, or weights that all start at zero.",
            )
        elif norm < VANISHED * norms[largest]:
            share = _short(norm / norms[largest])
            yield Finding(
                Level.WATCH,
                layer,
                f"The gradient of {layer} is {share} of that of {largest}; below 1e-6 it "
                "has vanished.",
                "Try ReLU or GELU in place of sigmoid or tanh, another initialisation, "
                "or fewer layers.",
            )


def _layer_norms(vitals: _Vitals) -> dict[str, float]:
    """Return the gradient norm of each layer that has one: of its tensors together."""
    squares: dict[str, float] = {}
    for layer, norm in zip(vitals.layers, vitals.gradient.tolist(), strict=True):
        if not math.isnan(norm):
            squares[layer] = squares.get(layer, 0.0) + norm * norm
    return {layer: square**0.5 for layer, square in squares.items()}


def _exploded_findings(vitals: _Vitals) -> Iterator[Finding]:
    with np.errstate(invalid="ignore"):
        growth = _divide(vitals.burst, vitals.earlier)
    for place in np.flatnonzero(growth >= EXPLODED).tolist():
        tensor = vitals.tensors[place]
        before, now = _short(vitals.earlier[place]), _short(vitals.burst[place])
        yield Finding(
            Level.BAD,
            vitals.layers[place],
            f"The gradient norm of {tensor.name} grew from {before} to {now}, "
            f"{_times(growth[place])} as much; from {EXPLODED:g} times on it explodes.",
            _LOWER_LR,
            tensor.name,
        )


def _far_off_findings(vitals: _Vitals) -> Iterator[Finding]:
    is_weight = np.array([not tensor.is_bias for tensor in vitals.tensors])
    untold = (vitals.update <= RAISED_UPDATE) & (vitals.update >= SMALL_UPDATE)
    updates = np.where(is_weight & untold, vitals.update, np.nan)
    told = set()
    for what, values in ((vitals.rate_name, vitals.rate), ("update to weight", updates)):
        usable = np.isfinite(values) & (values > 0)
        if np.count_nonzero(usable) < _LEAST_COMPARED:
            continue
        middle = float(np.median(values[usable]))
        factor = np.where(usable, values, middle) / middle
        for place in np.flatnonzero((factor >= FAR_OFF) | (factor <= 1 / FAR_OFF)).tolist():
            if place not in told:
                told.add(place)
                yield _far_off(vitals, place, what, float(values[place]), middle)


def _far_off(
    vitals: _Vitals, place: int, what: str, value: float, middle: float
) -> Finding:
    tensor = vitals.tensors[place]
    is_above = value > middle
    factor = value / middle if is_above else middle / value
    return Finding(
        Level.WATCH,
        vitals.layers[place],
        f"The {what} of {tensor.name} is {_short(value)}, {_times(factor)} "
        f"{'above' if is_above else 'below'} the median of all tensors, "
        f"{_short(middle)}; from {FAR_OFF:g} times on it is far off.",
        "Standardise the inputs or change the initialisation, so that gradients of all "
        "layers are alike.",
        tensor.name,
    )


def _tensor_verdicts(vitals: _Vitals, findings: tuple[Finding, ...]) -> dict[str, Finding]:
    """Return the worst finding on each tensor or its layer, or that all is well."""
    worst = _by_subject(findings)
    verdicts = {}
    for place, (tensor, layer) in enumerate(
        zip(vitals.tensors, vitals.layers, strict=True)
    ):
        candidates = [
            worst[key] for key in ((layer, tensor.name), (layer, "")) if key in worst
        ]
        if candidates:
            verdicts[tensor.name] = worst_first(candidates)[0]
        elif not np.isnan(vitals.gradient[place]) or not np.isnan(vitals.update[place]):
            verdicts[tensor.name] = _all_well(vitals, place)
    return verdicts


def _all_well(vitals: _Vitals, place: int) -> Finding:
    update, norm = vitals.update[place], vitals.gradient[place]
    return Finding(
        Level.GOOD,
        vitals.layers[place],
        f"Nothing stands out: update to weight {_short(update)}, gradient norm "
        f"{_short(norm)}.",
        tensor=vitals.tensors[place].name,
    )


def _layer_verdicts(
    vitals: _Vitals, findings: tuple[Finding, ...], verdicts: dict[str, Finding]
) -> dict[str, Finding]:
    """Return the worst finding on each layer or any of its tensors."""
    found: dict[str, Finding] = {}
    for finding in findings:  # the worst first
        found.setdefault(finding.subject, finding)
    for tensor, layer in zip(vitals.tensors, vitals.layers, strict=True):
        if layer not in found and tensor.name in verdicts:
            found[layer] = Finding(Level.GOOD, layer, "Nothing stands out in this layer.")
    return {layer: found[layer] for layer in vitals.layers if layer in found}


def _by_subject(findings: tuple[Finding, ...]) -> dict[tuple[str, str], Finding]:
    worst: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        worst.setdefault((finding.subject, finding.tensor), finding)
    return worst


def _divide(values: Floats, by: Floats) -> Floats:
    """Return quotients; NaN where nothing is known of either or the divisor is 0."""
    known = by > 0
    quotients: Floats = np.divide(values, by, out=np.full(len(by), np.nan), where=known)
    return quotients


def _times(factor: float) -> str:
    return f"{format_short(float(f'{factor:.2g}'))} times" if factor < 1e15 else "∞ times"


def _short(value: npt.ArrayLike) -> str:
    return format_short(float(f"{float(np.asarray(value)):.3g}"))
