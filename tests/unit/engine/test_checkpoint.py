"""A checkpoint holds the whole state: going on from it equals never having stopped."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import safetensors.torch
import torch
from torch import nn

from workbench.core.errors import SessionError
from workbench.core.optimizers import OPTIMIZERS, Adam, Lookahead, OptimizerSettings, Sgd
from workbench.core.schedules import PlateauSchedule
from workbench.engine import checkpoint
from workbench.engine.optimizers import OptimizerStack, build_optimizer
from workbench.engine.schedules import Scheduler, Span


class Bench:
    """A model with batch norm and dropout, its optimizer and a plateau schedule."""

    def __init__(self, settings: OptimizerSettings, lookahead: Lookahead) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(
            nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 1)
        )
        self.stack: OptimizerStack = build_optimizer(
            settings,  # type: ignore[arg-type]  # the catalogue has the union's members
            lookahead,
            self.model.named_parameters(),
        )
        self.scheduler = Scheduler(PlateauSchedule(patience=0), Span(100, 1), 0.01)
        self.inputs, self.targets = torch.randn(16, 4), torch.randn(16, 1)
        self.done = 0

    def train(self, steps: int) -> list[float]:
        losses = []
        for _ in range(steps):
            losses.append(self._step())
            self.done += 1
            self.scheduler.end_epoch(losses[-1], self.done)
            self.stack.set_scale(self.scheduler.factor(self.done))
        return losses

    def _closure(self) -> float:
        self.stack.zero_grad()
        loss = nn.functional.mse_loss(self.model(self.inputs), self.targets)
        loss.backward()
        return loss.item()

    def _step(self) -> float:
        if self.stack.needs_closure:
            loss = self.stack.step(self._closure)
            assert loss is not None
            return float(loss)
        value = self._closure()
        self.stack.step()
        return value


@pytest.mark.parametrize("lookahead", [False, True])
@pytest.mark.parametrize("kind", OPTIMIZERS.keys())
def test_that_going_on_from_a_checkpoint_gives_the_same_bits(
    kind: str, lookahead: bool
) -> None:
    wrap = Lookahead(enabled=lookahead, k=3)
    # the full step of L-BFGS leaves this noisy loss, and NaN equals nothing
    settings = OPTIMIZERS[kind](**({"lr": 0.05} if kind == "lbfgs" else {}))
    bench = Bench(settings, wrap)
    bench.train(7)
    taken = checkpoint.capture(bench.model, bench.stack, bench.scheduler, step=7, epoch=7)
    expected = bench.train(8)

    again = Bench(settings, wrap)
    again.train(2)  # in another state than a fresh one
    checkpoint.restore(taken, again.model, again.stack, again.scheduler)
    again.done = 7
    again.stack.set_scale(again.scheduler.factor(again.done))

    assert again.train(8) == expected
    pairs = zip(
        bench.model.state_dict().values(), again.model.state_dict().values(), strict=True
    )
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)


def taken_from(bench: Bench) -> checkpoint.Checkpoint:
    return checkpoint.capture(bench.model, bench.stack, bench.scheduler, step=1, epoch=1)


def test_that_a_checkpoint_does_not_change_when_training_goes_on() -> None:
    bench = Bench(Adam(), Lookahead())
    bench.train(2)
    taken = taken_from(bench)
    before = safetensors.torch.load(taken.tensors)["t0"].clone()
    bench.train(3)

    assert torch.equal(safetensors.torch.load(taken.tensors)["t0"], before)


def test_that_the_state_is_json_without_numbers_that_json_lacks() -> None:
    def refuse(word: str) -> float:
        raise AssertionError(word)

    bench = Bench(Adam(), Lookahead())  # a fresh plateau schedule has best = infinity
    state = json.loads(taken_from(bench).state, parse_constant=refuse)

    assert set(state) == {"dict"}


def test_that_a_checkpoint_of_another_structure_is_refused_in_words() -> None:
    taken = taken_from(Bench(Sgd(), Lookahead()))
    other = Bench(Sgd(), Lookahead())
    other.model = nn.Sequential(nn.Linear(3, 1))

    with pytest.raises(SessionError, match="does not fit its run"):
        checkpoint.restore(taken, other.model, other.stack, other.scheduler)


def test_that_a_damaged_state_is_refused_in_words() -> None:
    bench = Bench(Sgd(), Lookahead())
    damaged = replace(taken_from(bench), state='{"unknown": 1}')

    with pytest.raises(SessionError, match="does not fit its run"):
        checkpoint.restore(damaged, bench.model, bench.stack, bench.scheduler)
