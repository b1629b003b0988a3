"""The plan of an experiment: everything that decides its numbers, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError

from workbench.core.catalogue import Catalogue
from workbench.core.datasets import DATASETS, Data, DataSettings, Diabetes
from workbench.core.errors import Problem, SettingsError, UnknownNameError
from workbench.core.loop import LoopSettings
from workbench.core.losses import LOSSES, Loss, LossSettings, MseLoss
from workbench.core.models import MODELS, LinearModel, Model, ModelSettings
from workbench.core.optimizers import (
    OPTIMIZERS,
    Adam,
    Lookahead,
    Optimizer,
    OptimizerSettings,
)
from workbench.core.schedules import (
    SCHEDULES,
    ConstantSchedule,
    Schedule,
    ScheduleSettings,
)
from workbench.core.settings import CatalogueSettings, Settings, build, describe

CATALOGUES: Mapping[str, Catalogue[Any]] = {
    "model": MODELS,
    "data": DATASETS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
PLAIN_SECTIONS: Mapping[str, type[Settings]] = {
    "lookahead": Lookahead,
    "loop": LoopSettings,
}


class Plan(Settings):
    """One experiment. Sections are named as in `CATALOGUES` and `PLAIN_SECTIONS`."""

    model: Annotated[Model, Field(discriminator="kind")] = LinearModel()
    data: Annotated[Data, Field(discriminator="kind")] = Diabetes()
    loss: Annotated[Loss, Field(discriminator="kind")] = MseLoss()
    optimizer: Annotated[Optimizer, Field(discriminator="kind")] = Adam()
    lookahead: Lookahead = Lookahead()
    schedule: Annotated[Schedule, Field(discriminator="kind")] = ConstantSchedule()
    loop: LoopSettings = LoopSettings()

    def values(self) -> dict[str, dict[str, Any]]:
        """Return all settings by section and field, ready for `Plan.from_values`."""
        return self.model_dump()

    @classmethod
    def from_values(cls, values: Mapping[str, Mapping[str, Any]]) -> Self:
        """Make a plan from settings by section and field; absent ones take defaults.

        Raises:
            SettingsError: with every problem of every section, then those between them.
        """
        sections: dict[str, Settings] = {}
        problems: list[Problem] = []
        for name, given in values.items():
            try:
                sections[name] = _build_section(name, given)
            except SettingsError as error:
                problems += error.problems
            except UnknownNameError as error:
                problems.append(Problem(name, str(error)))
        if problems:
            raise SettingsError(problems)
        plan = cls(**sections)  # type: ignore[arg-type]  # each checked by its section
        problems += plan.mismatches()
        if problems:
            raise SettingsError(problems)
        return plan

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `model_dump_json` wrote.

        Raises:
            SettingsError: where the text is not a valid plan.
        """
        try:
            plan = cls.model_validate_json(text)
        except ValidationError as error:
            problems = [
                Problem(".".join(map(str, detail["loc"])), detail["msg"])
                for detail in error.errors()
            ]
            raise SettingsError(problems) from None
        if problems := plan.mismatches():
            raise SettingsError(problems)
        return plan

    def with_text(self, path: str, text: str) -> dict[str, dict[str, Any]]:
        """Return `values()` with one setting, named `section.field`, read from text.

        Setting `section.kind` (or `section` alone) chooses another entry of that
        section's catalogue with its defaults.

        Raises:
            UnknownNameError: for an unknown section, field or kind.
            SettingsError: where the text cannot be read.
        """
        return apply_text(self.values(), path, text)

    def mismatches(self) -> list[Problem]:
        """List the settings that do not fit each other, in words."""
        found = []
        if not fits(self.model, self.data):
            found.append(Problem("data.kind", _data_mismatch(self.model, self.data)))
        if self.loss.task is not self.model.task:
            found.append(Problem("loss.kind", _loss_mismatch(self.model, self.loss)))
        return found


def fits(
    model: ModelSettings | type[ModelSettings], data: DataSettings | type[DataSettings]
) -> bool:
    """Say whether a model can be trained on a kind of data."""
    return model.task is data.task and model.inputs is data.inputs


def idle_schedule(
    optimizer: OptimizerSettings | type[OptimizerSettings],
    schedule: ScheduleSettings | type[ScheduleSettings],
) -> str:
    """Say why a schedule does nothing to an optimizer; empty where it does something."""
    if not (optimizer.reads_lr_once and schedule.changes_lr):
        return ""
    return (
        f"{optimizer.title} reads the learning rate in its first step only: the schedule "
        f"{schedule.title} changes nothing after it."
    )


def apply_text(
    values: Mapping[str, Mapping[str, Any]], path: str, text: str
) -> dict[str, dict[str, Any]]:
    """Return a copy of `values` with the setting at `path` read from text."""
    section, _, field = path.partition(".")
    known = [*CATALOGUES, *PLAIN_SECTIONS]
    if section not in known:
        raise UnknownNameError("section of the plan", section, known)
    result = {name: dict(part) for name, part in values.items()}
    if section in CATALOGUES and field in {"", "kind"}:
        result[section] = CATALOGUES[section][text]().model_dump()
        return result
    kind = _settings_type(section, result.get(section, {}))
    specs = {spec.name: spec for spec in describe(kind)}
    if field not in specs:
        raise UnknownNameError(f"setting of {section}", field, specs)
    try:
        result.setdefault(section, _empty(kind))[field] = specs[field].parse(text)
    except ValueError as error:
        raise SettingsError([Problem(path, str(error))]) from None
    return result


def _settings_type(section: str, values: Mapping[str, Any]) -> type[Settings]:
    if section in PLAIN_SECTIONS:
        return PLAIN_SECTIONS[section]
    default = type(Plan.model_fields[section].default)
    entry: type[Settings] = CATALOGUES[section][values.get("kind", default.key())]
    return entry


def _empty(settings: type[Settings]) -> dict[str, Any]:
    """Return the values of a section that keeps to its defaults."""
    return {"kind": settings.key()} if issubclass(settings, CatalogueSettings) else {}


def _build_section(name: str, values: Mapping[str, Any]) -> Settings:
    if name in CATALOGUES:
        section: Settings = CATALOGUES[name].build(values, path=name)
        return section
    if name in PLAIN_SECTIONS:
        return build(PLAIN_SECTIONS[name], values, path=name)
    raise UnknownNameError("section of the plan", name, [*CATALOGUES, *PLAIN_SECTIONS])


def _data_mismatch(model: ModelSettings, data: DataSettings) -> str:
    fitting = [entry.key() for entry in DATASETS if fits(model, entry)]
    return (
        f"{data.title} is {data.task} of {data.inputs}, but the "
        f"{model.title} does {model.task} of {model.inputs}; "
        f"choose one of: {', '.join(fitting)}"
    )


def _loss_mismatch(model: ModelSettings, loss: LossSettings) -> str:
    fitting = [entry.key() for entry in LOSSES if entry.task is model.task]
    return (
        f"{loss.title} is a loss for {loss.task}, but the {model.title} does "
        f"{model.task}; choose one of: {', '.join(fitting)}"
    )
