"""A remark on a field that comes from outside the form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HintLevel(StrEnum):
    """How much a hint asks to be seen."""

    INFO = "info"
    WATCH = "watch"


@dataclass(frozen=True)
class Hint:
    """Words beneath a field; an empty text is no hint."""

    text: str = ""
    level: HintLevel = HintLevel.INFO


NO_HINT = Hint()
