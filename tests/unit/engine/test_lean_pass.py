"""Losses, outputs and gradients by hand, against those of torch's autograd."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from workbench.core.models import Activation, LinearModel, MlpModel, Model
from workbench.engine import lean_layers
from workbench.engine.activity import ActivityProbe
from workbench.engine.lean_layers import kept_bytes
from workbench.engine.lean_pass import LeanPass
from workbench.engine.models import Sizes, build_model
from workbench.engine.same_bits import first_difference

ACTIVATIONS: list[Activation] = [
    "none",
    "relu",
    "leaky_relu",
    "gelu",
    "silu",
    "elu",
    "tanh",
    "sigmoid",
]
CASES = [
    pytest.param(LinearModel(), 32, id="linear"),
    pytest.param(LinearModel(bias=False), 7, id="linear without bias"),
    pytest.param(MlpModel(), 1600, id="the example"),
    pytest.param(MlpModel(bias=False), 400, id="mlp without bias"),
    pytest.param(MlpModel(hidden_sizes=(130, 3, 70)), 999, id="odd sizes"),
    pytest.param(MlpModel(), 1, id="a single sample"),
    pytest.param(MlpModel(initialisation="zeros"), 1600, id="weights of zero"),
    *(pytest.param(MlpModel(activation=one), 300, id=f"with {one}") for one in ACTIVATIONS),
]


def model_of(settings: Model, outputs: int = 2) -> nn.Sequential:
    return build_model(settings, Sizes((10,), outputs))


def batch(rows: int, number: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(number)
    inputs, targets = (torch.randn(rows, n, generator=generator) for n in (10, 2))
    return inputs, targets


def gradients(model: nn.Module) -> list[Tensor | None]:
    """Return copies: those of the next batch will lie in the same place."""
    found = [parameter.grad for parameter in model.parameters()]
    return [None if one is None else one.clone() for one in found]


def by_torch(
    model: nn.Sequential, inputs: Tensor, targets: Tensor
) -> list[Tensor | list[Tensor | None]]:
    model = copy.deepcopy(model)
    model.zero_grad()
    output = model(inputs)
    loss = nn.functional.mse_loss(output, targets)
    loss.backward()
    return [loss, output, gradients(model)]


@pytest.mark.parametrize(("settings", "rows"), CASES)
def test_that_all_is_as_torch_has_it_bit_for_bit(settings: Model, rows: int) -> None:
    model = model_of(settings)
    lean = LeanPass(model, nn.MSELoss())
    for number in range(3):  # the first batch tries, the others do not
        inputs, targets = batch(rows, number)
        theirs = by_torch(model, inputs, targets)
        ours = lean(inputs, targets)
        assert ours is not None
        assert first_difference([*ours, gradients(model)], theirs) is None
        with torch.no_grad():
            for weights in model.parameters():
                weights.add_(0.01)


def test_that_values_that_are_no_numbers_come_through() -> None:
    model = model_of(MlpModel())
    lean = LeanPass(model, nn.MSELoss())
    inputs, targets = batch(1600)
    lean(inputs, targets)
    inputs[3, 4], inputs[5, 6] = float("nan"), float("inf")
    theirs = by_torch(model, inputs, targets)
    ours = lean(inputs, targets)
    assert ours is not None
    assert ours[0].isnan()
    for one, other in zip([*ours, *gradients(model)], _flat(theirs), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


def test_that_a_last_batch_is_served_beside_the_others() -> None:
    model = model_of(MlpModel())
    lean = LeanPass(model, nn.MSELoss())
    for rows in (64, 17, 64, 17):
        inputs, targets = batch(rows)
        theirs = by_torch(model, inputs, targets)
        ours = lean(inputs, targets)
        assert ours is not None
        assert first_difference([*ours, gradients(model)], theirs) is None


@pytest.mark.parametrize(
    ("settings", "loss"),
    [
        pytest.param(MlpModel(dropout=0.5), nn.MSELoss(), id="dropout"),
        pytest.param(MlpModel(), nn.HuberLoss(), id="another loss"),
        pytest.param(MlpModel(), nn.L1Loss(), id="one more"),
    ],
)
def test_that_what_is_not_served_is_left_to_torch(settings: Model, loss: nn.Module) -> None:
    model = model_of(settings)
    assert LeanPass(model, loss)(*batch(8)) is None
    assert gradients(model) == [None] * 6


def test_that_dead_units_are_counted_as_in_the_model_itself() -> None:
    model = model_of(MlpModel())
    with torch.no_grad():
        model[0].get_parameter("bias")[:16] = -100  # a quarter never rises above 0
    lean = LeanPass(model, nn.MSELoss())
    inputs, targets = batch(100)
    lean(inputs, targets)  # tried, and watched by nobody
    shares = []
    for go in (lambda: lean(inputs, targets), lambda: model(inputs)):
        probe = ActivityProbe(model)
        probe.is_armed = True
        go()
        shares.append(probe.take())
    assert shares[0] == shares[1]
    assert shares[0][0] == pytest.approx(0.25)


def test_that_batches_too_large_to_keep_room_for_are_left_to_torch() -> None:
    model = model_of(MlpModel(hidden_sizes=(2000,)))
    assert kept_bytes(model, 20_000) > 2**28
    assert LeanPass(model, nn.MSELoss())(*batch(20_000)) is None
    assert LeanPass(model, nn.MSELoss())(*batch(20)) is not None


def test_that_double_precision_is_left_to_torch() -> None:
    model = model_of(MlpModel()).double()
    inputs, targets = batch(8)
    assert LeanPass(model, nn.MSELoss())(inputs.double(), targets.double()) is None


def test_that_a_library_with_other_digits_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []

    def other_digits(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        calls.append(len(x))
        return nn.functional.linear(x, weight, bias) * (1 + 1e-6)

    monkeypatch.setattr(lean_layers, "onednn_product", other_digits)
    model = model_of(MlpModel(initialisation="zeros"))  # whose digits are all the same
    lean = LeanPass(model, nn.MSELoss())
    inputs, targets = batch(1600)
    theirs = by_torch(model, inputs, targets)
    ours = lean(inputs, targets)
    assert ours is not None
    assert first_difference([*ours, gradients(model)], theirs) is None
    tries = len(calls)
    assert tries > 0
    lean(inputs, targets)
    assert len(calls) == tries


def test_that_a_way_with_other_digits_is_not_taken() -> None:
    slope = nn.LeakyReLU(0.2)  # not the slope that our models have
    model = nn.Sequential(nn.Linear(10, 4), slope, nn.Linear(4, 2))
    assert lean_layers.are_lean(model)
    assert LeanPass(model, nn.MSELoss())(*batch(8)) is None


def _flat(found: list[Tensor | list[Tensor | None]]) -> list[Tensor | None]:
    loss, output, rest = found
    assert isinstance(loss, Tensor)
    assert isinstance(output, Tensor)
    assert isinstance(rest, list)
    return [loss.detach(), output.detach(), *rest]
