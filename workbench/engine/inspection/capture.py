"""Copies the state of an optimizer that its explanation needs, before and after a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from workbench.engine.effective_rates import Place
from workbench.engine.inspection.records import Value

Capture = Callable[[Place], dict[str, Value]]


def keep(tensor: Tensor) -> Tensor:
    """Copy a tensor to memory of its own on the CPU."""
    return tensor.detach().to("cpu", copy=True)


def state(*names: str) -> Capture:
    """Return a capture of the named entries of the state, as far as they exist."""

    def capture(place: Place) -> dict[str, Value]:
        entries = place.optimizer.state.get(place.parameter, {})
        return {
            name: keep(entries[name])
            for name in names
            if isinstance(entries.get(name), Tensor)
        }

    return capture


def orthogonalised(place: Place) -> dict[str, Value]:
    """Capture Muon's momentum, and what it makes of it, computed once more as it does.

    Where it was computed, since its 8-bit mantissa makes the last digits depend on the
    device.
    """
    group, buffer = place.group, place.optimizer.state[place.parameter]["momentum_buffer"]
    gradient = place.parameter.grad
    if gradient is None:
        raise ValueError("Muon makes no step without a gradient")
    momentum = float(group["momentum"])
    followed = gradient.lerp(buffer, momentum) if group["nesterov"] else buffer
    return {
        "momentum_buffer": keep(buffer),
        "norm": float(followed.double().norm()),
        "orthogonal": keep(_orthogonalise(followed, place)),
    }


def _orthogonalise(matrix: Tensor, place: Place) -> Tensor:
    """Iterate X ← a·X + (b·XXᵀ + c·(XXᵀ)²)·X in bfloat16 (Jordan et al., Muon, 2024)."""
    a, b, c = place.group["ns_coefficients"]
    is_tall = matrix.size(0) > matrix.size(1)
    x = matrix.to(torch.bfloat16, copy=True)
    x = x.T if is_tall else x
    x.div_(x.norm().clamp(min=place.group["eps"]))
    for _ in range(place.group["ns_steps"]):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if is_tall else x


def inner_iterations(place: Place) -> dict[str, Value]:
    """Capture how many inner iterations and evaluations L-BFGS has done so far."""
    shared = _shared_state(place)
    return {name: float(shared.get(name, 0)) for name in ("n_iter", "func_evals")}


def last_direction(place: Place) -> dict[str, Value]:
    """Capture L-BFGS's last direction d (this tensor's part), step length and count.

    `slope` is gᵀd, by which it decides whether to move at all.
    """
    shared = _shared_state(place)
    found = inner_iterations(place)
    if shared.get("d") is None:
        return found
    direction = shared["d"]
    offset = _offset(place)
    part = direction[offset : offset + place.parameter.numel()]
    found["d"] = keep(part.view(place.parameter.shape))
    found["t"] = float(shared["t"])
    found["slope"] = float(shared["prev_flat_grad"].dot(direction))
    return found


def _shared_state(place: Place) -> dict[str, Any]:
    """Return the state of all tensors together, which L-BFGS keeps at its first one."""
    shared: dict[str, Any] = place.optimizer.state.get(place.group["params"][0], {})
    return shared


def _offset(place: Place) -> int:
    """Return where this tensor starts in the row that L-BFGS makes of all."""
    offset = 0
    for parameter in place.group["params"]:
        if parameter is place.parameter:
            break
        offset += parameter.numel()
    return offset
