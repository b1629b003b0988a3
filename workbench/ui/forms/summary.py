"""The present choice of a section in a few words, for the header of a folded group."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from workbench.core.settings import (
    CatalogueSettings,
    FieldKind,
    FieldSpec,
    Settings,
    describe,
)
from workbench.ui.forms.choice_words import choice_words

_LEADING = {
    "model": ("hidden_sizes", "channels", "activation"),
    "optimizer": ("lr",),
    "loop": ("epochs",),
}
_SHORT = {"lr": "lr"}
_IDLE = {"none", "off", ""}


def summarise(section: str, settings: type[Settings], values: Mapping[str, object]) -> str:
    """Say kind and leading values, such as 'Adam, lr 0.001'."""
    specs = {spec.name: spec for spec in describe(settings)}
    words = [_title(settings)] if issubclass(settings, CatalogueSettings) else []
    leading = [name for name in _LEADING.get(section, ()) if name in specs]
    words += [_value(specs[name], values[name]) for name in leading]
    if section == "loop":
        words.append(_batch(values))
    return ", ".join(word for word in words if word)


def _title(settings: type[CatalogueSettings]) -> str:
    """Shorten a title to what stands before a bracket, or in one of capitals."""
    before, _, inside = settings.title.partition(" (")
    inside = inside.rstrip(")")
    return inside if inside.isupper() else before


def _value(spec: FieldSpec, value: object) -> str:
    text = spec.format(value)
    if spec.kind is FieldKind.CHOICE:
        return "" if text in _IDLE else choice_words(text)
    if spec.kind in {FieldKind.INTS, FieldKind.FLOATS}:
        return text.replace(" ", "→")
    if spec.name in _SHORT:
        return f"{_SHORT[spec.name]} {text}"
    return f"{text} {spec.title.lower()}" if spec.kind is FieldKind.INT else text


def _batch(values: Mapping[str, object]) -> str:
    if values["full_batch"]:
        return QCoreApplication.translate("Summary", "full batch")
    batch = QCoreApplication.translate("Summary", "batch {0}")
    return batch.format(values["batch_size"])
