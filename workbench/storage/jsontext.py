"""JSON that says the same in every reader: the only text format in a session file.

Numbers that are not finite have no place in JSON; they stand as ``{"$float": "inf"}``.
Everything outside ASCII is escaped, so that any text, even half a surrogate pair from an
undecodable file name, comes back as it was.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

_FLOAT = "$float"
_NOT_FINITE = {"inf", "-inf", "nan"}


def dumps(value: Any) -> str:
    """Write plain data, dataclasses, enums, mappings and sequences as JSON."""
    return json.dumps(_plain(value), allow_nan=False, separators=(",", ":"))


def loads(text: str) -> Any:
    """Read strictly: no NaN or Infinity, no double keys, no overflow, no deep nesting.

    Raises:
        ValueError: where the text is not such JSON.
    """
    try:
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_mapping,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else {_FLOAT: repr(float(value))}
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value


def _refuse_constant(word: str) -> float:
    raise ValueError(f"'{word}' is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"'{text[:40]}' is too large for a number")
    return value


def _mapping(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the same key stands twice")
    word = found.get(_FLOAT)
    if isinstance(word, str) and word in _NOT_FINITE:
        return float(word)
    return found
