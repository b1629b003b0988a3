"""Adam's state in a row: the same steps, and the same state for whoever looks at it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim import Adam, AdamW

from workbench.engine import lean_adam
from workbench.engine.flat_adam import FlatState
from workbench.engine.lean_steps import make_lean
from workbench.engine.same_bits import first_difference

Tensors = list[Tensor]


class Pair:
    """The same weights under our steps and under torch's own, `flat` of ours in a row."""

    def __init__(
        self, shapes: list[tuple[int, ...]], kind: type[Adam] = Adam, **flags: Any
    ) -> None:
        self._generator = torch.Generator().manual_seed(0)
        self.ours = [nn.Parameter(self._made(shape)) for shape in shapes]
        self.theirs = copy.deepcopy(self.ours)
        self.mine, self.own = kind(self.ours, **flags), kind(self.theirs, **flags)
        make_lean(self.mine)

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            for one, other in zip(self.ours, self.theirs, strict=True):
                one.grad = self._made(one.shape)
                other.grad = one.grad.clone()
            self.mine.step()
            self.own.step()

    def assert_same(self) -> None:
        assert first_difference(list(self.ours), list(self.theirs)) is None
        ours, theirs = self.mine.state_dict(), self.own.state_dict()
        assert first_difference(ours, theirs) is None

    @property
    def is_flat(self) -> bool:
        """Say whether the first running means lie in one piece of memory."""
        states = [self.mine.state[weights]["exp_avg"] for weights in self.ours]
        return len({state.untyped_storage().data_ptr() for state in states}) == 1

    def _made(self, shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=self._generator)


SMALL = [(64, 10), (64,), (64, 64), (64,), (1, 64), (1,)]


@pytest.mark.parametrize("kind", [Adam, AdamW])
@pytest.mark.parametrize(
    "flags", [{}, {"weight_decay": 0.1}, {"betas": (0.3, 0.99), "eps": 1e-3, "lr": 0.05}]
)
def test_that_steps_in_a_row_give_the_bits_of_torch(
    kind: type[Adam], flags: dict[str, Any]
) -> None:
    pair = Pair(SMALL, kind, **flags)
    pair.step(50)
    assert pair.is_flat
    pair.assert_same()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 70), min_size=2, max_size=7))
def test_that_lengths_of_any_kind_give_the_bits_of_torch(lengths: list[int]) -> None:
    pair = Pair([(length,) for length in lengths])
    pair.step(6)
    assert pair.is_flat
    pair.assert_same()


@pytest.mark.parametrize("shapes", [[(300, 300), (300,)], [(5, 4)]], ids=["large", "one"])
def test_that_others_stay_where_torch_has_put_them(shapes: list[tuple[int, ...]]) -> None:
    pair = Pair(shapes)
    pair.step()
    places = [state["exp_avg"].data_ptr() for state in pair.mine.state.values()]
    pair.step(5)
    assert [s["exp_avg"].data_ptr() for s in pair.mine.state.values()] == places
    pair.assert_same()


def test_that_a_state_that_is_put_back_is_gone_on_from() -> None:
    pair = Pair(SMALL)
    pair.step(4)
    kept = copy.deepcopy((pair.mine.state_dict(), list(pair.ours)))
    pair.step(9)
    for optimizer, weights in ((pair.mine, pair.ours), (pair.own, pair.theirs)):
        state, values = copy.deepcopy(kept)
        optimizer.load_state_dict(state)
        with torch.no_grad():
            for weight, value in zip(weights, values, strict=True):
                weight.copy_(value)
    pair.step(5)
    assert pair.is_flat
    pair.assert_same()


def test_that_a_state_that_was_taken_stays_as_it_was() -> None:
    pair = Pair(SMALL)
    pair.step(4)
    taken = copy.deepcopy(pair.mine.state_dict())
    expected = copy.deepcopy(pair.own.state_dict())
    pair.step(3)
    assert first_difference(taken, expected) is None


def test_that_a_weight_without_a_gradient_is_left_out_and_taken_in_again() -> None:
    pair = Pair(SMALL)
    pair.step(3)
    for number in range(4):
        for weights in (pair.ours, pair.theirs):
            for place, weight in enumerate(weights):
                weight.grad = None if place == 1 and number < 2 else torch.ones_like(weight)
        pair.mine.step()
        pair.own.step()
    pair.assert_same()


def test_that_rows_that_give_other_bits_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sqrt = torch.sqrt

    def roughly(values: Tensor, *, out: Tensor) -> Tensor:
        return sqrt(values, out=out).mul_(1 + 1e-6)

    monkeypatch.setattr(torch, "sqrt", roughly)  # a library that rounds otherwise
    trials: list[object] = []
    lay_flat = lean_adam._lay_flat

    def lay(*arguments: Any) -> FlatState | None:
        trials.append(arguments)
        return lay_flat(*arguments)

    monkeypatch.setattr(lean_adam, "_lay_flat", lay)
    pair = Pair(SMALL)
    pair.step(5)
    assert not pair.is_flat
    assert len(trials) == 1
    pair.assert_same()
