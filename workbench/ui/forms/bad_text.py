"""What stands in a form for a value whose text cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class BadText:
    """Text that does not follow the grammar, kept so that it can be mended and undone.

    `texts` has one text for each line of the editor, `why` is a sentence for the user,
    and `instead` is the value that was there before: other fields are checked with it.
    """

    texts: tuple[str, ...]
    why: str
    instead: object = field(compare=False)


def readable(value: object) -> object:
    """Return a value that can be checked: the value itself, or the one before it."""
    return value.instead if isinstance(value, BadText) else value
