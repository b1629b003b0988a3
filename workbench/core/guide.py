r"""The guide: pages of Markdown in `resources/guide/`, one for each optimizer and topic.

A page may hold formulas in LaTeX, `$…$` in a line and `$$…$$` on a line of its own, and
`{{settings}}` or `{{settings KEY}}` where the settings of the page's own optimizer or of
another catalogue entry are to be listed. Names, defaults and ranges are never written on
a page: they are read from the settings here, so that the guide cannot contradict them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from workbench.core.errors import UnknownNameError
from workbench.core.numbers import format_number
from workbench.core.optimizers import OPTIMIZERS, Lookahead
from workbench.core.paths import resources
from workbench.core.schedules import SCHEDULES
from workbench.core.settings import FieldKind, FieldSpec, Range, Settings, describe

LOOKAHEAD = "lookahead"
TOPICS = ("choosing", "effective-rates", "schedules", "reading-losses")

_THIN = "\u202f"  # no line break at it
_FIRST_MARK = 0xE000  # of the private use area, which no page uses for text
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
_SETTINGS = re.compile(r"^\{\{settings ?([a-z_]*)\}\}$", re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


class Group(StrEnum):
    """What a page is about."""

    TOPIC = "topic"
    OPTIMIZER = "optimizer"


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents."""

    key: str
    title: str
    group: Group


@dataclass(frozen=True)
class Latex:
    """A formula; `display` ones stand on a line of their own."""

    source: str
    display: bool


@dataclass(frozen=True)
class SettingRow:
    """A setting in words: its default with the unit, what it may be, what it does."""

    title: str
    default: str
    range: str
    help: str


@dataclass(frozen=True)
class Page:
    """A page as Markdown; a character stands for each formula and table of settings."""

    key: str
    title: str
    text: str
    formulas: Mapping[str, Latex]
    tables: Mapping[str, tuple[SettingRow, ...]]


def contents(folder: Path | None = None) -> tuple[Entry, ...]:
    """List all pages: the topics, then the optimizers as the form lists them.

    Raises:
        UnknownNameError: where the page of a topic is missing.
    """
    topics = [Entry(key, _title(_read(key, folder)), Group.TOPIC) for key in TOPICS]
    methods = [(entry.key(), entry.title) for entry in OPTIMIZERS]
    methods.append((LOOKAHEAD, Lookahead.__name__))
    return (*topics, *(Entry(key, title, Group.OPTIMIZER) for key, title in methods))


def read_page(key: str, folder: Path | None = None) -> Page:
    """Read a page from `folder` (default: the guide that comes with the workbench).

    Raises:
        UnknownNameError: where there is no such page, or none of such an entry.
    """
    raw = _read(key, folder)
    marks = map(chr, itertools.count(_FIRST_MARK))
    formulas: dict[str, Latex] = {}
    tables: dict[str, tuple[SettingRow, ...]] = {}

    def mark_formula(found: re.Match[str]) -> str:
        mark = next(marks)
        source = " ".join((found[1] or found[2]).split())
        formulas[mark] = Latex(source, display=found[1] is not None)
        return mark

    def mark_table(found: re.Match[str]) -> str:
        mark = next(marks)
        tables[mark] = setting_rows(_settings_of(found[1] or key))
        return mark

    text = _FORMULA.sub(mark_formula, _SETTINGS.sub(mark_table, raw))
    return Page(key, _title(raw), text, formulas, tables)


def setting_rows(settings: type[Settings]) -> tuple[SettingRow, ...]:
    """Put all settings of a class into words, in the order of the form."""
    return tuple(_row(spec) for spec in describe(settings))


def _row(spec: FieldSpec) -> SettingRow:
    default = _value(spec, spec.default)
    unit = f" {spec.unit}" if spec.unit else ""
    return SettingRow(spec.title, default + unit, _range(spec), spec.help)


def _value(spec: FieldSpec, value: Any) -> str:
    if spec.kind is FieldKind.BOOL:
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(_number(part) for part in value)
    if value is None or value == "":
        return "empty"
    return value if isinstance(value, str) else _number(value)


def _range(spec: FieldSpec) -> str:
    if spec.kind is FieldKind.BOOL:
        return "on or off"
    if spec.choices:
        return " or ".join(", ".join(spec.choices).rsplit(", ", 1))
    if len(set(spec.part_ranges)) > 1:
        named = zip(spec.labels, spec.part_ranges, strict=True)
        return "; ".join(f"{label} {_bounds(part)}" for label, part in named)
    words = _bounds(spec.range)
    each = "each " if spec.part_ranges and words else ""
    return f"{each}{words}" + (", or empty" if spec.optional else "")


def _bounds(span: Range) -> str:
    """Write bounds as signs, such as '> 0, ≤ 1'; words would not fit into a column."""
    signs = ("≥", span.minimum), (">", span.above), ("≤", span.maximum), ("<", span.below)
    return ", ".join(f"{sign} {_number(n)}" for sign, n in signs if n is not None)


def _number(value: float) -> str:
    """Write a number exactly, with a true minus and thin spaces between thousands."""
    text = format_number(value).replace("-", "−")
    return f"{int(value):,}".replace(",", _THIN) if text.isdigit() else text


def _settings_of(key: str) -> type[Settings]:
    found: Mapping[str, Callable[[str], type[Settings]]] = {
        **dict.fromkeys(OPTIMIZERS.keys(), OPTIMIZERS.__getitem__),
        **dict.fromkeys(SCHEDULES.keys(), SCHEDULES.__getitem__),
        LOOKAHEAD: lambda _: Lookahead,
    }
    if key not in found:
        raise UnknownNameError("optimizer or schedule", key, found)
    return found[key](key)


def _read(key: str, folder: Path | None) -> str:
    """Return the text of a page; `key` comes from links, so it names no other file."""
    folder = folder or resources() / "guide"
    known = tuple(_keys())
    path = folder / f"{key}.md"
    if key not in known or not path.is_file():
        raise UnknownNameError("page of the guide", key, known)
    return path.read_text("utf-8")


def _keys() -> Iterator[str]:
    yield from (*TOPICS, *OPTIMIZERS.keys(), LOOKAHEAD)


def _title(raw: str) -> str:
    found = _TITLE.search(raw)
    return found[1] if found else ""
