"""Which optimizers follow a learning rate that changes after their first step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.helpers.recorder import Recorder
from workbench.core.events import NoticeGiven
from workbench.core.optimizers import OPTIMIZERS, Lookahead, OptimizerSettings
from workbench.core.plan import idle_schedule
from workbench.core.schedules import SCHEDULES, ConstantSchedule, CosineSchedule
from workbench.engine.optimizers import build_optimizer

STEPS = 6


def walk(entry: type[OptimizerSettings], later: float) -> Tensor:
    """Return the weights after some steps, all but the first at `later` times lr."""
    torch.manual_seed(0)
    model = nn.Linear(4, 3).double()
    inputs, targets = torch.randn(8, 4).double(), torch.randn(8, 3).double()
    settings: Any = entry()
    stack = build_optimizer(settings, Lookahead(), model.named_parameters())

    def closure() -> Tensor:
        stack.zero_grad()
        loss = (model(inputs) - targets).pow(4).mean()  # not done in a step of L-BFGS
        loss.backward()
        return loss

    for step in range(STEPS):
        stack.set_scale(later if step else 1.0)
        stack.step(closure)
    return torch.cat([part.detach().flatten() for part in model.parameters()])


@pytest.mark.parametrize("entry", list(OPTIMIZERS), ids=lambda entry: entry.key())
def test_that_exactly_those_that_say_so_ignore_a_later_rate(
    entry: type[OptimizerSettings],
) -> None:
    is_same = torch.equal(walk(entry, 1.0), walk(entry, 0.01))
    assert is_same is entry.reads_lr_once


@pytest.mark.parametrize("entry", list(OPTIMIZERS), ids=lambda entry: entry.key())
def test_that_a_schedule_without_effect_is_told_and_no_other(
    entry: type[OptimizerSettings],
) -> None:
    assert idle_schedule(entry, ConstantSchedule) == ""
    for schedule in SCHEDULES:
        words = idle_schedule(entry, schedule)
        assert bool(words) is (entry.reads_lr_once and schedule is not ConstantSchedule)
    assert idle_schedule(entry(), CosineSchedule()) == idle_schedule(entry, CosineSchedule)


@pytest.mark.parametrize(
    ("optimizer", "schedule", "said"),
    [("rprop", "cosine", True), ("rprop", "constant", False), ("sgd", "cosine", False)],
)
def test_that_a_run_tells_so_at_its_start(
    optimizer: str, schedule: str, said: bool, tmp_path: Path
) -> None:
    run = Recorder(tmp_path, optimizer={"kind": optimizer}, schedule={"kind": schedule})
    words = (
        "Rprop reads the learning rate in its first step only: the schedule Cosine "
        "changes nothing after it."
    )
    assert [event.text for event in run.of(NoticeGiven)] == ([words] if said else [])
