"""Pooling by halves, against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from workbench.engine.pooling import HalvingPool

LAST = torch.channels_last


def pool_and_gradient(pool: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return what comes out, and the gradient of a weighted sum of it."""
    leaf = images.clone(memory_format=torch.preserve_format).requires_grad_()
    pooled = pool(leaf)
    weights = torch.randn(pooled.shape, generator=torch.Generator().manual_seed(1))
    (pooled * weights).sum().backward()
    assert leaf.grad is not None
    return pooled.detach(), leaf.grad


def random_images(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "images",
    [
        pytest.param(random_images(2, 3, 8, 6), id="distinct values"),
        pytest.param(random_images(2, 3, 8, 6).relu(), id="many equal zeros"),
        pytest.param(random_images(2, 3, 8, 6).round(), id="equal values of both signs"),
        pytest.param(torch.full((1, 1, 4, 4), -torch.inf), id="minus infinity"),
        pytest.param(random_images(2, 3, 7, 6), id="odd height"),
        pytest.param(random_images(2, 3, 6, 7), id="odd width"),
        pytest.param(random_images(2, 3, 6, 8).contiguous(memory_format=LAST), id="last"),
        pytest.param(random_images(2, 3, 6, 8).mT, id="transposed"),
        pytest.param(random_images(2, 3, 8, 6).double(), id="float64"),
    ],
)
def test_that_values_and_gradients_are_those_of_torch_bit_for_bit(images: Tensor) -> None:
    ours, theirs = (
        pool_and_gradient(pool, images) for pool in (HalvingPool(), nn.MaxPool2d(2))
    )
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])
    assert ours[0].is_contiguous() == theirs[0].is_contiguous()


def test_that_the_first_of_equals_gets_the_gradient() -> None:
    images = torch.tensor([[[[1.0, 2.0], [2.0, 2.0]]]], requires_grad=True)
    HalvingPool()(images).sum().backward()
    assert images.grad is not None
    assert images.grad.flatten().tolist() == [0, 1, 0, 0]


def test_that_a_number_that_is_none_is_passed_on() -> None:
    images = torch.tensor([[[[1.0, 2.0], [torch.nan, 3.0]]]])
    assert HalvingPool()(images).isnan().all()
