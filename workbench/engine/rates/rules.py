"""The step coefficient η of each optimizer, element by element.

For one tensor and one step t, with the gradient g that reaches the optimizer and
Δ = θ_t − θ_{t−1}, a rule says what η, the direction d and the rest are in

    Δ = −η·d − decay − carried

where decay = lr·wd·θ_{t−1} is weight decay that is decoupled from the gradient (zero
otherwise; coupled decay makes g into g + wd·θ_{t−1}), and carried is what RMSprop's
momentum brings along from earlier steps. The formulas are those of torch.optim, which
name the papers. Under Lookahead they hold for the inner optimizer's step, before the
weights are pulled back.

The signal share says how much of lr the Adam family uses, |d| over what η divides lr by:
Adam and AdamW |m̂| / (√v̂ + ε), with amsgrad the running maximum in the place of v;
NAdam the same with its direction, which looks ahead, in the place of m̂; Adamax
|m̂| / u_t; RAdam |m̂|·√(1−β₂ᵗ) / (√v + ε), without r_t, which is no matter of signal,
and only once ρ_t > 5, since it does not divide before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.optim import (
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Muon,
    NAdam,
    Optimizer,
    RAdam,
    RMSprop,
)

_ALWAYS_DECOUPLED = (Adafactor, Muon)  # whose groups have no switch for it


@dataclass(frozen=True)
class Moment:
    """Tensors around one step: what was before it, and the state that it left.

    All are of one group and have done as many steps, so that one formula holds for
    every element. One tensor keeps its shape; several are laid in one row.

    `weight` (θ_{t−1}), `gradient` and `old` are copies from before the step; `group`
    holds the hyperparameters of the step. `state` is read when asked for, which must
    be after the optimizer's own step.
    """

    optimizer: Optimizer
    parameters: Sequence[Tensor]
    weight: Tensor
    gradient: Tensor
    group: Mapping[str, Any]
    old: Mapping[str, Tensor]

    @property
    def lr(self) -> float:
        """Return the nominal learning rate of the step."""
        return float(self.group["lr"])

    @property
    def t(self) -> float:
        """Return the number of the step, from 1."""
        return float(self.state["step"])

    @property
    def state(self) -> Mapping[str, Any]:
        """Return the optimizer's present state of the first tensor."""
        state: Mapping[str, Any] = self.optimizer.state.get(self.parameters[0], {})
        return state

    def now(self, name: str) -> Tensor:
        """Return an entry of the present state, at least in float32, as `weight` lies."""
        entries = [self.optimizer.state[parameter][name] for parameter in self.parameters]
        return _lay(entries).to(self.weight.dtype)

    def parts(self) -> Iterator[Moment]:
        """Go through the tensors one by one, each in its shape."""
        sizes = [parameter.numel() for parameter in self.parameters]
        rows = {name: entry.flatten().split(sizes) for name, entry in self.old.items()}
        weights = self.weight.flatten().split(sizes)
        gradients = self.gradient.flatten().split(sizes)
        for place, parameter in enumerate(self.parameters):
            yield replace(
                self,
                parameters=[parameter],
                weight=weights[place].view(parameter.shape),
                gradient=gradients[place].view(parameter.shape),
                old={name: row[place].view(parameter.shape) for name, row in rows.items()},
            )

    def coupled_gradient(self) -> Tensor:
        """Return g + wd·θ_{t−1} where weight decay goes through the gradient, else g."""
        decay = self.group["weight_decay"]
        if decay == 0 or self.group.get("decoupled_weight_decay", False):
            return self.gradient
        return self.gradient.add(self.weight, alpha=decay)


@dataclass(frozen=True)
class Decomposition:
    """The parts of a step; each is a tensor as `Moment.weight` lies, or a number."""

    coefficient: Tensor | float
    direction: Tensor
    decay: Tensor | float
    carried: Tensor | float

    @property
    def change(self) -> Tensor:
        """Return −η·d − decay − carried, which is Δ."""
        return -self.coefficient * self.direction - self.decay - self.carried


def _lay(entries: Sequence[Tensor]) -> Tensor:
    """Lay the entries of several tensors in one row; a single one stays as it is."""
    if len(entries) == 1:
        return entries[0]
    return torch.cat([entry.flatten() for entry in entries])


def _nothing(_: Moment) -> float:
    return 0.0


def _undefined(_: Moment) -> None:
    return None


def _whole_lr(moment: Moment) -> float:
    return moment.lr


def _over(number: float, tensor: Tensor) -> Tensor:
    quotient: Tensor = number / tensor
    return quotient


@dataclass(frozen=True)
class Rule:
    """How one family of optimizers makes its step; `keeps` is read before the step.

    `full_step` is the η·d of a gradient that never changes, by which the signal share
    is measured; None where the method has no such share.
    """

    coefficient: Callable[[Moment], Tensor | float]
    direction: Callable[[Moment], Tensor]
    carried: Callable[[Moment], Tensor | float] = _nothing
    keeps: tuple[str, ...] = ()
    full_step: Callable[[Moment], float | None] = _undefined


def observe(optimizer: Optimizer, parameter: Tensor, group: Mapping[str, Any]) -> Moment:
    """Take what a rule needs of one tensor, after its gradient and before the step.

    Raises:
        ValueError: where it has no gradient.
    """
    if parameter.grad is None:
        raise ValueError("this tensor has no gradient, so there is nothing to observe")
    dtype = torch.promote_types(parameter.dtype, torch.float32)
    weight = parameter.detach().to(dtype, copy=True)
    gradient = parameter.grad.to(dtype, copy=True)
    return moment_of(optimizer, [parameter], group, weight, gradient)


def moment_of(
    optimizer: Optimizer,
    parameters: Sequence[Tensor],
    group: Mapping[str, Any],
    weight: Tensor,
    gradient: Tensor,
) -> Moment:
    """Do what `observe` does, with copies of weight and gradient that exist already.

    Several tensors must lie in one row, and have done as many steps.
    """
    rule = RULES.get(type(optimizer))
    old = {}
    for name in () if rule is None else rule.keeps:
        states = [optimizer.state.get(parameter, {}) for parameter in parameters]
        if name in states[0]:
            entries = [state[name] for state in states]
            old[name] = _lay(entries).to(weight.dtype, copy=True)
    return Moment(optimizer, parameters, weight, gradient, dict(group), old)


def coefficient_of(moment: Moment) -> Tensor | float | None:
    """Return η after the optimizer's step; None where it is not defined."""
    rule = RULES.get(type(moment.optimizer))
    return None if rule is None else rule.coefficient(moment)


def decompose(moment: Moment) -> Decomposition | None:
    """Return all parts of Δ after the optimizer's step; None where not defined."""
    rule = RULES.get(type(moment.optimizer))
    if rule is None:
        return None
    coefficient, direction = rule.coefficient(moment), rule.direction(moment)
    return Decomposition(coefficient, direction, _decay(moment), rule.carried(moment))


def signal_share_of(moment: Moment, coefficient: Tensor | float | None) -> Tensor | None:
    """Return the signal share after the step, given its η; None where not defined."""
    rule = RULES.get(type(moment.optimizer))
    if rule is None or not isinstance(coefficient, Tensor):
        return None
    full_step = rule.full_step(moment)
    if full_step is None:
        return None
    return rule.direction(moment).mul_(coefficient).div_(full_step).abs_()


def decay_share_of(moment: Moment) -> float | None:
    """Return ‖decay‖ / ‖θ_{t−1}‖ = lr·wd; None where no decay is apart from g."""
    decay = float(moment.group.get("weight_decay", 0.0))
    always = isinstance(moment.optimizer, _ALWAYS_DECOUPLED)
    if decay == 0 or not (always or moment.group.get("decoupled_weight_decay", False)):
        return None
    return moment.lr * decay


def _decay(moment: Moment) -> Tensor | float:
    share = decay_share_of(moment)
    return 0.0 if share is None else moment.weight.mul(share)


def _follow_gradient(moment: Moment) -> Tensor:
    return moment.coupled_gradient()


def _follow_mean(moment: Moment) -> Tensor:
    """Return m̂, the mean of gradients corrected for its start at zero."""
    beta = float(moment.group["betas"][0])
    return moment.now("exp_avg").div(1 - beta**moment.t)


def _constant(moment: Moment) -> float:
    return moment.lr


def _sgd_direction(moment: Moment) -> Tensor:
    momentum = float(moment.group["momentum"])
    if momentum == 0:
        return moment.coupled_gradient()
    buffer = moment.now("momentum_buffer")
    if moment.group["nesterov"]:
        return moment.coupled_gradient().add(buffer, alpha=momentum)
    return buffer


def _adagrad(moment: Moment) -> Tensor:
    lr = moment.lr / (1 + (moment.t - 1) * moment.group["lr_decay"])
    return _over(lr, moment.now("sum").sqrt().add_(moment.group["eps"]))


def _rmsprop(moment: Moment) -> Tensor:
    square = moment.now("square_avg")
    if moment.group["centered"]:
        mean = moment.now("grad_avg")
        square = square.addcmul(mean, mean, value=-1)
    return _over(moment.lr, square.sqrt().add_(moment.group["eps"]))


def _rmsprop_carried(moment: Moment) -> Tensor | float:
    if "momentum_buffer" not in moment.old:
        return 0.0
    share = moment.lr * float(moment.group["momentum"])
    return moment.old["momentum_buffer"].mul(share)


def _adadelta(moment: Moment) -> Tensor:
    """Return lr·√(u_{t−1} + ε) / √(v_t + ε): u still lacks this step, v has it."""
    eps = moment.group["eps"]
    past = moment.old.get("acc_delta")
    steps = moment.weight.new_tensor(eps) if past is None else past.add(eps)
    return steps.sqrt_().mul(moment.lr) / moment.now("square_avg").add(eps).sqrt_()


def _adam(moment: Moment) -> Tensor:
    """Return lr / (√v̂ + ε); with amsgrad v is its running maximum."""
    square = moment.now("max_exp_avg_sq" if moment.group.get("amsgrad") else "exp_avg_sq")
    correction = 1 - moment.group["betas"][1] ** moment.t
    root = square.sqrt().div_(correction**0.5)
    return _over(moment.lr, root.add_(moment.group["eps"]))


def _adamax(moment: Moment) -> Tensor:
    return _over(moment.lr, moment.now("exp_inf"))


def _nadam_direction(moment: Moment) -> Tensor:
    """Return (1−μ_t)/(1−Πμ)·g + μ_{t+1}/(1−Πμ·μ_{t+1})·m."""
    beta = float(moment.group["betas"][0])
    decay = float(moment.group["momentum_decay"])
    mu = beta * (1 - 0.5 * 0.96 ** (moment.t * decay))
    mu_next = beta * (1 - 0.5 * 0.96 ** ((moment.t + 1) * decay))
    product = float(moment.state["mu_product"])
    fresh = moment.coupled_gradient().mul((1 - mu) / (1 - product))
    return fresh.add(moment.now("exp_avg"), alpha=mu_next / (1 - product * mu_next))


def _radam(moment: Moment) -> Tensor | float:
    """Return lr·r_t·√(1−β₂ᵗ) / (√v + ε) once ρ_t > 5, and lr before."""
    rectified = _radam_lr(moment)
    if rectified is None:
        return moment.lr
    correction = 1 - float(moment.group["betas"][1]) ** moment.t
    lr = rectified * correction**0.5
    return _over(lr, moment.now("exp_avg_sq").sqrt().add_(moment.group["eps"]))


def _radam_lr(moment: Moment) -> float | None:
    """Return lr·r_t, None as long as ρ_t ≤ 5."""
    beta = float(moment.group["betas"][1])
    power = beta**moment.t
    longest = 2 / (1 - beta) - 1  # ρ_∞
    length = longest - 2 * moment.t * power / (1 - power)  # ρ_t
    if length <= 5:
        return None
    rectified: float = (length - 4) * (length - 2) * longest
    rectified /= (longest - 4) * (longest - 2) * length
    factor: float = rectified**0.5
    return moment.lr * factor


_ADAM = Rule(_adam, _follow_mean, full_step=_whole_lr)
RULES: Mapping[type[Optimizer], Rule] = {
    SGD: Rule(_constant, _sgd_direction),
    Adagrad: Rule(_adagrad, _follow_gradient),
    RMSprop: Rule(_rmsprop, _follow_gradient, _rmsprop_carried, ("momentum_buffer",)),
    Adadelta: Rule(_adadelta, _follow_gradient, keeps=("acc_delta",)),
    Adam: _ADAM,
    AdamW: _ADAM,
    Adamax: Rule(_adamax, _follow_mean, full_step=_whole_lr),
    NAdam: Rule(_adam, _nadam_direction, full_step=_whole_lr),
    RAdam: Rule(_radam, _follow_mean, full_step=_radam_lr),
}
