"""Steps beyond 2²⁴, where the counters inside torch's optimizers stand still."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from workbench.core.optimizers import Adam, Lookahead
from workbench.core.schedules import (
    CosineSchedule,
    ExponentialSchedule,
    OneCycleSchedule,
    Schedule,
    StepSchedule,
    WarmupSchedule,
)
from workbench.engine import checkpoint
from workbench.engine.optimizers import OptimizerStack, build_optimizer
from workbench.engine.schedules import Scheduler, Span, factor_at

STILL = 2**24  # the largest count that float32 can add 1 to, and then not
FAR = 10**10


def stepped(settings: Adam, steps: float, gradient: float) -> tuple[float, OptimizerStack]:
    """Return by how much one step moved a weight whose optimizer had done `steps`."""
    weight = nn.Parameter(torch.zeros(1))
    stack = build_optimizer(settings, Lookahead(), [("weight", weight)])
    weight.grad = torch.tensor([gradient])
    stack.step()
    before = weight.item()
    state = stack.parts[0].state[weight]
    state["step"].fill_(steps)
    stack.step()
    return weight.item() - before, stack


def test_that_adams_own_counter_stands_still() -> None:
    _, stack = stepped(Adam(), STILL, 0.5)
    (state,) = stack.parts[0].state.values()

    assert state["step"].item() == STILL


def test_that_adams_step_is_then_the_one_without_a_bias_to_correct() -> None:
    """The corrections 1 - βᵗ are 1 in float64 long before: nothing is lost."""
    settings = Adam(lr=0.01)
    moved, _ = stepped(settings, STILL, 0.5)
    beta1, beta2 = settings.betas
    mean = (1 - beta1) * 0.5 * (1 + beta1)
    square = (1 - beta2) * 0.25 * (1 + beta2)

    assert 1 - beta1**STILL == 1 - beta2**STILL == 1.0
    assert moved == pytest.approx(-settings.lr * mean / (square**0.5 + settings.eps), 1e-5)
    assert moved == stepped(settings, STILL - 1, 0.5)[0]


@pytest.mark.parametrize(
    "settings",
    [
        CosineSchedule(),
        OneCycleSchedule(),
        ExponentialSchedule(gamma=0.5),
        StepSchedule(step_size=1, gamma=0.5),
        WarmupSchedule(warmup_steps=2 * FAR),
    ],
    ids=lambda settings: settings.kind,
)
def test_that_schedules_count_on_by_themselves(settings: Schedule) -> None:
    span = Span(2 * FAR, FAR // 2)

    far = [factor_at(settings, span, step) for step in (STILL, FAR - FAR // 3, FAR)]
    assert len(set(far)) == 3


def test_that_the_next_step_is_another_one_for_a_schedule_of_ten_billion_steps() -> None:
    settings = WarmupSchedule(warmup_steps=FAR, start_share=1e-9)
    span = Span(FAR, 1)

    assert factor_at(settings, span, STILL + 1) > factor_at(settings, span, STILL)


def test_that_a_checkpoint_keeps_a_step_that_float32_could_not() -> None:
    model = nn.Sequential(nn.Linear(2, 1))
    stack = build_optimizer(Adam(), Lookahead(), model.named_parameters())
    scheduler = Scheduler(CosineSchedule(), Span(FAR, 10), 0.01)
    taken = checkpoint.capture(model, stack, scheduler, step=STILL + 1, epoch=FAR)

    assert (taken.step, taken.epoch) == (STILL + 1, FAR)
