"""Gradients by way of the engine, against those of `loss.backward()`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from workbench.engine import lean_backward
from workbench.engine.lean_backward import LeanBackward

Backward = Callable[[Tensor], None]


def gradients(backward: Backward, dtype: torch.dtype, passes: int = 1) -> list[Tensor]:
    """Return the gradients of a small network after so many passes added up."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 1)).to(dtype)
    inputs = torch.randn(11, 5, dtype=dtype)
    for _ in range(passes):
        backward(nn.functional.mse_loss(model(inputs), inputs[:, :1]))
    found = [parameter.grad for parameter in model.parameters()]
    return [gradient for gradient in found if gradient is not None]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("passes", [1, 3])
def test_that_gradients_are_those_of_torch_bit_for_bit(
    dtype: torch.dtype, passes: int
) -> None:
    ours = gradients(LeanBackward(), dtype, passes)
    theirs = gradients(Tensor.backward, dtype, passes)
    assert len(ours) == 4
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_that_one_serves_losses_of_several_types() -> None:
    backward = LeanBackward()
    for dtype in (torch.float32, torch.float64, torch.float32):
        assert gradients(backward, dtype)[0].dtype is dtype


def test_that_the_graph_is_freed() -> None:
    weight = torch.ones((), requires_grad=True)
    loss = weight**2
    backward = LeanBackward()
    backward(loss)
    with pytest.raises(RuntimeError, match="second time"):
        backward(loss)


def test_that_a_loss_without_weights_is_refused_as_torch_does() -> None:
    with pytest.raises(RuntimeError, match="does not require grad"):
        LeanBackward()(torch.ones(()))


def test_that_a_torch_without_this_engine_is_asked_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lean_backward, "_ENGINE", None)
    ours = gradients(LeanBackward(), torch.float32)
    theirs = gradients(Tensor.backward, torch.float32)
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
