"""Convolutions in oneDNN's layout, against the same layers as torch runs them."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from workbench.core.models import CnnModel
from workbench.engine.activity import ActivityProbe
from workbench.engine.blocked import BlockedForward
from workbench.engine.models import Sizes, build_model

needs_onednn = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this torch was built without oneDNN"
)
CASES = [
    pytest.param(CnnModel(), (64, 3, 32, 32), id="the example"),
    pytest.param(CnnModel(), (17, 3, 32, 32), id="its last batch"),
    pytest.param(CnnModel(activation="relu"), (16, 3, 32, 32), id="relu"),
    pytest.param(CnnModel(activation="tanh"), (16, 3, 32, 32), id="not in blocks"),
    pytest.param(CnnModel(channels=(7, 13)), (8, 3, 30, 22), id="odd sizes"),
    pytest.param(CnnModel(channels=(5,), bias=False), (8, 1, 28, 28), id="grey"),
    pytest.param(CnnModel(kernel_size=1), (7, 3, 32, 32), id="torch goes another way"),
    pytest.param(CnnModel(), (1, 3, 32, 32), id="a single image"),
    pytest.param(CnnModel(initialisation="zeros"), (64, 3, 32, 32), id="zeros"),
]


def models(
    settings: CnnModel, shape: tuple[int, ...]
) -> tuple[nn.Sequential, nn.Sequential]:
    """Return a model as it is, and one with the same weights that runs in blocks."""
    plain = build_model(settings, Sizes(shape[1:], 10))
    return plain, BlockedForward(copy.deepcopy(plain))


def images(shape: tuple[int, ...]) -> Tensor:
    """Return random images, some of whose pixels are alike."""
    made = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    made[0] = 0
    made[-1, :, :5] = 1
    return made


def results(model: nn.Sequential, inputs: Tensor) -> Iterator[Tensor]:
    output = model(inputs)
    yield output
    pull = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    yield from torch.autograd.grad(output, list(model.parameters()), pull)


def is_in_blocks(model: nn.Sequential, inputs: Tensor) -> bool:
    """Say whether the first pooling is handed images in blocks."""
    seen: list[bool] = []
    pool = next(layer for layer in model if isinstance(layer, nn.MaxPool2d))
    hook = pool.register_forward_hook(lambda _m, args, _o: seen.append(args[0].is_mkldnn))
    model(inputs)
    hook.remove()
    assert len(seen) == 1, "a hook sees what is computed once"
    return seen[0]


def assert_same(ours: nn.Sequential, theirs: nn.Sequential, inputs: Tensor) -> None:
    for one, other in zip(results(ours, inputs), results(theirs, inputs), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize(("settings", "shape"), CASES)
def test_that_outputs_and_gradients_are_those_of_torch_bit_for_bit(
    settings: CnnModel, shape: tuple[int, ...]
) -> None:
    plain, blocked = models(settings, shape)
    for inputs in (images(shape), images(shape).flip(0)):  # the first tries, the second not
        assert_same(blocked, plain, inputs)


@pytest.mark.parametrize(("settings", "shape"), CASES)
def test_that_an_evaluation_is_that_of_torch_bit_for_bit(
    settings: CnnModel, shape: tuple[int, ...]
) -> None:
    plain, blocked = models(settings, shape)
    with torch.no_grad():
        for _ in range(2):
            assert torch.equal(blocked(images(shape)), plain(images(shape)))


@needs_onednn
def test_that_the_example_runs_in_blocks() -> None:
    _, blocked = models(CnnModel(), (64, 3, 32, 32))
    assert is_in_blocks(blocked, images((64, 3, 32, 32)))


@pytest.mark.parametrize("samples", [1, 16])
def test_that_weights_of_zero_hide_no_other_digits(samples: int) -> None:
    """A single image takes another way in many torches, which zeros would not show."""
    shape = (samples, 3, 32, 32)
    _, usual = models(CnnModel(kernel_size=3), shape)
    _, zeros = models(CnnModel(kernel_size=3, initialisation="zeros"), shape)
    assert is_in_blocks(zeros, images(shape)) == is_in_blocks(usual, images(shape))
    assert not any(weight.any() for weight in zeros[0].parameters())


@pytest.mark.parametrize("spoilt", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("activation", ["none", "relu"])
def test_that_a_weight_that_is_no_number_shows_in_the_output(
    activation: str, spoilt: float
) -> None:
    shape = (8, 3, 32, 32)
    plain, blocked = models(CnnModel(activation=activation), shape)
    blocked(images(shape))  # its shape is trusted from now on
    for model in (plain, blocked):
        model[0].weight.data[3, 0, 0, 0] = spoilt
    assert_same(blocked, plain, images(shape))


@pytest.mark.parametrize("activation", ["none", "relu"])
def test_that_an_overflow_between_finite_weights_shows_in_the_output(
    activation: str,
) -> None:
    shape = (8, 3, 32, 32)
    plain, blocked = models(CnnModel(activation=activation), shape)
    blocked(images(shape))
    for model in (plain, blocked):
        model[0].weight.data[0] = 1e38
    assert plain(images(shape)).isnan().any()  # as ∞ − ∞ in the second convolution
    assert_same(blocked, plain, images(shape))


def test_that_other_kinds_of_numbers_are_computed_as_ever() -> None:
    shape = (4, 3, 32, 32)
    plain, blocked = (model.double() for model in models(CnnModel(), shape))
    assert not is_in_blocks(blocked, images(shape).double())
    assert_same(blocked, plain, images(shape).double())


def test_that_layers_keep_their_names() -> None:
    plain, blocked = models(CnnModel(activation="relu"), (4, 3, 32, 32))
    assert list(blocked.state_dict()) == list(plain.state_dict())


def test_that_no_random_number_is_drawn() -> None:
    _, blocked = models(CnnModel(), (4, 3, 32, 32))
    before = torch.get_rng_state()
    blocked(images((4, 3, 32, 32)))
    assert torch.equal(torch.get_rng_state(), before)


def test_that_dead_units_are_counted_once_and_rightly() -> None:
    shape = (8, 3, 32, 32)
    plain, blocked = models(CnnModel(activation="relu"), shape)
    for model in (plain, blocked):
        model[0].bias.data[:4] = -100  # these four channels never rise above 0
    shares = []
    for model in (plain, blocked):
        probe = ActivityProbe(model)
        probe.is_armed = True
        model(images(shape))
        shares.append(probe.take())
    assert shares[0] == shares[1]
    assert shares[1][0] == pytest.approx(4 / 32)
