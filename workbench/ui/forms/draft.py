"""What the experiment form holds: all that was chosen and typed, valid or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from workbench.core.datasets import DATASETS
from workbench.core.errors import Problem, SettingsError
from workbench.core.losses import LOSSES
from workbench.core.models import MODELS
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.plan import CATALOGUES, PLAIN_SECTIONS, Plan, fits, idle_schedule
from workbench.core.schedules import SCHEDULES
from workbench.core.settings import CatalogueSettings, Settings
from workbench.ui.forms.bad_text import BadText, readable

_Values = Mapping[str, object]
_NO_KIND = ""  # of sections that offer no choice


@dataclass(frozen=True)
class Draft:
    """A draft of a plan; edits make new drafts, so that every step can be undone.

    `recent` has the kinds of each section that were chosen, the present one first;
    `typed` the values by section and kind, also of kinds that were left again.
    """

    recent: Mapping[str, tuple[str, ...]]
    typed: Mapping[tuple[str, str], _Values]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Make the draft of a plan."""
        return cls({}, {}).with_plan(plan)

    def with_plan(self, plan: Plan) -> Self:
        """Take over a plan; what was typed for other kinds is kept."""
        recent, typed = dict(self.recent), dict(self.typed)
        for section, values in plan.values().items():
            rest = {name: value for name, value in values.items() if name != "kind"}
            kind = str(values.get("kind", _NO_KIND))
            recent[section] = _first(kind, self.recent.get(section, ()))
            typed[section, kind] = rest
        return type(self)(recent, typed)

    def kind(self, section: str) -> str:
        """Return the chosen kind of a section; empty where there is no choice."""
        return self.recent[section][0]

    def settings(self, section: str) -> type[Settings]:
        """Return the settings class that a section shows."""
        if section in PLAIN_SECTIONS:
            return PLAIN_SECTIONS[section]
        entry: type[Settings] = CATALOGUES[section][self.kind(section)]
        return entry

    def values(self, section: str) -> dict[str, object]:
        """Return what the fields of a section hold, values or `BadText`."""
        kind = self.kind(section)
        if (section, kind) in self.typed:
            return dict(self.typed[section, kind])
        return _defaults(self.settings(section))

    def offered(self, section: str) -> tuple[type[CatalogueSettings], ...]:
        """List the choices of a section that go with the chosen model."""
        model = MODELS[self.kind("model")]
        if section == "data":
            return tuple(entry for entry in DATASETS if fits(model, entry))
        if section == "loss":
            return tuple(entry for entry in LOSSES if entry.task is model.task)
        return tuple(CATALOGUES[section])

    def with_kind(self, section: str, kind: str) -> Self:
        """Choose a kind; a new model brings data and loss that go with it."""
        chosen = _first(kind, self.recent[section])
        draft = type(self)({**self.recent, section: chosen}, self.typed)
        if section == "model":
            draft = draft._with_fitting("data")._with_fitting("loss")  # noqa: SLF001 - its own class
        return draft

    def with_value(self, section: str, field: str, value: object) -> Self:
        """Set one field."""
        values = {**self.values(section), field: value}
        return type(self)(
            self.recent, {**self.typed, (section, self.kind(section)): values}
        )

    def with_defaults(self, section: str) -> Self:
        """Set all fields of the chosen kind to their defaults."""
        values = _defaults(self.settings(section))
        return type(self)(
            self.recent, {**self.typed, (section, self.kind(section)): values}
        )

    def is_default(self, section: str) -> bool:
        """Say whether all fields of the chosen kind hold their defaults."""
        return self.values(section) == _defaults(self.settings(section))

    def changed_sections(self, other: Self) -> set[str]:
        """List the sections that show something else than in another draft."""
        return {
            section
            for section in self.recent
            if self.kind(section) != other.kind(section)
            or self.values(section) != other.values(section)
        }

    def plan(self) -> Plan:
        """Make the plan.

        Raises:
            SettingsError: with every problem.
        """
        unread = self._unread()
        try:
            plan = Plan.from_values(self._readable_values())
        except SettingsError as error:
            paths = {problem.path for problem in unread}
            others = [item for item in error.problems if item.path not in paths]
            raise SettingsError([*unread, *others]) from None
        if unread:
            raise SettingsError(unread)
        return plan

    def problems(self) -> tuple[Problem, ...]:
        """List all that keeps the draft from being a plan."""
        try:
            self.plan()
        except SettingsError as error:
            return error.problems
        return ()

    def remarks(self) -> dict[str, str]:
        """Return what is allowed but without effect, in words by `section.field`."""
        entries = (OPTIMIZERS[self.kind("optimizer")], SCHEDULES[self.kind("schedule")])
        words = idle_schedule(*entries)
        return dict.fromkeys(("optimizer.kind", "schedule.kind"), words) if words else {}

    def _with_fitting(self, section: str) -> Self:
        """Keep the kind where it fits; else the last that did, else the usual one."""
        fitting = [entry.key() for entry in self.offered(section)]
        usual = Plan.model_fields[section].default.kind
        wishes = (*self.recent[section], usual, fitting[0])
        kind = next(wish for wish in wishes if wish in fitting)
        return self.with_kind(section, kind)

    def _unread(self) -> list[Problem]:
        return [
            Problem(f"{section}.{name}", value.why)
            for section in self.recent
            for name, value in self.values(section).items()
            if isinstance(value, BadText)
        ]

    def _readable_values(self) -> dict[str, dict[str, Any]]:
        result: dict[str, dict[str, Any]] = {}
        for section in self.recent:
            values = self.values(section).items()
            result[section] = {name: readable(value) for name, value in values}
            if kind := self.kind(section):
                result[section]["kind"] = kind
        return result


def _defaults(settings: type[Settings]) -> dict[str, object]:
    values = settings().model_dump()
    values.pop("kind", None)
    return values


def _first(kind: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    return (kind, *(other for other in kinds if other != kind))
