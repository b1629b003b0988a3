"""Builds the optimizers of torch.optim from their settings.

A stack looks like one optimizer to the training loop. It holds two where one method
does not serve all tensors (Muon), and puts Lookahead around each where that is wanted.
torch's defaults for `foreach` and `fused` are left alone, so that a stack gives the
same digits as `torch.optim.X(model.parameters(), ...)` in a loop written by hand, unless
fused methods are asked for.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import LBFGS
from torch.optim import Optimizer as TorchOptimizer

from workbench.core.errors import Problem, SettingsError
from workbench.core.optimizers import Adafactor, Lbfgs, Lookahead, Muon, Optimizer
from workbench.engine.lean_steps import make_lean, spare_the_compiler

Loss = Tensor | float
Closure = Callable[[], Loss]

# What torch can do in one piece, by device; it says so itself only in a step.
FUSED: Mapping[str, Sequence[str]] = {
    "cpu": ("SGD", "Adam", "AdamW", "Adagrad"),
    "cuda": ("SGD", "Adam", "AdamW"),
}
# Of a group: its tensors, Lookahead's count, and the rate of the last step done.
_NOT_SETTINGS = frozenset({"params", "counter", "lr"})


class OptimizerStack:
    """One or more torch optimizers that step together.

    `parts` are the torch optimizers, `lookaheads` what is around them: one each, or
    none at all.
    """

    def __init__(
        self, parts: Sequence[TorchOptimizer], lookaheads: Sequence[TorchOptimizer] = ()
    ) -> None:
        self.parts = tuple(parts)
        self.lookaheads = tuple(lookaheads)
        self._steppers = self.lookaheads or self.parts
        self._tensors = [t for group in self._groups() for t in group["params"]]
        self._base_lrs = self.lrs

    @property
    def needs_closure(self) -> bool:
        """Say whether a step evaluates the loss itself, several times."""
        return isinstance(self.parts[0], LBFGS)

    @property
    def lrs(self) -> tuple[float, ...]:
        """Return the present nominal learning rate of each group of tensors."""
        return tuple(float(group["lr"]) for group in self._groups())

    @property
    def nominal_lr(self) -> float:
        """Return the present nominal learning rate of the first group."""
        return float(self.parts[0].param_groups[0]["lr"])

    @property
    def fused(self) -> tuple[str, ...]:
        """Name torch's optimizers that change all tensors in one piece."""
        return tuple(type(part).__name__ for part in self.parts if _is_fused(part))

    @property
    def not_fused(self) -> tuple[str, ...]:
        """Name torch's optimizers that do not."""
        return tuple(type(part).__name__ for part in self.parts if not _is_fused(part))

    def set_scale(self, factor: float) -> None:
        """Set each group's learning rate to the one of its settings × `factor`."""
        for group, base in zip(self._groups(), self._base_lrs, strict=True):
            group["lr"] = base * factor

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for tensor in self._tensors:
            tensor.grad = None

    def step(self, closure: Closure | None = None) -> Loss | None:
        """Change the weights by one step and return what `closure` first returned.

        The closure forgets old gradients, evaluates the loss, computes the gradients
        and returns the loss. Without one, the gradients are taken as they are.

        Raises:
            ValueError: without a closure where `needs_closure`.
        """
        if self.needs_closure:
            if closure is None:
                raise ValueError("this optimizer evaluates the loss: pass a closure")
            loss: Loss = self._steppers[0].step(closure)  # type: ignore[arg-type]  # any loss
            return loss
        first = None
        if closure is not None:
            with torch.enable_grad():
                first = closure()
        for stepper in self._steppers:
            stepper.step()
        return first

    def state_dict(self) -> dict[str, Any]:
        """Return the state as nested dicts, lists and tuples of numbers and tensors.

        The tensors are the live ones: copy them before the next step.
        """
        return {"parts": [stepper.state_dict() for stepper in self._steppers]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state that `state_dict` returned; its tensors are copied.

        Hyperparameters stay those of this stack's settings; the learning rate is what it
        was, and that of the settings from the next `set_scale` on.

        Raises:
            KeyError, ValueError: where the state belongs to another kind of stack.
        """
        saved = state["parts"]
        if len(saved) != len(self._steppers):
            raise ValueError(
                f"the state has {len(saved)} optimizers, not {len(self._steppers)}"
            )
        own = [_hyperparameters(group) for group in self._groups()]
        for stepper, part_state in zip(self._steppers, saved, strict=True):
            stepper.load_state_dict(copy.deepcopy(part_state))
        for group, hyperparameters in zip(self._groups(), own, strict=True):
            group.update(hyperparameters)
        for part in self.parts:
            _place_state(part)

    def _groups(self) -> list[dict[str, Any]]:
        return [group for part in self.parts for group in part.param_groups]


def build_optimizer(
    settings: Optimizer,
    lookahead: Lookahead,
    named_parameters: Iterable[tuple[str, nn.Parameter]],
    *,
    fused: bool = False,
) -> OptimizerStack:
    """Build the optimizer of a model's parameters, given in the model's order.

    With `fused` torch's fused methods are taken where the device has them.

    Raises:
        SettingsError: where the settings do not fit each other or the model.
    """
    parameters = [parameter for _, parameter in named_parameters]
    if not parameters:
        raise SettingsError([Problem("model", "the model has no weights to optimize")])
    _check_pullback(settings, lookahead)
    try:
        parts = _build_parts(settings, parameters, fused=fused)
        wrappers = [_wrap(part, lookahead) for part in parts if lookahead.enabled]
    except ValueError as error:
        message = f"{settings.title} cannot be built with these settings: {error}"
        raise SettingsError([Problem("optimizer", message)]) from error
    return OptimizerStack(parts, wrappers)


def _build_parts(
    settings: Optimizer, parameters: list[nn.Parameter], *, fused: bool
) -> list[TorchOptimizer]:
    if isinstance(settings, Muon):
        return _build_muon(settings, parameters, fused=fused)
    arguments = _arguments(settings)
    return [_construct(settings.torch_name, parameters, arguments, fused=fused)]


def _build_muon(
    settings: Muon, parameters: list[nn.Parameter], *, fused: bool
) -> list[TorchOptimizer]:
    """Give weight matrices to Muon and all else, for which it is undefined, to AdamW.

    AdamW takes the weight decay of Muon's settings and a rate of its own.
    """
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    others = [parameter for parameter in parameters if parameter.ndim != 2]
    parts = []
    if matrices:
        arguments = _arguments(settings)
        parts.append(_construct(settings.torch_name, matrices, arguments, fused=fused))
    if others:
        arguments = {"lr": settings.adamw_lr, "weight_decay": settings.weight_decay}
        parts.append(_construct("AdamW", others, arguments, fused=fused))
    return parts


def _construct(
    name: str, parameters: list[nn.Parameter], arguments: dict[str, Any], *, fused: bool
) -> TorchOptimizer:
    """Make the optimizer of this name in torch."""
    if fused and name in FUSED.get(parameters[0].device.type, ()):
        arguments = {**arguments, "fused": True}
    spare_the_compiler()
    optimizer: TorchOptimizer = getattr(torch.optim, name)(parameters, **arguments)
    make_lean(optimizer)
    return optimizer


def _arguments(settings: Optimizer) -> dict[str, Any]:
    """Return the arguments of the torch optimizer; most fields are named like them."""
    arguments = settings.model_dump(exclude={"kind"})
    match settings:
        case Adafactor():
            arguments["eps"] = (arguments.pop("eps1"), arguments.pop("eps2"))
        case Lbfgs(line_search_fn="none"):
            arguments["line_search_fn"] = None
        case Muon():
            del arguments["adamw_lr"]
        case _:
            pass
    return arguments


def _check_pullback(settings: Optimizer, lookahead: Lookahead) -> None:
    """Refuse to reset or pull back a momentum that the method does not keep."""
    if not lookahead.enabled or lookahead.pullback_momentum == "none":
        return
    if getattr(settings, "momentum", 0.0) > 0:
        return
    message = (
        f"{settings.title} with these settings keeps no momentum that could be "
        f"{'reset' if lookahead.pullback_momentum == 'reset' else 'pulled back'}; "
        "choose 'none', or SGD, RMSprop or Muon with a momentum above 0"
    )
    raise SettingsError([Problem("lookahead.pullback_momentum", message)])


def _wrap(part: TorchOptimizer, lookahead: Lookahead) -> TorchOptimizer:
    """Put Lookahead around an optimizer; AdamW beside Muon keeps its momentum."""
    from pytorch_optimizer import Lookahead as Wrapper  # takes seconds to import

    has_buffer = "momentum" in part.defaults
    wrapper: TorchOptimizer = Wrapper(
        part,
        k=lookahead.k,
        alpha=lookahead.alpha,
        pullback_momentum=lookahead.pullback_momentum if has_buffer else "none",
    )
    return wrapper


def _hyperparameters(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name not in _NOT_SETTINGS}


def _is_fused(part: TorchOptimizer) -> bool:
    return bool(part.param_groups[0].get("fused"))


def _place_state(part: TorchOptimizer) -> None:
    """Put a state that was loaded to where this optimizer would have made it.

    Fused methods walk through the memory of a weight and of its state side by side, and
    count their steps on the device; all others count on the CPU.
    """
    for weight, state in part.state.items():
        for name, value in state.items():
            if not isinstance(value, Tensor):
                continue
            if value.shape == weight.shape and value.stride() != weight.stride():
                state[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)
            elif name == "step" and "fused" in part.defaults:
                state[name] = value.to(weight.device if _is_fused(part) else "cpu")
