from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.helpers.runs import make_plan
from workbench.core.landscape import Landscape
from workbench.core.plan import Plan
from workbench.ui.forms.hint import HintLevel
from workbench.ui.stability import lr_hint, say_bound, say_verdict

LANDSCAPE = Landscape(np.array([8.0, 2.0, 0.5]), (8.0, 0.5), 0.1)  # 2/λ_max = 0.25
WRAPPED = {"lookahead": {"enabled": True}}


def plan(optimizer: Mapping[str, Any], **sections: Mapping[str, Any]) -> Plan:
    full = {"loop": {"full_batch": True}, **sections}
    return make_plan(model={"kind": "linear"}, optimizer=optimizer, **full)


def sgd(lr: float = 0.1, **settings: Any) -> Plan:
    return plan({"kind": "sgd", "lr": lr, **settings})


def test_that_the_words_have_the_numbers() -> None:
    assert "λₘₐₓ = 8 " in say_bound(LANDSCAPE)
    assert "2/λₘₐₓ = 0.25" in say_bound(LANDSCAPE)
    assert say_verdict(sgd(), LANDSCAPE, 0.1) == "lr 0.1 → stable"
    assert say_verdict(sgd(), LANDSCAPE, 0.5) == "lr 0.5 → unstable"
    batches = plan({"kind": "sgd"}, loop={"full_batch": False})
    assert "stable on average" in say_verdict(batches, LANDSCAPE, 0.1)


@pytest.mark.parametrize(
    ("settings", "method", "bound"),
    [
        ({"momentum": 0.9}, "SGD with momentum 0.9", "0.475"),
        (
            {"momentum": 0.6, "nesterov": True},
            "SGD with Nesterov momentum 0.6",
            "0.1818",
        ),
        (
            {"momentum": 0.5, "dampening": 0.5},
            "SGD with momentum 0.5, dampening 0.5",
            "0.75",
        ),
        ({"weight_decay": 2.0}, "SGD with weight decay 2", "0.2"),
    ],
)
def test_that_a_method_of_its_own_is_named_with_its_own_bound(
    settings: dict[str, Any], method: str, bound: str
) -> None:
    own = f"bound of {method}: {bound}"
    assert say_verdict(sgd(**settings), LANDSCAPE, 0.1) == f"lr 0.1 → stable ({own})"
    assert say_verdict(sgd(**settings), LANDSCAPE, 1.0) == f"lr 1 → unstable ({own})"
    words, level = lr_hint(sgd(1.0, **settings), LANDSCAPE)
    assert words == (
        f"{method} on the full batch diverges above {bound} for these data; "
        "plain SGD above 2/λₘₐₓ = 0.25"
    )
    assert level is HintLevel.WATCH
    assert lr_hint(sgd(0.1, **settings), LANDSCAPE)[1] is HintLevel.INFO


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (plan({"kind": "adam"}), "Adam"),
        (plan({"kind": "sgd"}, **WRAPPED), "Lookahead around SGD"),
        (
            plan({"kind": "sgd", "momentum": 0.9}, **WRAPPED),
            "Lookahead around SGD with momentum 0.9",
        ),
        (sgd(momentum=0.9, dampening=1.0), "SGD with momentum 0.9, dampening 1"),
    ],
)
def test_that_other_methods_are_named_and_not_judged(other: Plan, name: str) -> None:
    words = say_verdict(other, LANDSCAPE, 100.0)
    assert words == f"lr 100 → no bound is known for {name}"
    words, level = lr_hint(other, LANDSCAPE)
    assert words.startswith("2/λₘₐₓ = 0.25 for these data: above it plain SGD")
    assert words.endswith(f"for {name} no bound is known")
    assert level is HintLevel.INFO


def test_that_the_mark_of_plain_sgd_says_its_bound_and_warns_above_it() -> None:
    words, level = lr_hint(sgd(0.3), LANDSCAPE)
    assert words == (
        "2/λₘₐₓ = 0.25 for these data: above it plain SGD on the full batch diverges"
    )
    assert level is HintLevel.WATCH
    assert lr_hint(sgd(0.2), LANDSCAPE)[1] is HintLevel.INFO


def test_that_a_clipped_gradient_is_not_said_to_diverge() -> None:
    clipped = plan({"kind": "sgd", "lr": 0.3}, loop={"clipping": "norm"})
    words, level = lr_hint(clipped, LANDSCAPE)
    assert words.endswith("plain SGD on the full batch does not settle")
    assert level is HintLevel.WATCH
