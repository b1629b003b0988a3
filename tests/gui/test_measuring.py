"""A person decides how often rates are measured, and sees what that costs."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton

from tests.helpers.desk import LEFT, Desk


def choose(desk: Desk, words: str) -> None:
    """Open the choices below the rates and click one."""
    QTest.mouseClick(desk.find(QToolButton, "sampling_choice"), LEFT)
    menu = desk.find(QMenu, "sampling_menu")
    desk.wait(menu.isVisible)
    found = [action for action in menu.actions() if action.text().startswith(words)]
    assert len(found) == 1, [action.text() for action in menu.actions()]
    place: QRect = menu.actionGeometry(found[0])
    QTest.mouseClick(menu, LEFT, pos=place.center())
    desk.wait(lambda: not menu.isVisible())


def test_that_every_step_is_measured_on_request_and_its_cost_told(desk: Desk) -> None:
    desk.choose_preset("quickstart-mlp")
    desk.set_field("loop", "epochs", "300")
    desk.leave_fields()
    line = desk.window.views.rates.sampling
    assert line.text == "measured about 100 times a run"

    choose(desk, "At every step")

    assert desk.window.panel.plan().loop.sample_every == 1
    assert line.text == "measured at every step"
    run = desk.train()
    assert run.history.rates.steps().tolist() == list(range(1, 301))
    assert "measured at every step" in line.text
    assert "%" in line.text


def test_that_the_form_and_the_line_always_say_the_same(desk: Desk) -> None:
    line = desk.window.views.rates.sampling
    choose(desk, "Every 100 steps")
    assert line.text == "measured every 100 steps"
    desk.window.panel.undo_stack.undo()
    assert line.text == "measured about 100 times a run"
