"""Which settings of a plan must be those that a stored state was made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.core.errors import Problem
from workbench.core.plan import CATALOGUES, Plan
from workbench.core.resuming import Carried, Start

Values = Mapping[str, Mapping[str, Any]]  # settings by section and field

# Of a model: what leaves the shapes of its weights alone.
_SHAPELESS = frozenset({"seed", "initialisation", "dropout", "activation"})


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
