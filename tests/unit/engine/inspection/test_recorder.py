"""What is recorded, for how long, and what is answered where nothing is."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import torch
from torch import nn

from workbench.core.errors import UserError
from workbench.core.optimizers import Adam, Lookahead, Sgd
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.optimizers import OptimizerStack, build_optimizer


def make_recorder(
    model: nn.Module, settings: Any = None, **limits: int
) -> tuple[OptimizerStack, StepRecorder]:
    named = list(model.named_parameters())
    stack = build_optimizer(settings or Sgd(lr=0.5), Lookahead(), named)
    return stack, StepRecorder(stack, named, **limits)


def step(
    stack: OptimizerStack, recorder: StepRecorder, model: nn.Module, number: int
) -> None:
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, float(number))
    recorder.before_step()
    stack.step()
    recorder.after_step(number)


def test_that_the_newest_steps_are_kept_up_to_their_number() -> None:
    model = nn.Linear(2, 1)
    stack, recorder = make_recorder(model, limit_steps=3)
    for number in range(1, 6):
        step(stack, recorder, model, number)
    assert recorder.steps("weight") == (3, 4, 5)
    assert recorder.newest == 5


def test_that_memory_is_bounded_but_the_last_step_always_kept() -> None:
    model = nn.Linear(100, 1, bias=False).float()
    # before, gradient, after: 1,200 bytes a step
    for limit, kept in ((2500, (4, 5)), (1, (5,))):
        stack, recorder = make_recorder(model, limit_bytes=limit)
        for number in range(1, 6):
            step(stack, recorder, model, number)
        assert recorder.steps("weight") == kept


def test_that_what_was_recorded_does_not_change_with_later_steps() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 1.0)
    stack, recorder = make_recorder(model, Adam())
    step(stack, recorder, model, 1)
    first = recorder.inspect("weight", (0, 0), 1)
    step(stack, recorder, model, 2)
    assert recorder.inspect("weight", (0, 0), 1) == first


def test_that_only_tensors_with_a_gradient_are_recorded() -> None:
    model = nn.Linear(2, 1)
    stack, recorder = make_recorder(model)
    model.weight.grad = torch.ones_like(model.weight)
    recorder.before_step()
    stack.step()
    recorder.after_step(1)
    assert recorder.steps("weight") == (1,)
    assert recorder.steps("bias") == ()
    with pytest.raises(UserError, match="Step 1 of 'bias' is not recorded"):
        recorder.inspect("bias", (0,), 1)


def test_that_a_step_that_was_not_carried_out_leaves_no_trace() -> None:
    model = nn.Linear(2, 1)
    stack, recorder = make_recorder(model)
    model.weight.grad = torch.ones_like(model.weight)
    recorder.before_step()  # and then the loss was bad
    step(stack, recorder, model, 1)
    assert recorder.steps("weight") == (1,)


@pytest.mark.parametrize(
    ("tensor", "index", "number", "message"),
    [
        ("nowhere", (0,), 1, "no tensor 'nowhere'.*weight, bias"),
        ("weight", (0, 2), 1, r"'weight' is 1×2 and has no element \[0, 2\]"),
        ("weight", (-1, 0), 1, "no element"),
        ("weight", (0,), 1, "no element"),
        ("weight", (0, 0), 2, "Step 2 of 'weight' is not recorded"),
    ],
)
def test_that_what_is_not_there_is_said_in_words(
    tensor: str, index: tuple[int, ...], number: int, message: str
) -> None:
    model = nn.Linear(2, 1)
    stack, recorder = make_recorder(model)
    step(stack, recorder, model, 1)
    with pytest.raises(UserError, match=message):
        recorder.inspect(tensor, index, number)


def test_that_a_closed_recorder_lets_the_model_go_and_still_answers() -> None:
    model = nn.Linear(2, 1)
    stack, recorder = make_recorder(model)
    step(stack, recorder, model, 1)
    gone = weakref.ref(model.weight)
    recorder.close()
    del model, stack
    gc.collect()
    assert gone() is None
    assert recorder.inspect("weight", (0, 1), 1).terms[-1].symbol == r"\theta_t"


def test_that_two_groups_are_told_with_their_own_settings() -> None:
    first, second = (nn.Parameter(torch.ones(2, dtype=torch.float64)) for _ in range(2))
    part = torch.optim.SGD(
        [{"params": [first]}, {"params": [second], "lr": 0.25, "weight_decay": 0.5}], lr=0.5
    )
    stack = OptimizerStack([part])
    recorder = StepRecorder(stack, [("first", first), ("second", second)])
    for parameter in (first, second):
        parameter.grad = torch.ones_like(parameter)
    recorder.before_step()
    stack.step()
    recorder.after_step(1)
    changes = {
        name: recorder.inspect(name, (0,), 1).terms[-2].value
        for name in ("first", "second")
    }
    assert changes == {"first": -0.5, "second": -0.25 * 1.5}


def test_that_steps_of_another_recorder_are_put_in_order_and_leave_its_own() -> None:
    model = nn.Linear(1, 1, bias=False)
    stack, recorder = make_recorder(model)
    step(stack, recorder, model, 3)
    step(stack, recorder, model, 7)
    other_model = nn.Linear(1, 1, bias=False)
    other_stack, other = make_recorder(other_model)
    for number in (2, 3, 4, 5):
        step(other_stack, other, other_model, number)
    own = recorder.inspect("weight", (0, 0), 3)

    recorder.take_over(other)

    assert recorder.steps("weight") == (2, 3, 4, 5, 7)
    assert recorder.newest == 7
    assert recorder.inspect("weight", (0, 0), 3) == own
    theirs = other.inspect("weight", (0, 0), 4)
    assert recorder.inspect("weight", (0, 0), 4) == theirs
    assert other.steps("weight") == (2, 3, 4, 5)


def test_that_what_is_taken_over_is_bounded_too() -> None:
    model = nn.Linear(1, 1, bias=False)
    stack, recorder = make_recorder(model, limit_steps=3)
    step(stack, recorder, model, 9)
    other_stack, other = make_recorder(model)
    for number in range(1, 9):
        step(other_stack, other, model, number)
    recorder.take_over(other)
    assert recorder.steps("weight") == (7, 8, 9)
