"""The presets: complete plans with a name, read from `resources/presets/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core.errors import UnknownNameError
from workbench.core.paths import resources
from workbench.core.plan import Plan

DEFAULT_PRESET = "quickstart-mlp"


@dataclass(frozen=True)
class Preset:
    """A plan to start from."""

    key: str
    title: str
    summary: str
    plan: Plan


def load_presets(folder: Path | None = None) -> dict[str, Preset]:
    """Read all presets by key, in the order that `order.json` gives."""
    folder = folder or resources() / "presets"
    order = json.loads((folder / "order.json").read_text("utf-8"))
    return {key: _read(folder / f"{key}.json", key) for key in order}


def find_preset(key: str) -> Preset:
    """Return the preset of that key.

    Raises:
        UnknownNameError: listing the known ones.
    """
    presets = load_presets()
    if key not in presets:
        raise UnknownNameError("preset", key, presets)
    return presets[key]


def _read(path: Path, key: str) -> Preset:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    values = {
        name: {field: _tuples(value) for field, value in part.items()}
        for name, part in content["plan"].items()
    }
    return Preset(key, content["title"], content["summary"], Plan.from_values(values))


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
