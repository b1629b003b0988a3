"""Steps without torch's wrappers are the same steps."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from workbench.core.optimizers import Lookahead, Muon
from workbench.core.plan import CATALOGUES
from workbench.engine.lean_steps import make_lean
from workbench.engine.optimizers import build_optimizer

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
