"""Every schedule against torch's own scheduler, stepped in float64."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.optim import SGD, Optimizer, lr_scheduler

from workbench.core.schedules import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    OneCycleSchedule,
    PlateauSchedule,
    Schedule,
    StepSchedule,
    WarmupSchedule,
)
from workbench.engine.schedules import Plateau, Scheduler, Span, factor_at

LR = 0.4
STEPS, PER_EPOCH = 60, 6


def reference(
    build: Callable[[Optimizer], lr_scheduler.LRScheduler], calls: int
) -> list[float]:
    parameter = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = SGD([parameter], lr=LR)
    scheduler = build(optimizer)
    rates = []
    for _ in range(calls):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


def ours(settings: Schedule) -> list[float]:
    span = Span(STEPS, PER_EPOCH)
    return [LR * factor_at(settings, span, step) for step in range(STEPS)]


def by_epoch(rates: list[float]) -> list[float]:
    return [rate for rate in rates for _ in range(PER_EPOCH)]


def test_that_constant_stays_at_one() -> None:
    assert ours(ConstantSchedule()) == [LR] * STEPS


def test_that_step_equals_torch() -> None:
    expected = by_epoch(reference(lambda o: lr_scheduler.StepLR(o, 3, 0.5), 10))
    assert ours(StepSchedule(step_size=3, gamma=0.5)) == pytest.approx(expected, rel=1e-12)


def test_that_exponential_equals_torch() -> None:
    expected = by_epoch(reference(lambda o: lr_scheduler.ExponentialLR(o, 0.9), 10))
    assert ours(ExponentialSchedule(gamma=0.9)) == pytest.approx(expected, rel=1e-12)


def test_that_cosine_equals_torch() -> None:
    expected = reference(
        lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=0.1 * LR), STEPS
    )
    assert ours(CosineSchedule(final_share=0.1)) == pytest.approx(expected, rel=1e-9)


def test_that_one_cycle_equals_torch() -> None:
    expected = reference(
        lambda o: lr_scheduler.OneCycleLR(
            o,
            max_lr=LR,
            total_steps=STEPS,
            pct_start=0.25,
            div_factor=20,
            final_div_factor=100,
            cycle_momentum=False,
        ),
        STEPS,
    )
    settings = OneCycleSchedule(warmup_share=0.25, div_factor=20.0, final_div_factor=100.0)
    assert ours(settings) == pytest.approx(expected, rel=1e-9)


def test_that_warmup_equals_torch() -> None:
    expected = reference(
        lambda o: lr_scheduler.LinearLR(o, 0.05, 1.0, total_iters=20), STEPS
    )
    settings = WarmupSchedule(warmup_steps=20, start_share=0.05)
    assert ours(settings) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("total", [1, 2, 3])
def test_that_one_cycle_bears_runs_of_very_few_steps(total: int) -> None:
    factors = [factor_at(OneCycleSchedule(), Span(total, 1), step) for step in range(total)]
    assert all(0 < factor <= 1 for factor in factors)


def test_that_plateau_equals_torch_over_falls_stalls_and_cooldown() -> None:
    losses = [
        5,
        4,
        4,
        4,
        4,
        4,
        3,
        3.0001,
        2.99995,
        2.99994,
        3,
        3,
        3,
        3,
        3,
        3,
        3,
        2,
        2,
        2,
        2,
    ]
    settings = PlateauSchedule(
        factor=0.3, patience=2, threshold=1e-3, cooldown=1, min_lr=0.02
    )
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = SGD([parameter], lr=LR)
    torch_plateau = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=2, threshold=1e-3, cooldown=1, min_lr=0.02
    )
    plateau = Plateau(settings, LR)

    for loss in losses:
        torch_plateau.step(loss)
        plateau.observe(loss)
        assert LR * plateau.factor == pytest.approx(
            optimizer.param_groups[0]["lr"], rel=1e-9
        )
    assert plateau.factor < 1


def test_that_only_the_plateau_schedule_listens_to_losses() -> None:
    constant = Scheduler(ConstantSchedule(), Span(10, 1), LR)
    plateau = Scheduler(PlateauSchedule(patience=0), Span(10, 1), LR)
    for scheduler in (constant, plateau):
        scheduler.end_epoch(1.0, 1)
        scheduler.end_epoch(1.0, 2)

    assert constant.factor(5) == 1.0
    assert plateau.factor(5) == pytest.approx(0.1)


def test_that_the_plateau_schedule_knows_the_factors_of_the_steps_before() -> None:
    settings = PlateauSchedule(patience=0, factor=0.5)
    scheduler = Scheduler(settings, Span(50, 5), LR)
    found = []
    for epoch in range(10):
        found += [scheduler.factor(step) for step in range(5 * epoch, 5 * epoch + 5)]
        scheduler.end_epoch(1.0 if epoch % 3 else 0.9**epoch, 5 * epoch + 5)

    assert len(set(found)) > 4
    assert [scheduler.factor(step) for step in range(50)] == found
