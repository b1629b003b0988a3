"""The lines at the top of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from workbench.ui.notice_bar import Notice, NoticeAction, NoticeBar


@pytest.fixture
def bar(qtbot: QtBot) -> NoticeBar:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.show()
    return bar


def shown(bar: NoticeBar) -> list[str]:
    labels = bar.findChildren(QLabel)
    return [label.text() for label in labels if label.text() and label.isVisible()]


def test_that_one_notice_takes_the_place_of_another(bar: NoticeBar) -> None:
    bar.show_notice(Notice("one"))
    bar.show_notice(Notice("<b>two</b>"))
    assert shown(bar) == ["<b>two</b>"]
    bar.clear()
    assert shown(bar) == []


def test_that_notices_of_different_keys_stand_below_each_other(bar: NoticeBar) -> None:
    bar.show_notice(Notice("full", key="trouble"))
    bar.show_notice(Notice("opened"))
    assert shown(bar) == ["full", "opened"]
    bar.clear()
    assert shown(bar) == ["full"]
    bar.clear("none of them")


def test_that_its_buttons_do_what_they_say_until_it_is_replaced(bar: NoticeBar) -> None:
    done: list[str] = []
    actions = (
        NoticeAction("retry", "Retry", lambda: done.append("retry")),
        NoticeAction("save", "Save As…", lambda: done.append("save")),
    )
    bar.show_notice(Notice("full", actions))
    buttons = bar.findChildren(QPushButton)
    assert [button.text() for button in buttons] == ["Retry", "Save As…"]
    for button in buttons:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["retry", "save"]
    bar.show_notice(Notice("still full", actions))
    assert bar.findChildren(QPushButton) == buttons  # a click under way is not lost
    bar.show_notice(Notice("done"))
    assert not any(button.isVisible() for button in bar.findChildren(QPushButton))


def test_that_the_tab_key_goes_through_its_buttons_from_left_to_right(
    bar: NoticeBar,
) -> None:
    actions = [NoticeAction(name, name, bool) for name in ("retry", "save")]
    bar.show_notice(Notice("full", actions))
    retry, save = bar.findChildren(QPushButton)
    assert retry.nextInFocusChain() is save
    assert save.nextInFocusChain() is bar.findChild(QToolButton, "close_notice")


def test_that_what_must_be_known_cannot_be_closed(bar: NoticeBar) -> None:
    bar.show_notice(Notice("full", key="trouble", stays=True))
    bar.show_notice(Notice("opened"))
    assert not bar.findChild(QToolButton, "close_trouble").isVisible()
    QTest.mouseClick(bar.findChild(QToolButton, "close_notice"), Qt.MouseButton.LeftButton)
    assert shown(bar) == ["full"]
