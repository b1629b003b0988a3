"""What sets plans apart."""

from __future__ import annotations

import pytest

from workbench.core.differences import differences
from workbench.core.loop import LoopSettings
from workbench.core.models import LinearModel, MlpModel
from workbench.core.optimizers import Adam, AdamW, Lookahead, Sgd
from workbench.core.plan import Plan
from workbench.core.presets import load_presets
from workbench.core.schedules import CosineSchedule, StepSchedule


def told(*plans: Plan) -> list[str]:
    return [" · ".join(parts) for parts in differences(plans)]


def test_that_what_is_alike_is_not_named() -> None:
    assert told() == []
    assert told(Plan()) == [""]
    assert told(Plan(), Plan(), Plan()) == ["", "", ""]


def test_that_only_settings_that_differ_are_named() -> None:
    slow, fast = Plan(optimizer=Sgd(lr=0.01)), Plan(optimizer=Sgd(lr=0.1))
    assert told(slow, fast) == ["lr 0.01", "lr 0.1"]


def test_that_a_setting_that_differs_somewhere_is_named_everywhere() -> None:
    plans = [
        Plan(optimizer=Sgd(lr=lr, momentum=momentum))
        for lr, momentum in ((0.01, 0.0), (0.01, 0.9), (0.1, 0.9))
    ]
    assert told(*plans) == [
        "lr 0.01 · momentum 0",
        "lr 0.01 · momentum 0.9",
        "lr 0.1 · momentum 0.9",
    ]


def test_that_different_optimizers_are_named_with_their_rates() -> None:
    plans = [Plan(optimizer=Sgd(lr=0.01)), Plan(optimizer=Adam(lr=0.001))]
    assert told(*plans) == ["SGD · lr 0.01", "Adam · lr 0.001"]


def test_that_an_equal_rate_of_different_optimizers_is_not_named() -> None:
    assert told(Plan(optimizer=Sgd(lr=0.1)), Plan(optimizer=Adam(lr=0.1))) == [
        "SGD",
        "Adam",
    ]


def test_that_defaults_of_different_choices_go_without_saying() -> None:
    # their weight decays differ, but each is what its optimizer comes with
    plans = [Plan(optimizer=AdamW(lr=0.1)), Plan(optimizer=Adam(lr=0.1))]
    assert told(*plans) == ["AdamW", "Adam"]


def test_that_a_setting_of_one_choice_is_named_where_it_is_not_at_its_default() -> None:
    plans = [Plan(optimizer=Sgd(lr=0.1, momentum=0.9)), Plan(optimizer=Adam(lr=0.1))]
    assert told(*plans) == ["SGD · momentum 0.9", "Adam"]


def test_that_a_default_is_named_where_plans_of_the_same_choice_differ_in_it() -> None:
    plans = [
        Plan(optimizer=Sgd(lr=0.1)),
        Plan(optimizer=Sgd(lr=0.1, momentum=0.9)),
        Plan(optimizer=Adam(lr=0.1)),
    ]
    assert told(*plans) == ["SGD · momentum 0", "SGD · momentum 0.9", "Adam"]


def test_that_settings_without_effect_are_not_named() -> None:
    small = Plan(loop=LoopSettings(full_batch=True, batch_size=8))
    large = Plan(loop=LoopSettings(full_batch=True, batch_size=64))
    assert told(small, large) == ["", ""]


def test_that_settings_with_effect_in_one_plan_are_named_there() -> None:
    full = Plan(loop=LoopSettings(full_batch=True))
    batches = Plan(loop=LoopSettings(full_batch=False, batch_size=8))
    assert told(full, batches) == ["full_batch on", "full_batch off · batch_size 8"]


def test_that_the_same_name_in_two_sections_carries_its_section() -> None:
    plans = [
        Plan(model=LinearModel(seed=model), loop=LoopSettings(seed=loop))
        for model, loop in ((0, 0), (1, 2))
    ]
    assert told(*plans) == ["model.seed 0 · loop.seed 0", "model.seed 1 · loop.seed 2"]


def test_that_the_optimizer_stands_first_and_the_loop_last() -> None:
    plans = [
        Plan(loop=LoopSettings(epochs=5), model=MlpModel(), optimizer=Sgd(lr=0.1)),
        Plan(
            loop=LoopSettings(epochs=9), schedule=CosineSchedule(), optimizer=Adam(lr=1.0)
        ),
    ]
    assert told(*plans) == [
        "SGD · lr 0.1 · Constant · MLP regressor · epochs 5",
        "Adam · lr 1 · Cosine · Linear regressor · epochs 9",
    ]


def test_that_switches_tuples_and_empty_texts_are_readable() -> None:
    plans = [
        Plan(optimizer=Adam(betas=betas, amsgrad=amsgrad))
        for betas, amsgrad in (((0.9, 0.999), False), ((0.8, 0.99), True))
    ]
    assert told(*plans) == ["betas 0.9 0.999 · amsgrad off", "betas 0.8 0.99 · amsgrad on"]


def test_that_lookahead_is_told_by_its_switch() -> None:
    plans = [Plan(), Plan(lookahead=Lookahead(enabled=True, k=7))]
    assert told(*plans) == ["lookahead off", "lookahead on · k 7"]


def test_that_a_schedule_names_what_is_not_its_default() -> None:
    plans = [Plan(), Plan(schedule=StepSchedule(gamma=0.5))]
    assert told(*plans) == ["Constant", "Step · gamma 0.5"]


@pytest.mark.parametrize("one", load_presets().values(), ids=lambda preset: preset.key)
def test_that_plans_that_differ_are_told_apart(one: object) -> None:
    plans = [preset.plan for preset in load_presets().values()]
    for other in plans:
        own = one.plan  # type: ignore[attr-defined]  # a Preset
        mine, theirs = told(own, other)
        assert (mine != theirs) == (own != other)
