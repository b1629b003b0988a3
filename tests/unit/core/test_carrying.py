"""Which changes of a plan a state bears, and how they are told."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.core.carrying import changes, obstacles
from workbench.core.events import Checkpoint
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.plan import Plan
from workbench.core.resuming import Carried, Start

Sections = dict[str, dict[str, Any]]


def start(carried: Carried = Carried.EVERYTHING, epoch: int = 0) -> Start:
    return Start(Checkpoint(step=10 * epoch, epoch=epoch, tensors=b"", state=""), carried)


def paths(before: Sections, after: Sections, begin: Start | None = None) -> list[str]:
    made_by = Plan.from_values(before).values()
    found = obstacles(made_by, Plan.from_values(after), begin or start())
    return [problem.path for problem in found]


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ({"kind": "sgd"}, {"kind": "sgd", "momentum": 0.9}, "optimizer.momentum"),
        ({"kind": "adam"}, {"kind": "adam", "amsgrad": True}, "optimizer.amsgrad"),
        ({"kind": "rmsprop"}, {"kind": "rmsprop", "centered": True}, "optimizer.centered"),
        ({"kind": "lbfgs"}, {"kind": "lbfgs", "history_size": 9}, "optimizer.history_size"),
        ({"kind": "adam"}, {"kind": "adamw"}, "optimizer.kind"),
    ],
)
def test_that_what_shapes_the_optimizers_state_must_stay_unless_it_starts_afresh(
    before: dict[str, Any], after: dict[str, Any], path: str
) -> None:
    one, other = {"optimizer": before}, {"optimizer": after}

    assert paths(one, other) == paths(other, one) == [path]
    assert paths(one, other, start(Carried.WEIGHTS)) == []


@pytest.mark.parametrize("kind", OPTIMIZERS.keys())
def test_that_a_learning_rate_may_always_change(kind: str) -> None:
    assert (
        paths({"optimizer": {"kind": kind}}, {"optimizer": {"kind": kind, "lr": 9}}) == []
    )


def test_that_a_momentum_may_change_as_long_as_there_is_one() -> None:
    one, other = ({"kind": "sgd", "momentum": value} for value in (0.5, 0.9))
    assert paths({"optimizer": one}, {"optimizer": other}) == []


def test_that_every_setting_that_shapes_a_state_is_one_of_its_optimizer() -> None:
    for entry in OPTIMIZERS:
        assert set(entry.shapes_state) <= entry.model_fields.keys()


def test_that_lookahead_must_stay_and_with_it_what_happens_to_momentum() -> None:
    sgd = {"kind": "sgd", "momentum": 0.9}
    off: Sections = {"optimizer": sgd}
    on: Sections = {"optimizer": sgd, "lookahead": {"enabled": True}}
    pullback: Sections = {
        "optimizer": sgd,
        "lookahead": {"enabled": True, "pullback_momentum": "pullback"},
    }

    assert paths(off, on) == paths(on, off) == ["lookahead.enabled"]
    assert paths(on, pullback) == ["lookahead.pullback_momentum"]
    assert paths(off, on, start(Carried.WEIGHTS)) == []


def test_that_the_sentence_names_what_was_and_how_to_mend_it() -> None:
    made_by = Plan.from_values({"optimizer": {"kind": "adam"}}).values()
    plan = Plan.from_values({"optimizer": {"kind": "sgd"}})
    (problem,) = obstacles(made_by, plan, start())

    assert problem.message == (
        "the optimizer's state to go on from was made with Adam; choose that again, or "
        "start the optimizer afresh"
    )


@pytest.mark.parametrize("carried", list(Carried))
def test_that_the_layers_must_stay_whatever_is_carried(carried: Carried) -> None:
    def model(**changes: Any) -> Sections:
        return {"model": {"kind": "mlp", "hidden_sizes": (8,), **changes}}

    begin = start(carried)
    assert paths(model(), model(hidden_sizes=(9,)), begin) == ["model.hidden_sizes"]
    assert paths(model(), model(bias=False), begin) == ["model.bias"]
    assert paths(model(), {"model": {"kind": "linear"}}, begin) == ["model.kind"]
    free = {"dropout": 0.5, "activation": "tanh", "seed": 7, "initialisation": "zeros"}
    assert paths(model(), model(**free), begin) == []


def test_that_epochs_may_not_be_fewer_than_are_done_already() -> None:
    plan: Sections = {"loop": {"epochs": 3}}

    assert paths(plan, plan, start(epoch=2)) == []
    assert paths(plan, plan, start(epoch=3)) == []  # the run merely ends
    assert paths(plan, plan, start(epoch=4)) == ["loop.epochs"]
    assert paths(plan, plan, start(Carried.WEIGHTS, epoch=3)) == ["loop.epochs"]


def told(before: Sections, after: Sections) -> list[str]:
    return changes(Plan.from_values(before).values(), Plan.from_values(after))


def test_that_each_changed_setting_is_told_with_both_values() -> None:
    before: Sections = {"optimizer": {"kind": "adam"}}
    after: Sections = {"optimizer": {"kind": "adam", "lr": 0.01, "amsgrad": True}}

    assert told(before, after) == [
        "Learning rate is 0.01 instead of 0.001",
        "AMSGrad is on instead of off",
    ]


def test_that_a_choice_stands_for_its_settings() -> None:
    before: Sections = {"optimizer": {"kind": "adam"}}
    after: Sections = {"optimizer": {"kind": "sgd", "lr": 5}}

    assert told(before, after) == ["the optimizer is SGD instead of Adam"]


def test_that_the_same_plan_has_no_changes() -> None:
    assert told({}, {}) == []


@pytest.mark.parametrize(
    "loop",
    [
        {"device": "cpu"},
        {"threads": 3},
        {"sample_every": 5},
        {"on_explosion": "mark"},
        {"batch_size": 8},  # without effect beside a full batch
        {"epochs": 7},
        {"evaluate_every": 2},
    ],
)
def test_that_what_changes_no_number_is_not_told(loop: dict[str, Any]) -> None:
    assert told({}, {"loop": loop}) == []


def test_that_the_length_is_told_where_the_schedule_goes_by_it() -> None:
    def plan(**loop: int) -> Sections:
        return {"schedule": {"kind": "cosine"}, "loop": loop}

    assert told(plan(epochs=5), plan(epochs=7)) == ["Epochs is 7 instead of 5"]


def test_that_test_losses_are_told_where_the_schedule_waits_for_them() -> None:
    def plan(**loop: int) -> Sections:
        return {"schedule": {"kind": "plateau"}, "loop": loop}

    assert told(plan(), plan(evaluate_every=7)) == ["Evaluate every is 7 instead of 1"]


def test_that_a_state_that_knows_little_of_its_plan_is_compared_by_that() -> None:
    plan = Plan.from_values({"optimizer": {"kind": "sgd"}})
    known: Sections = {"optimizer": {"kind": "adam"}, "lookahead": {"enabled": False}}

    assert [problem.path for problem in obstacles(known, plan, start())] == [
        "optimizer.kind"
    ]
    assert obstacles({}, plan, start()) == []
