"""`workbench list`: what there is to choose from."""

from __future__ import annotations

import argparse
import json
from typing import Any

from workbench.cli.status import Status
from workbench.core.catalogue import Catalogue
from workbench.core.datasets import DATASETS
from workbench.core.losses import LOSSES
from workbench.core.models import MODELS
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.ports import PictureWriter
from workbench.core.presets import load_presets
from workbench.core.schedules import SCHEDULES
from workbench.core.settings import FieldSpec, describe

_CATALOGUES: dict[str, Catalogue[Any]] = {
    "models": MODELS,
    "datasets": DATASETS,
    "optimizers": OPTIMIZERS,
    "losses": LOSSES,
    "schedules": SCHEDULES,
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `list` command."""
    parser = commands.add_parser("list", help="show what there is to choose from")
    parser.add_argument("what", choices=[*_CATALOGUES, "presets"])
    parser.add_argument(
        "--json", action="store_true", help="everything about each, for programs"
    )
    parser.set_defaults(command=list_choices)


def list_choices(options: argparse.Namespace, _: PictureWriter) -> Status:
    """Print key, title and summary of each choice, or all of it as JSON."""
    rows = _presets() if options.what == "presets" else _entries(_CATALOGUES[options.what])
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return Status.DONE
    width = max(len(row["key"]) for row in rows)
    for row in rows:
        print(f"{row['key']:{width}}  {row['title']}: {row['summary']}")
    return Status.DONE


def _presets() -> list[dict[str, Any]]:
    return [
        {
            "key": preset.key,
            "title": preset.title,
            "summary": preset.summary,
            "plan": preset.plan.model_dump(mode="json"),
        }
        for preset in load_presets().values()
    ]


def _entries(catalogue: Catalogue[Any]) -> list[dict[str, Any]]:
    return [
        {
            "key": entry.key(),
            "title": entry.title,
            "summary": entry.summary,
            "settings": [_setting(spec) for spec in describe(entry)],
        }
        for entry in catalogue
    ]


def _setting(spec: FieldSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "title": spec.title,
        "kind": spec.kind.value,
        "default": spec.default,
        "range": spec.range.describe(),
        "unit": spec.unit,
        "choices": spec.choices,
        "help": spec.help,
    }
