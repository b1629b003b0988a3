"""Figures as a table for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import Figure, Goal, Result, Skipped

_HEADER = ("figure", "ours", "reference", "ratio", "goal")


def table(results: Sequence[Result]) -> str:
    """Return the figures as a table in Markdown, its columns aligned."""
    rows = [_HEADER, *(_row(result) for result in results if isinstance(result, Figure))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, _line(["-" * width for width in widths], widths))
    skipped = [result for result in results if isinstance(result, Skipped)]
    return "\n".join(lines + [f"\nNot measured: {s.name}: {s.why}" for s in skipped])


def save(path: Path, machine: dict[str, Any], values: Sequence[dict[str, Any]]) -> None:
    """Write the figures and what they were measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "results": list(values)}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def load(path: Path) -> list[Result]:
    """Read the figures that `save` wrote."""
    values = json.loads(path.read_text("utf-8"))["results"]
    return [read(one) for one in values]


def to_values(result: Result) -> dict[str, Any]:
    """Return a figure, or what was skipped, for JSON."""
    if isinstance(result, Skipped):
        return {"name": result.name, "skipped": result.why}
    return result.values()


def read(values: dict[str, Any]) -> Result:
    """Return what `to_values` was given."""
    if "skipped" in values:
        return Skipped(values["name"], values["skipped"])
    goal = values["goal"]
    return Figure(
        name=values["name"],
        unit=values["unit"],
        ours=values["ours"],
        reference=values["reference"],
        reference_name=values["reference_name"],
        goal=goal and Goal(goal["limit"], goal["at_least"], goal["of"] == "ours"),
        cpu_ratios=values["cpu_ratios"],
        remarks=values["remarks"],
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join(padded)} |"


def _row(figure: Figure) -> tuple[str, ...]:
    name = f"{figure.name} ({figure.remarks})" if figure.remarks else figure.name
    return name, _ours(figure), _reference(figure), _ratio(figure), _goal(figure)


def _ours(figure: Figure) -> str:
    spread = f" ({_short(min(figure.ours))}–{_short(max(figure.ours))})"
    return f"{_short(figure.middle)} {figure.unit}{spread if len(figure.ours) > 1 else ''}"


def _reference(figure: Figure) -> str:
    if not figure.reference:
        return ""
    middle = sorted(figure.reference)[len(figure.reference) // 2]
    return f"{figure.reference_name}: {_short(middle)} {figure.unit}"


def _ratio(figure: Figure) -> str:
    if not figure.reference:
        return ""
    ratios = figure.ratios
    text = f"{figure.ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
    if not figure.cpu_ratios:
        return text
    cpu = sorted(figure.cpu_ratios)[len(figure.cpu_ratios) // 2]
    return f"{text}, by CPU time {cpu:.2f}"


def _goal(figure: Figure) -> str:
    goal = figure.goal
    if goal is None:
        return ""
    sign, unit = (
        ("≥" if goal.at_least else "≤"),
        (f" {figure.unit}" if goal.of_ours else ""),
    )
    return f"{sign} {goal.limit:g}{unit}: {'met' if figure.is_met else 'missed'}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
