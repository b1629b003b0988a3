"""The explosion rule against itself written out plainly: the median of every window."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.series import Column
from workbench.engine.explosion import ExplosionRule, usual_loss


def reports(losses: Iterable[float], factor: float) -> dict[int, float]:
    """Feed the rule; return what it reported by step, counted from 1."""
    column = Column()
    rule = ExplosionRule(column, factor)
    found = {}
    for step, loss in enumerate(losses, start=1):
        column.append(loss)
        usual = rule.observe(loss)
        if usual is not None:
            found[step] = usual
    return found


def plain_reports(losses: list[float], factor: float) -> dict[int, float]:
    """The same by the words of the rule."""
    found: dict[int, float] = {}
    limit, calm = math.inf, 50
    for step, loss in enumerate(losses, start=1):
        if calm < 50:
            calm = 0 if loss > limit else calm + 1
            continue
        before = losses[max(0, step - 201) : step - 1]
        if len(before) < 50:
            continue
        usual = statistics.median(before)
        if loss > max(factor * usual, losses[0]):
            found[step], limit, calm = usual, max(factor * usual, losses[0]), 0
    return found


@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([1.5, 3.0, 10.0, 100.0]))
@settings(max_examples=60, deadline=None)
def test_that_the_rule_holds_to_the_step_whatever_the_losses(
    seed: int, factor: float
) -> None:
    random = np.random.default_rng(seed)
    trend = np.cumsum(random.normal(0, random.choice([0.01, 0.1, 0.5]), 700))
    leaps = np.where(random.random(700) < 0.01, random.exponential(5, 700), 0)
    losses = np.exp(trend + random.normal(0, 0.3, 700) + leaps).tolist()

    assert reports(losses, factor) == plain_reports(losses, factor)


def test_that_a_leap_above_the_factor_is_reported_with_what_was_usual() -> None:
    assert reports([2.0] * 60 + [201.0], 100) == {61: 2.0}
    assert reports([2.0] * 60 + [200.0], 100) == {}


def test_that_nothing_explodes_before_fifty_steps_are_known() -> None:
    assert reports([1.0] * 49 + [1e9], 100) == {}
    assert reports([1.0] * 50 + [1e9], 100) == {51: 1.0}


def test_that_an_episode_is_reported_once_until_fifty_steps_were_calm() -> None:
    calm, leap = [1.0], [1e3]
    losses = calm * 60 + leap * 3 + calm * 49 + leap + calm * 50 + leap
    assert list(reports(losses, 100)) == [61, 164]


def test_that_a_loss_that_stays_high_is_one_episode_however_long() -> None:
    assert list(reports([1.0] * 60 + [1e3] * 900, 100)) == [61]


def test_that_leaps_below_the_first_loss_are_none() -> None:
    assert reports([10.0] + [1e-13] * 99 + [9.9], 100) == {}
    assert list(reports([10.0] + [1e-13] * 99 + [10.1], 100)) == [101]


def test_that_a_slow_rise_counts_once_it_is_high_above_the_median() -> None:
    losses = [1.08**step for step in range(200)]
    (step,) = reports(losses, 100)
    assert losses[step - 1] > 100 * statistics.median(losses[: step - 1])
    assert losses[step - 2] <= 100 * statistics.median(losses[: step - 2])


@pytest.mark.parametrize("known", [1, 49, 50, 60, 300])
def test_that_a_rule_that_finds_losses_goes_on_with_them(known: int) -> None:
    losses = [1.0] * 320 + [1e3]
    column = Column()
    column.extend(losses[:known])
    rule = ExplosionRule(column, 100)
    found = []
    for loss in losses[known:]:
        column.append(loss)
        found.append(rule.observe(loss))
    assert found == [None] * (320 - known) + [1.0]


def test_that_the_usual_loss_is_the_median_before_the_last() -> None:
    column = Column()
    column.extend([5.0] * 300 + [1.0] * 150 + [9.0])
    assert usual_loss(column) == 1.0


def test_that_a_first_loss_has_no_usual_one() -> None:
    column = Column()
    column.append(3.0)
    assert math.isnan(usual_loss(column))
