"""Dataclasses from parsed JSON, every value checked against the declared type."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_LIMIT = 2**63


def build(kind: type[T], values: Any) -> T:
    """Make a dataclass from a JSON object.

    Keys that the class does not know are left out: a later minor version may have
    written them. Absent ones take their default.

    Raises:
        ValueError: naming what is missing or of the wrong type.
    """
    if not isinstance(values, dict):
        raise ValueError(f"{kind.__name__} is not an object")  # noqa: TRY004 - bad file
    hints = _hints(kind)  # type: ignore[arg-type]  # every class is hashable
    parts = dataclasses.fields(kind)  # type: ignore[arg-type]  # T is always a dataclass
    given = {
        part.name: _checked(hints[part.name], values[part.name], part.name)
        for part in parts
        if part.name in values
    }
    try:
        return kind(**given)
    except TypeError:
        missing = [part.name for part in parts if part.name not in given]
        raise ValueError(f"{kind.__name__} lacks {', '.join(missing)}") from None


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    """Resolve the annotations of one of our classes, which compiles them: only once."""
    return get_type_hints(kind)


def _checked(hint: Any, value: Any, name: str) -> Any:
    """Return the value as what the hint asks for, or raise a ValueError."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _checked_choice(parts, value, name)
    if origin is tuple and isinstance(value, list):
        return tuple(_checked(parts[0], item, name) for item in value)
    if origin in (Mapping, dict) and isinstance(value, dict):
        return {key: _checked(parts[1], item, name) for key, item in value.items()}
    if isinstance(hint, type) and _fits(hint, value):
        return float(value) if hint is float else value
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value)
    raise ValueError(f"{name} is of the wrong type")


def _checked_choice(parts: tuple[Any, ...], value: Any, name: str) -> Any:
    if value is None and type(None) in parts:
        return None
    (rest,) = (part for part in parts if part is not type(None))
    return _checked(rest, value, name)


def _fits(hint: type, value: Any) -> bool:
    if hint is float:
        return type(value) is float or (type(value) is int and abs(value) < _LIMIT)
    if hint is int:
        return type(value) is int and abs(value) < _LIMIT
    return hint in (str, bool) and type(value) is hint
