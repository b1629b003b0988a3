from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from workbench.ui.segments import Segments


def make(qtbot: QtBot) -> Segments:
    segments = Segments("View", [("a", "A", "first"), ("b", "B", "second")])
    qtbot.addWidget(segments)
    return segments


def test_that_the_first_is_down_and_exactly_one_stays_so(qtbot: QtBot) -> None:
    segments = make(qtbot)
    assert segments.current == "a"
    button = segments.findChild(QToolButton, "segment_b")
    button.click()
    button.click()
    assert segments.current == "b"
    assert not segments.findChild(QToolButton, "segment_a").isChecked()


def test_that_a_choice_is_reported_once_whoever_makes_it(qtbot: QtBot) -> None:
    segments, seen = make(qtbot), []
    segments.chosen.connect(seen.append)
    segments.choose("b")
    segments.choose("b")
    segments.findChild(QToolButton, "segment_a").click()
    assert seen == ["b", "a"]


def test_that_each_segment_can_be_named_and_explained(qtbot: QtBot) -> None:
    segments = make(qtbot)
    button = segments.findChild(QToolButton, "segment_b")
    assert button.accessibleName() == "View: B"
    assert button.toolTip() == "second"
