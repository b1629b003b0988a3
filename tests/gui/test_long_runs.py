"""Runs so long that it takes a view a moment to show them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer

from tests.helpers.desk import Desk
from tests.helpers.journeys import curves
from tests.helpers.long_runs import long_run
from workbench.core.run import Run


@pytest.fixture
def run() -> Run:
    return long_run(150_000)


def shown(desk: Desk) -> tuple[bool, bool]:
    """Say whether there are losses and rates to be seen."""
    rates = desk.window.views.rates.plot.curves()
    return bool(curves(desk)), any(len(curve.x) for curve in rates)


def test_that_a_click_is_answered_before_all_views_show_them(
    fake_desk: Desk, run: Run
) -> None:
    seen: list[tuple[bool, bool]] = []

    def click() -> None:
        seen.append(shown(fake_desk))
        if seen[-1] != (True, True):
            QTimer.singleShot(0, click)

    fake_desk.window.views.set_runs([run])
    QTimer.singleShot(0, click)
    fake_desk.wait(lambda: seen and seen[-1] == (True, True))
    assert (True, False) in seen


def test_that_what_was_replaced_meanwhile_is_never_shown(fake_desk: Desk, run: Run) -> None:
    fake_desk.window.views.set_runs([run])
    fake_desk.window.views.set_runs([])
    turns: list[int] = []
    for turn in range(20):
        QTimer.singleShot(turn, lambda: turns.append(1))
    fake_desk.wait(lambda: len(turns) == 20)
    assert shown(fake_desk) == (False, False)


def test_that_pictures_are_complete_at_once(fake_desk: Desk, run: Run) -> None:
    fake_desk.window.views.set_runs([run])
    fake_desk.window.views.plots()
    assert shown(fake_desk) == (True, True)
