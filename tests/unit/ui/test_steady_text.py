"""Words that change while training: as high as they need to be, and no layouts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.event_count import EventCount
from workbench.ui.steady_text import SteadyText

LONG = "R² 0.91: explains 91 % of the variance · RMSE 12.3 · and some more words to wrap"


@pytest.fixture
def text(qtbot: QtBot) -> Iterator[SteadyText]:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    text = SteadyText("words")
    layout.addWidget(text)
    layout.addWidget(QWidget(), 1)
    window.resize(900, 400)
    window.show()
    text.set_text(LONG)
    qtbot.waitUntil(lambda: text.height() == needed(text) > 0)
    yield text  # noqa: PT022 - the window lives as long as this function


def test_that_words_that_were_set_at_another_width_are_not_cut_off(
    text: SteadyText, qtbot: QtBot
) -> None:
    """Qt's layouts remember for a few widths how high the widget wanted to be."""
    window = text.window()
    for words in (LONG, "short", LONG + LONG, "short", LONG):
        window.resize(160, 400)
        qtbot.waitUntil(lambda: text.width() < 200 and text.height() == needed(text))
        window.resize(900, 400)
        qtbot.waitUntil(lambda: text.width() > 800 and text.height() == needed(text))
        text.set_text(words)
        qtbot.waitUntil(lambda: text.height() == needed(text))


def needed(text: SteadyText) -> int:
    """Return how high a plain label of these words would be."""
    label = QLabel(text.text())
    label.setFont(text.font())
    label.setWordWrap(True)
    return label.heightForWidth(text.width())


@pytest.mark.parametrize("widths", [(160,), (160, 900), (300, 120, 500)])
def test_that_it_is_as_high_as_its_words_at_any_width(
    text: SteadyText, qtbot: QtBot, widths: tuple[int, ...]
) -> None:
    for width in widths:
        text.window().resize(width, 400)
        qtbot.waitUntil(lambda: text.height() == needed(text))


def test_that_fewer_words_take_less_room_again(text: SteadyText, qtbot: QtBot) -> None:
    text.window().resize(160, 400)
    qtbot.waitUntil(lambda: text.height() == needed(text))
    high = text.height()
    text.set_text("short")
    qtbot.waitUntil(lambda: text.height() == needed(text) < high)


def test_that_a_larger_font_takes_more_room(text: SteadyText, qtbot: QtBot) -> None:
    before = text.height()
    text.setFont(QFont(text.font().family(), 30))
    qtbot.waitUntil(lambda: text.height() == needed(text) > before)


def test_that_other_words_of_the_same_height_move_nothing(
    text: SteadyText, qtbot: QtBot
) -> None:
    layouts = EventCount(text.window(), QEvent.Type.LayoutRequest)
    for number in range(5):
        text.set_text(LONG.replace("12.3", f"{number}.3"))
        qtbot.wait(0)
    assert layouts.count == 0
    text.set_text(LONG * 5)
    qtbot.waitUntil(lambda: layouts.count > 0)
