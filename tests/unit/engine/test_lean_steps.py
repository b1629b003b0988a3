"""Steps without torch's wrappers are the same steps."""

from __future__ import annotations

import copy
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from workbench.core.optimizers import Lookahead, Muon
from workbench.core.plan import CATALOGUES
from workbench.engine.lean_steps import make_lean
from workbench.engine.optimizers import build_optimizer
from workbench.engine.same_bits import first_difference

_PLAIN = [entry for entry in CATALOGUES["optimizer"] if entry is not Muon]


def _model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1))


def _loss(model: nn.Module) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(8, 5, generator=generator)
    loss: Tensor = (model(inputs) - inputs.sum(1, keepdim=True)).square().mean()
    return loss


@pytest.mark.parametrize("entry", _PLAIN, ids=lambda entry: str(entry.key()))
def test_lean_steps_give_the_bits_of_torchs_own(entry: type) -> None:
    ours, theirs = _model(), _model()
    stack = build_optimizer(entry(), Lookahead(), ours.named_parameters())
    (part,) = stack.parts
    known = inspect.signature(type(part)).parameters
    arguments = {name: part.defaults[name] for name in part.defaults if name in known}
    own = type(part)(theirs.parameters(), **arguments)

    def closure_of(model: nn.Module) -> float:
        for tensor in model.parameters():
            tensor.grad = None
        loss = _loss(model)
        loss.backward()
        return loss.item()

    for _ in range(20):
        first = stack.step(lambda: closure_of(ours))
        assert first == own.step(lambda: closure_of(theirs))
    for mine, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, reference)


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW])
@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"weight_decay": 0.1},
        {"weight_decay": 0.1, "eps": 1e-3, "betas": (0.5, 0.9), "lr": 0.05},
        {"amsgrad": True},
        {"maximize": True},
        {"fused": True},
    ],
    ids=str,
)
def test_adams_flags_give_the_bits_and_the_state_of_torchs_own(
    kind: type[torch.optim.Adam], flags: dict[str, Any]
) -> None:
    ours, theirs = _model(), _model()
    mine, own = kind(_groups(ours), **flags), kind(_groups(theirs), **flags)
    make_lean(mine)
    for number in range(12):
        for model, optimizer in ((ours, mine), (theirs, own)):
            _compute_gradients(model, without_bias=number % 3 == 0)
            optimizer.step()
    assert first_difference(mine.state_dict(), own.state_dict()) is None
    assert first_difference(ours.state_dict(), theirs.state_dict()) is None


def test_adam_goes_on_from_a_state_that_was_loaded() -> None:
    ours, theirs = _model(), _model()
    mine, own = (torch.optim.Adam(_groups(model)) for model in (ours, theirs))
    _compute_gradients(theirs)
    own.step()
    ours.load_state_dict(theirs.state_dict())
    make_lean(mine)
    mine.load_state_dict(copy.deepcopy(own.state_dict()))  # torch would share it
    for model, optimizer in ((ours, mine), (theirs, own)):
        _compute_gradients(model)
        optimizer.step()
    assert first_difference(ours.state_dict(), theirs.state_dict()) is None


def _groups(model: nn.Module) -> list[dict[str, Any]]:
    """Return two groups with rates of their own."""
    first, *others = model.parameters()
    return [{"params": [first], "lr": 0.02}, {"params": others}]


def _compute_gradients(model: nn.Module, *, without_bias: bool = False) -> None:
    model.zero_grad()
    _loss(model).backward()
    if without_bias:
        for tensor in model.parameters():
            tensor.grad = None if tensor.ndim == 1 else tensor.grad


def test_hooks_after_a_step_still_run() -> None:
    model = _model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    make_lean(optimizer)
    seen: list[object] = []
    hook = optimizer.register_step_post_hook(lambda part, *_: seen.append(part))
    _loss(model).backward()
    optimizer.step()
    hook.remove()
    optimizer.step()
    assert seen == [optimizer]


def test_gradients_are_computed_again_after_a_step_that_fails() -> None:
    model = _model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    make_lean(optimizer)

    def fail() -> float:
        raise KeyError

    with pytest.raises(KeyError):
        optimizer.step(fail)
    assert torch.is_grad_enabled()


def test_no_optimizer_makes_torch_import_its_compiler() -> None:
    code = """
import sys, torch
from torch import nn
from workbench.core.optimizers import Lookahead
from workbench.core.plan import CATALOGUES
from workbench.engine.optimizers import build_optimizer
from workbench.engine.same_bits import first_difference

model = nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 1))
def closure():
    stack.zero_grad()
    loss = model(torch.ones(3, 5)).square().sum()
    loss.backward()
    return loss
for entry in CATALOGUES["optimizer"]:
    stack = build_optimizer(entry(), Lookahead(), model.named_parameters())
    stack.step(closure)
    stack.load_state_dict(stack.state_dict())
print("torch._dynamo" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=True,
    )
    assert done.stdout == "False\n"
