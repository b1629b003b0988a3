from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.helpers.runs import make_plan
from workbench.core.landscape import Landscape
from workbench.core.plan import Plan
from workbench.ui.forms.hint import HintLevel
from workbench.ui.stability import Stability, judge, lr_hint, say_bound, say_verdict

LANDSCAPE = Landscape(np.array([8.0, 2.0, 0.5]), (8.0, 0.5), 0.1)  # 2/λ_max = 0.25


def plan(optimizer: Mapping[str, Any], **sections: Mapping[str, Any]) -> Plan:
    full = {"loop": {"full_batch": True}, **sections}
    return make_plan(model={"kind": "linear"}, optimizer=optimizer, **full)


def sgd(lr: float = 0.1, **settings: Any) -> Plan:
    return plan({"kind": "sgd", "lr": lr, **settings})


@pytest.mark.parametrize(("share", "expected"), [(0.98, "stable"), (1.02, "unstable")])
def test_that_the_bound_parts_what_converges_from_what_diverges(
    share: float, expected: str
) -> None:
    lr = share * LANDSCAPE.largest_stable_lr
    assert judge(sgd(lr), LANDSCAPE, lr).value == expected
    # the distance along the steepest axis after 500 steps, by the recursion itself
    distance = abs(1 - lr * 8.0) ** 500
    assert (distance < 1) is (expected == "stable")


def test_that_weight_decay_lowers_the_bound() -> None:
    assert judge(sgd(weight_decay=1.0), LANDSCAPE, 0.23) is Stability.UNSTABLE
    assert judge(sgd(), LANDSCAPE, 0.23) is Stability.STABLE


def test_that_mini_batches_are_stable_only_on_average() -> None:
    batches = plan({"kind": "sgd"}, loop={"full_batch": False})
    assert judge(batches, LANDSCAPE, 0.1) is Stability.NOISY
    assert judge(batches, LANDSCAPE, 0.3) is Stability.UNSTABLE


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (plan({"kind": "adam"}), "Adam, another method"),
        (sgd(momentum=0.9), "SGD with momentum 0.9, another method"),
        (plan({"kind": "sgd"}, lookahead={"enabled": True}), "Lookahead around SGD"),
    ],
)
def test_that_other_methods_are_named_and_not_judged(other: Plan, name: str) -> None:
    assert judge(other, LANDSCAPE, 100.0) is Stability.OTHER
    assert name in say_verdict(other, LANDSCAPE, 100.0)


def test_that_the_words_have_the_numbers() -> None:
    assert "λₘₐₓ = 8 " in say_bound(LANDSCAPE)
    assert "2/λₘₐₓ = 0.25" in say_bound(LANDSCAPE)
    assert say_verdict(sgd(), LANDSCAPE, 0.1) == "lr 0.1 → stable"
    assert say_verdict(sgd(), LANDSCAPE, 0.5) == "lr 0.5 → unstable"


def test_that_the_mark_on_the_field_warns_of_plain_sgd_alone() -> None:
    words, level = lr_hint(sgd(0.3), LANDSCAPE)
    assert words.startswith("2/λₘₐₓ = 0.25 for these data")
    assert level is HintLevel.WATCH
    assert lr_hint(sgd(0.2), LANDSCAPE)[1] is HintLevel.INFO
    assert lr_hint(plan({"kind": "adam", "lr": 0.3}), LANDSCAPE)[1] is HintLevel.INFO
