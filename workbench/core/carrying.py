"""How a plan differs from the one that a stored state was made with, and if it may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.core.differences import has_effect
from workbench.core.errors import Problem
from workbench.core.plan import CATALOGUES, Plan
from workbench.core.resuming import Carried, Start
from workbench.core.schedules import CosineSchedule, OneCycleSchedule, PlateauSchedule
from workbench.core.settings import FieldSpec, Settings, describe

Values = Mapping[str, Mapping[str, Any]]  # settings by section and field

# Of a model: what leaves the shapes of its weights alone.
_SHAPELESS = frozenset({"seed", "initialisation", "dropout", "activation"})
# What does not change any number of a run that goes on, or is told as a fact of the
# machine.
_WITHOUT_EFFECT = {
    "model": {"seed", "initialisation"},
    "loop": {"device", "threads", "sample_every", "on_explosion", "explosion_factor"},
}


def obstacles(made_by: Values, plan: Plan, start: Start) -> list[Problem]:
    """List the settings with which `plan` cannot go on from a state.

    `made_by` are the settings that the state was made with, such as `Plan.values()` of
    its run. Sizes that the data decide are not looked at.
    """
    found = list(_of_model(made_by, plan))
    if start.carried is Carried.EVERYTHING:
        found += _of_optimizer(made_by, plan)
    done, epochs = start.checkpoint.epoch, plan.loop.epochs
    # A state with all epochs behind it has nothing left to do, which is no mistake as
    # long as the run merely goes on.
    if done > epochs or (done == epochs and start.carried is not Carried.EVERYTHING):
        found.append(
            Problem(
                "loop.epochs",
                f"the state to go on from has {done:,} epochs behind it; choose more",
            )
        )
    return found


def _of_model(made_by: Values, plan: Plan) -> Iterator[Problem]:
    for field in type(plan.model).model_fields:
        if field not in _SHAPELESS and _differs(made_by, plan, "model", field):
            was = _word("model", field, made_by["model"][field])
            yield Problem(
                f"model.{field}", f"the weights to go on from were made with {was}"
            )
            if field == "kind":
                return


def _of_optimizer(made_by: Values, plan: Plan) -> Iterator[Problem]:
    optimizer, lookahead = plan.optimizer, plan.lookahead
    paths = [("optimizer", "kind"), ("lookahead", "enabled")]
    if not _differs(made_by, plan, *paths[0]):
        paths += [("optimizer", field) for field in optimizer.shapes_state]
    if lookahead.enabled and not _differs(made_by, plan, *paths[1]):
        paths.append(("lookahead", "pullback_momentum"))
    for section, field in paths:
        if _differs(made_by, plan, section, field):
            was = _word(section, field, made_by[section][field])
            yield Problem(
                f"{section}.{field}",
                f"the optimizer's state to go on from was made with {was}; choose that "
                "again, or start the optimizer afresh",
            )


def _differs(made_by: Values, plan: Plan, section: str, field: str) -> bool:
    """Compare a setting where the state knows it; a number's size does not matter."""
    before = made_by.get(section, {})
    if field not in before:
        return False
    old, new = before[field], getattr(getattr(plan, section), field)
    if isinstance(new, float):
        return bool(old) is not bool(new)
    return bool(old != new)


def _word(section: str, field: str, value: Any) -> str:
    if field == "kind":
        titles = {entry.key(): str(entry.title) for entry in CATALOGUES[section]}
        return titles.get(str(value), str(value))
    if isinstance(value, bool):
        return f"it {'on' if value else 'off'}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def changes(made_by: Values, plan: Plan) -> list[str]:
    """Say in words which settings of a plan are not those that a state was made with.

    Only those that decide the numbers from there on; a choice stands for its settings.
    """
    found = []
    for section in type(plan).model_fields:
        if section in CATALOGUES and _differs(made_by, plan, section, "kind"):
            new, old = getattr(plan, section).title, made_by[section]["kind"]
            noun = CATALOGUES[section].noun
            found.append(f"the {noun} is {new} instead of {_word(section, 'kind', old)}")
        else:
            found += _changed_fields(made_by.get(section, {}), plan, section)
    return found


def _changed_fields(before: Mapping[str, Any], plan: Plan, section: str) -> Iterator[str]:
    settings: Settings = getattr(plan, section)
    idle = _WITHOUT_EFFECT.get(section, set()) | _idle_in_loop(plan)
    for spec in describe(type(settings)):
        if spec.name not in before or spec.name in idle or not has_effect(spec, settings):
            continue
        old, new = before[spec.name], getattr(settings, spec.name)
        if old != new:
            yield f"{spec.title} is {_text(spec, new)} instead of {_text(spec, old)}"


def _idle_in_loop(plan: Plan) -> set[str]:
    """Name the loop's settings that only some schedules look at, where this one is not."""
    idle = set()
    if not isinstance(plan.schedule, CosineSchedule | OneCycleSchedule):
        idle.add("epochs")
    if not isinstance(plan.schedule, PlateauSchedule):
        idle.add("evaluate_every")
    return idle


def _text(spec: FieldSpec, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return spec.format(value) or "–"
