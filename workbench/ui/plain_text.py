"""Texts from people and files, shown as they are: never as markup, never endless."""

from __future__ import annotations

import html

_LINE_LIMIT = 200
_TOOLTIP_LIMIT = 2000


def one_line(text: str, limit: int = _LINE_LIMIT) -> str:
    """Return at most `limit` characters of a text, its white space made single spaces."""
    head = text[: 4 * limit]  # a name of a megabyte must not cost a megabyte each paint
    line = " ".join(head.split())
    if len(line) > limit or len(head) < len(text):
        return f"{line[: limit - 1]}…"
    return line


def tooltip(text: str) -> str:
    """Return a tooltip that wraps and shows every character of the text as itself.

    Qt guesses whether a tooltip is markup; escaped markup leaves nothing to guess.
    """
    if not text:
        return ""
    shown = text if len(text) <= _TOOLTIP_LIMIT else f"{text[:_TOOLTIP_LIMIT]}…"
    return f"<qt>{html.escape(shown).replace(chr(10), '<br>')}</qt>"
