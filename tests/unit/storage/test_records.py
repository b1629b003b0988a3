from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pytest

from workbench.storage.records import build


class _Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class _Inner:
    number: int


@dataclass(frozen=True)
class _Outer:
    text: str
    share: float
    sizes: tuple[int, ...]
    inner: _Inner | None
    colour: _Colour
    on: bool = True
    names: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[_Inner, ...] = ()


_GOOD: dict[str, Any] = {
    "text": "a",
    "share": 0.5,
    "sizes": [1, 2],
    "inner": {"number": 3},
    "colour": "red",
    "names": {"k": "v"},
    "parts": [{"number": 4}],
}


def test_that_every_kind_of_field_is_built() -> None:
    assert build(_Outer, _GOOD) == _Outer(
        "a", 0.5, (1, 2), _Inner(3), _Colour.RED, True, {"k": "v"}, (_Inner(4),)
    )


def test_that_absent_fields_take_defaults_and_unknown_ones_are_left_out() -> None:
    given = {**_GOOD, "inner": None, "later": 1}
    del given["names"], given["parts"]
    assert build(_Outer, given) == _Outer("a", 0.5, (1, 2), None, _Colour.RED)


def test_that_whole_numbers_serve_as_floats() -> None:
    share = build(_Outer, {**_GOOD, "share": 2}).share
    assert isinstance(share, float)
    assert share == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 1),
        ("text", None),
        ("share", "0.5"),
        ("share", True),
        ("share", 2**64),
        ("sizes", [1, 2.5]),
        ("sizes", [True]),
        ("sizes", [2**63]),
        ("sizes", "12"),
        ("inner", []),
        ("inner", {}),
        ("inner", {"number": "3"}),
        ("colour", "blue"),
        ("colour", []),
        ("on", 1),
        ("names", {"k": 1}),
        ("names", [["k", "v"]]),
        ("parts", [None]),
    ],
)
def test_that_a_value_of_the_wrong_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the next test reads the words
        build(_Outer, {**_GOOD, name: value})


def test_that_what_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="share is of the wrong type"):
        build(_Outer, {**_GOOD, "share": "x"})
    with pytest.raises(ValueError, match="_Inner lacks number"):
        build(_Inner, {})
    with pytest.raises(ValueError, match="_Inner is not an object"):
        build(_Inner, [1])
