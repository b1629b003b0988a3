"""What tells plans apart: only the settings in which they differ.

Tables and legends that repeat what all runs share say nothing; this names what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from workbench.core.plan import Plan
from workbench.core.settings import (
    CatalogueSettings,
    FieldKind,
    FieldSpec,
    Settings,
    describe,
)

# What people look for first stands first: a narrow column cuts off the end.
_ORDER = ("optimizer", "lookahead", "schedule", "model", "data", "loss", "loop")

_Path: TypeAlias = tuple[str, str]  # section and field
_ALWAYS_NAMED: _Path = ("optimizer", "lr")  # no title implies it to the reader


@dataclass(frozen=True)
class _Entry:
    """A plan, and those of its settings that have an effect."""

    plan: Plan
    fields: Mapping[_Path, tuple[FieldSpec, Any]]

    def kind(self, section: str) -> type[Settings]:
        return type(getattr(self.plan, section))


def differences(plans: Sequence[Plan]) -> list[tuple[str, ...]]:
    """Say for each plan what sets it apart, such as ("Adam", "lr 0.01").

    A choice is named by its title where the plans chose differently; what is at its
    default then goes without saying, unless plans of the same choice differ in it. A
    setting that only some plans have counts with its default in the others, and one
    without effect, such as a batch size beside a full batch, counts as absent. A field
    carries its section where another listed field has the same name.
    """
    entries = [_Entry(plan, _active_fields(plan)) for plan in plans]
    kinds = {name for name in _ORDER if len({e.kind(name) for e in entries}) > 1}
    differing = [path for path in _union(entries) if _differs(path, entries)]
    listed = [
        [path for path in differing if _is_telling(path, entry, entries, kinds)]
        for entry in entries
    ]
    names = [name for _, name in {path for paths in listed for path in paths}]
    return [
        tuple(_parts(entry, paths, kinds, names))
        for entry, paths in zip(entries, listed, strict=True)
    ]


def _active_fields(plan: Plan) -> dict[_Path, tuple[FieldSpec, Any]]:
    found = {}
    for section in _ORDER:
        settings: Settings = getattr(plan, section)
        for spec in describe(type(settings)):
            if has_effect(spec, settings):
                found[section, spec.name] = (spec, getattr(settings, spec.name))
    return found


def has_effect(spec: FieldSpec, settings: Settings) -> bool:
    """Say whether a setting matters beside the others of its section."""
    if spec.when is None:
        return True
    name, values = spec.when
    return getattr(settings, name) in values


def _union(entries: Sequence[_Entry]) -> list[_Path]:
    """List all paths, section by section, each in the order of its form."""
    seen = dict.fromkeys(path for entry in entries for path in entry.fields)
    return sorted(seen, key=lambda path: _ORDER.index(path[0]))


def _differs(path: _Path, entries: Sequence[_Entry]) -> bool:
    present = [entry.fields[path] for entry in entries if path in entry.fields]
    values = {value for _, value in present}
    if len(present) < len(entries):
        values |= {spec.default for spec, _ in present}
    return len(values) > 1


def _is_telling(
    path: _Path, entry: _Entry, entries: Sequence[_Entry], kinds: set[str]
) -> bool:
    """Say whether a differing setting adds something to the plan's choices."""
    if path not in entry.fields:
        return False
    section = path[0]
    if section not in kinds or path == _ALWAYS_NAMED:
        return True
    spec, value = entry.fields[path]
    alike = [other for other in entries if other.kind(section) is entry.kind(section)]
    return bool(value != spec.default) or _differs(path, alike)


def _parts(
    entry: _Entry, paths: Sequence[_Path], kinds: set[str], names: Sequence[str]
) -> Iterator[str]:
    for section in _ORDER:
        settings = getattr(entry.plan, section)
        if section in kinds and isinstance(settings, CatalogueSettings):
            yield settings.title
        for path in paths:
            if path[0] == section:
                yield _show(_name(path, names), *entry.fields[path])


def _name(path: _Path, names: Sequence[str]) -> str:
    section, field = path
    if field == "enabled":
        return section  # "lookahead on" says more than "enabled on"
    return f"{section}.{field}" if names.count(field) > 1 else field


def _show(name: str, spec: FieldSpec, value: Any) -> str:
    if spec.kind is FieldKind.BOOL:
        return f"{name} {'on' if value else 'off'}"
    return f"{name} {spec.format(value) or '–'}"
