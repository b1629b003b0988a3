from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.ui.forms.choice_box import ChoiceBox

CHOICES = (("a", "First", "The first of all."), ("b", "Second", "The second one."))


def make(qtbot: QtBot) -> tuple[ChoiceBox, list[int]]:
    box = ChoiceBox()
    qtbot.addWidget(box)
    told: list[int] = []
    box.activated.connect(told.append)
    box.set_choices(CHOICES)
    return box, told


def test_that_choices_by_the_program_are_silent(qtbot: QtBot) -> None:
    box, told = make(qtbot)
    box.choose("b")
    assert (box.key(), box.currentText(), told) == ("b", "Second", [])


def test_that_choices_by_the_person_are_told(qtbot: QtBot) -> None:
    box, told = make(qtbot)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert (box.key(), told) == ("b", [1])


def test_that_a_key_that_is_not_on_offer_shows_none(qtbot: QtBot) -> None:
    box, _ = make(qtbot)
    box.choose("c")
    assert (box.key(), box.currentIndex()) == ("", -1)


def test_that_each_choice_has_its_summary_as_tooltip(qtbot: QtBot) -> None:
    box, _ = make(qtbot)
    assert box.itemData(1, Qt.ItemDataRole.ToolTipRole) == "The second one."
    assert box.keys() == ["a", "b"]


def test_that_offering_the_same_again_keeps_the_choice(qtbot: QtBot) -> None:
    box, _ = make(qtbot)
    box.choose("b")
    box.set_choices(CHOICES)
    assert box.key() == "b"


def test_that_a_long_text_ends_before_the_arrow(qtbot: QtBot) -> None:
    box, _ = make(qtbot)
    box.resize(90, 24)
    short = box.grab().toImage()
    box.set_choices([("x", "W" * 40, "")])
    long = box.grab().toImage()
    edge = range(long.width() - 14, long.width())
    assert all(
        short.pixelColor(x, y) == long.pixelColor(x, y)
        for x in edge
        for y in range(long.height())
    )
    assert short != long
