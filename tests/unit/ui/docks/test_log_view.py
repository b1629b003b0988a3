"""The log dock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from workbench.ui.docks.log_view import MAX_LINES, LogView


class Clock:
    """Goes on a second each time it is read."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 2, 12, 3, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture
def view(qtbot: QtBot) -> LogView:
    view = LogView(clock=Clock())
    qtbot.addWidget(view)
    view.resize(600, 200)
    return view


def lines(view: LogView) -> list[list[str]]:
    return [line.split("\t") for line in view.shown_text().splitlines()]


def test_that_an_entry_shows_time_level_and_text(view: LogView) -> None:
    view.add("info", "started")
    view.add("notice", "no CUDA here")
    view.add("error", "gone")
    assert lines(view) == [
        ["12:03:41", "", "started"],
        ["12:03:42", "⚠", "no CUDA here"],
        ["12:03:43", "✕", "gone"],
    ]


def test_that_markup_is_shown_as_it_is(view: LogView) -> None:
    view.add("info", "<b>bold</b> &amp;")
    assert lines(view)[0][-1] == "<b>bold</b> &amp;"


def test_that_further_lines_stand_under_the_first(view: LogView) -> None:
    view.add("error", "one\ntwo")
    assert view.shown_text() == "12:03:41\t✕\tone\n\t\t\t\ttwo"


def test_that_only_what_matters_is_shown_where_wanted(view: LogView) -> None:
    for level in ("info", "notice", "error"):
        view.add(level, level)
    box = view.findChild(QComboBox, "logLevel")
    shown = []
    for index in range(box.count()):
        box.setCurrentIndex(index)
        shown.append([line[-1] for line in lines(view)])
    assert shown == [["info", "notice", "error"], ["notice", "error"], ["error"]]
    view.add("info", "more")
    assert [line[-1] for line in lines(view)] == ["error"]
    box.setCurrentIndex(0)
    assert lines(view)[-1][-1] == "more"


def test_that_only_the_newest_entries_are_kept(view: LogView) -> None:
    for number in range(MAX_LINES + 10):
        view.add("info", str(number))
    assert len(view.entries()) == MAX_LINES == len(lines(view))
    assert view.entries()[0].text == lines(view)[0][-1] == "10"


def test_that_a_megabyte_is_cut(view: LogView) -> None:
    view.add("info", "x" * 1_000_000)
    assert len(view.shown_text()) < 11_000


def test_that_copy_takes_what_is_shown(view: LogView) -> None:
    view.add("info", "a")
    view.add("error", "b")
    view.show_from(2)
    view.findChild(QPushButton, "copyLog").click()
    assert QGuiApplication.clipboard().text() == "12:03:42\t✕\tb"


def test_that_clear_forgets_everything(view: LogView) -> None:
    view.add("info", "a")
    view.findChild(QPushButton, "clearLog").click()
    assert view.entries() == []
    view.show_from(0)
    assert view.shown_text() == ""


def test_that_the_view_follows_only_where_its_end_was_in_sight(view: LogView) -> None:
    view.show()
    for number in range(100):
        view.add("info", str(number))
    bar = view.findChild(QPlainTextEdit).verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(3)
    view.add("info", "new")
    assert bar.value() == 3
    bar.setValue(bar.maximum())
    view.add("info", "newer")
    assert bar.value() == bar.maximum()


def test_that_the_times_take_the_colours_of_a_new_palette(view: LogView) -> None:
    view.add("info", "a")
    palette = view.palette()
    palette.setColor(QPalette.ColorRole.PlaceholderText, "#123456")
    view.setPalette(palette)
    block = view.findChild(QPlainTextEdit).document().firstBlock()
    colour = block.begin().fragment().charFormat().foreground().color()
    assert colour.name() == "#123456"
    assert lines(view) == [["12:03:41", "", "a"]]
