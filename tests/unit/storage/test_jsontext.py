from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.events import EpochRow
from workbench.core.run import RunState
from workbench.storage.jsontext import dumps, loads

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text()
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_that_what_is_written_is_read_back_bit_for_bit(value: Any) -> None:
    found = loads(dumps(value))
    assert found == value
    assert repr(found) == repr(value)  # tells -0.0 from 0.0 and 1 from 1.0


def test_that_nan_and_infinities_come_back_and_are_plain_json() -> None:
    text = dumps([math.nan, math.inf, -math.inf])
    json.loads(text, parse_constant=pytest.fail)
    first, *rest = loads(text)
    assert math.isnan(first)
    assert rest == [math.inf, -math.inf]


def test_that_half_a_surrogate_pair_comes_back() -> None:
    assert dumps("\udcff").isascii()
    assert loads(dumps("\udcff")) == "\udcff"


def test_that_dataclasses_and_enums_become_plain_data() -> None:
    row = EpochRow(1, 2, math.inf, 0.5)
    assert loads(dumps({"row": row, "state": RunState.FAILED})) == {
        "row": {
            "epoch": 1,
            "step": 2,
            "train_loss": math.inf,
            "loss_sum": 0.5,
            "test_loss": None,
            "train_accuracy": None,
            "test_accuracy": None,
        },
        "state": "failed",
    }


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[Infinity]",
        "-Infinity",
        "1e999",
        "-1e999",
        '{"a":1,"a":2}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5000,
        "",
        "{",
        "[1,]",
        "'a'",
        "\x00",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_that_anything_lax_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        loads(text)


@pytest.mark.parametrize("value", [{"$float": "1.0"}, {"$float": []}, {"$float": {}}])
def test_that_only_what_is_not_finite_is_tagged(value: Any) -> None:
    assert loads(json.dumps(value)) == value
