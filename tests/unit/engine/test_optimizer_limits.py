"""What the settings allow, torch accepts; what torch refuses is told as a problem."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from workbench.core.errors import SettingsError
from workbench.core.optimizers import (
    OPTIMIZERS,
    Adafactor,
    Lookahead,
    OptimizerSettings,
    Sgd,
)
from workbench.core.settings import FieldKind, FieldSpec, Settings, build, describe
from workbench.engine.optimizers import OptimizerStack, build_optimizer

NO_LOOKAHEAD = Lookahead()


def make_stack(settings: Any, lookahead: Lookahead = NO_LOOKAHEAD) -> OptimizerStack:
    model = nn.Linear(3, 4)
    return build_optimizer(settings, lookahead, model.named_parameters())


def extremes(spec: FieldSpec) -> list[Any]:
    """Give the outermost values that a field allows."""
    span, whole = spec.range, spec.kind is FieldKind.INT
    if span.minimum is not None:
        low = span.minimum
    else:
        low = -1e6 if span.above is None else span.above + 1e-12
    if span.maximum is not None:
        high = span.maximum
    else:
        high = 1e6 if span.below is None else span.below - 1e-12
    if spec.kind is FieldKind.FLOATS:
        return [(low,) * (spec.length or 1), (high,) * (spec.length or 1)]
    return [int(low), int(high)] if whole else [float(low), float(high)]


def outermost(entry: type[Settings]) -> list[Settings]:
    """Make settings with one field each at the limit of what is allowed."""
    numbers = (FieldKind.INT, FieldKind.FLOAT, FieldKind.FLOATS)
    found: list[Settings] = []
    for spec in describe(entry):
        if spec.kind not in numbers:
            continue
        for value in extremes(spec):
            try:
                found.append(build(entry, {spec.name: value}))
            except SettingsError:  # a tuple whose parts have different ranges
                continue
    return found


@pytest.mark.parametrize("entry", list(OPTIMIZERS), ids=lambda entry: entry.key())
def test_that_torch_accepts_all_that_the_settings_allow(
    entry: type[OptimizerSettings],
) -> None:
    cases = outermost(entry)
    assert len(cases) >= 4
    for settings in cases:
        make_stack(settings)


def test_that_lookahead_accepts_all_that_its_settings_allow() -> None:
    cases = outermost(Lookahead)
    assert len(cases) == 4
    for settings in cases:
        enabled = Lookahead.model_validate({**settings.model_dump(), "enabled": True})
        make_stack(Sgd(), enabled)


def test_that_what_torch_refuses_is_told_as_a_problem_of_the_settings() -> None:
    unchecked = Adafactor.model_construct(d=0.5)
    with pytest.raises(SettingsError, match="d should be >= 1") as caught:
        make_stack(unchecked)
    assert caught.value.problems[0].path == "optimizer"
