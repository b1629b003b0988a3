"""Pooling by pairs: the same outputs and gradients as torch's."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from workbench.engine.pair_pooling import PairPool2d

EVEN = [(1, 1, 2, 2), (3, 4, 2, 6), (2, 5, 6, 2), (7, 32, 8, 8), (2, 3, 32, 32)]
NONE = (0, 3, 4, 4)
OTHERS = [(2, 3, 5, 4), (2, 3, 4, 5), (2, 4, 3, 3)]


def made(*shape: int, dtype: torch.dtype = torch.bfloat16) -> Tensor:
    """Make images of a few distinct values, so that many a maximum is there twice."""
    generator = torch.Generator().manual_seed(0)
    values = torch.randint(-3, 4, shape, generator=generator).to(dtype)
    return values.contiguous(memory_format=torch.channels_last)


def results(pool: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outputs, and the gradient of the images for a made pull."""
    images = images.detach().clone(memory_format=torch.preserve_format).requires_grad_()
    pooled = pool(images)
    pull = torch.arange(1, pooled.numel() + 1).cos().view_as(pooled).to(pooled.dtype)
    pooled.backward(pull)
    assert images.grad is not None
    return pooled.detach(), images.grad


def assert_same_bits(one: Tensor, other: Tensor) -> None:
    assert (one.shape, one.dtype) == (other.shape, other.dtype)
    assert one.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(one.view(torch.int16), other.view(torch.int16))


@pytest.mark.parametrize("shape", EVEN)
def test_that_pairs_give_the_bits_of_torch(shape: tuple[int, ...]) -> None:
    images = made(*shape)
    for ours, torchs in zip(
        results(PairPool2d(), images), results(nn.MaxPool2d(2), images), strict=True
    ):
        assert_same_bits(ours, torchs)


def test_that_values_of_any_size_give_the_bits_of_torch() -> None:
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(4, 8, 16, 16, generator=generator).mul(1e30).bfloat16()
    images[0] = -torch.inf
    images[1, :, :8] *= 1e-38  # subnormal
    images = images.contiguous(memory_format=torch.channels_last)
    for ours, torchs in zip(
        results(PairPool2d(), images), results(nn.MaxPool2d(2), images), strict=True
    ):
        assert_same_bits(ours, torchs)


@pytest.mark.parametrize("shape", EVEN)
def test_that_without_gradients_the_outputs_are_the_same(shape: tuple[int, ...]) -> None:
    images = made(*shape)
    with torch.no_grad():
        assert torch.equal(PairPool2d()(images), nn.MaxPool2d(2)(images))


@pytest.mark.parametrize(
    "images",
    [
        *(made(*shape) for shape in OTHERS),
        made(2, 3, 4, 4, dtype=torch.float32),
        made(2, 3, 4, 4).contiguous(),
        made(2, 3, 4, 4)[:, :2],
    ],
)
def test_that_all_other_images_go_the_way_of_torch(images: Tensor) -> None:
    ours, torchs = results(PairPool2d(), images), results(nn.MaxPool2d(2), images)
    assert all(map(torch.equal, ours, torchs))


def test_that_no_images_give_none() -> None:
    pooled, gradient = results(PairPool2d(), made(*NONE))
    assert (pooled.shape, gradient.shape) == ((0, 3, 2, 2), NONE)


def test_that_what_is_not_a_number_stays_seen() -> None:
    for place in range(4):
        images = made(1, 1, 2, 2)
        images.view(-1)[place] = torch.nan
        assert PairPool2d()(images).isnan().all()


def test_that_an_infinite_gradient_reaches_one_pixel_alone() -> None:
    images = made(1, 1, 2, 2).requires_grad_()
    PairPool2d()(images).backward(torch.full((1, 1, 1, 1), torch.inf).bfloat16())
    assert images.grad is not None
    assert sorted(images.grad.flatten().tolist()) == [0.0, 0.0, 0.0, torch.inf]


def test_that_a_gradient_in_another_order_is_taken() -> None:
    images = made(2, 3, 4, 4).requires_grad_()
    pull = torch.arange(24.0).view(2, 3, 2, 2).bfloat16()  # channels first
    PairPool2d()(images).backward(pull)
    assert images.grad is not None
    assert images.grad.sum() == pull.sum()
