"""The line on a run's health: a light and words, which change four times a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.event_count import EventCount
from workbench.core.findings import Level
from workbench.ui.docks.health_line import HealthLine

REASON = "output.weight moves by {} of its own length in a step; around 0.001 is usual."
ADVICE = "Raise the learning rate, unless the loss is as low as you need."


@pytest.fixture
def line(qtbot: QtBot) -> Iterator[HealthLine]:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    line = HealthLine("health")
    layout.addWidget(line)
    layout.addWidget(QWidget(), 1)
    window.resize(320, 400)
    window.show()
    line.show_words(Level.WATCH, REASON.format("7.86e-6"), ADVICE)
    qtbot.waitUntil(lambda: words(line, "text").height() > line.fontMetrics().height())
    yield line  # noqa: PT022 - the window lives as long as this function


def words(line: HealthLine, which: str) -> QLabel:
    label = line.findChild(QLabel, f"health_{which}")
    assert isinstance(label, QLabel)
    return label


def test_that_another_number_lays_nothing_out_around_it(
    line: HealthLine, qtbot: QtBot
) -> None:
    layouts = EventCount(line.window(), QEvent.Type.LayoutRequest)
    paints = EventCount(words(line, "text"), QEvent.Type.Paint)
    line.show_words(Level.WATCH, REASON.format("4.94e-6"), ADVICE)
    qtbot.waitUntil(lambda: paints.count > 0)
    assert "4.94e-6" in line.text
    assert layouts.count == 0


def test_that_it_is_as_high_as_its_words_need(line: HealthLine, qtbot: QtBot) -> None:
    high = line.height()
    line.show_words(Level.GOOD, "All quiet")
    qtbot.waitUntil(lambda: line.height() < high)
    assert words(line, "text").height() >= line.fontMetrics().height()
    assert not words(line, "more").isVisible()
    line.show_words(Level.BAD, REASON.format("0.1"), ADVICE)
    qtbot.waitUntil(lambda: line.height() == high)


def test_that_the_advice_is_muted_and_both_can_be_copied(line: HealthLine) -> None:
    muted = QPalette.ColorRole.PlaceholderText
    assert words(line, "more").foregroundRole() == muted
    assert words(line, "text").foregroundRole() != muted
    for which in ("text", "more"):
        label = words(line, which)
        label.setSelection(0, 5)
        assert label.selectedText() == label.text()[:5]
