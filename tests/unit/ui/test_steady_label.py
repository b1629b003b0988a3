"""Labels whose numbers change without anything around them being laid out again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.event_count import EventCount
from workbench.ui.steady_label import SteadyLabel


@pytest.fixture
def label(qtbot: QtBot) -> SteadyLabel:
    box = QWidget()
    row = QHBoxLayout(box)
    label = SteadyLabel("step 1,000")
    label.keep_room_for("step 1,000")
    row.addWidget(label)
    row.addStretch(1)
    qtbot.addWidget(box)
    box.show()
    label.box = box  # type: ignore[attr-defined]  # kept alive by it
    return label


def settle(qtbot: QtBot) -> None:
    qtbot.wait(0)


def test_that_another_number_lays_nothing_out(label: SteadyLabel, qtbot: QtBot) -> None:
    settle(qtbot)
    layouts = EventCount(label.parentWidget(), QEvent.Type.LayoutRequest)
    for number in range(1001, 1010):
        label.setText(f"step {number:,}")
        settle(qtbot)
    assert label.text() == "step 1,009"
    assert layouts.count == 0


def test_that_a_longer_text_gets_its_room(label: SteadyLabel, qtbot: QtBot) -> None:
    label.setText("step 123,456,789 of 987,654,321")
    settle(qtbot)
    needed = label.fontMetrics().horizontalAdvance(label.text())
    assert label.width() >= needed
    label.setText("step 1")
    settle(qtbot)
    assert label.width() >= needed, "what stands beside it would move"


def test_that_another_font_gets_its_room(label: SteadyLabel, qtbot: QtBot) -> None:
    font = label.font()
    font.setPointSizeF(3 * font.pointSizeF())
    label.setFont(font)
    settle(qtbot)
    assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())
    assert label.height() >= label.fontMetrics().height()
