"""The guide dock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QPalette, QTextBlock, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QLabel,
    QLineEdit,
    QMainWindow,
    QTextBrowser,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from workbench.core.guide import contents, setting_rows
from workbench.core.optimizers import Adam
from workbench.ui.docks.formula_object import OBJECT
from workbench.ui.docks.guide_view import GuideView
from workbench.ui.theme import dark_palette, light_palette

Role = QPalette.ColorRole


@pytest.fixture
def opened() -> list[str]:
    """Return the addresses that were opened outside."""
    return []


@pytest.fixture
def view(qtbot: QtBot, opened: list[str]) -> GuideView:
    view = GuideView(open_address=opened.append)
    qtbot.addWidget(view)
    view.setPalette(light_palette())
    view.resize(360, 800)
    view.show()
    qtbot.waitUntil(lambda: view.shown_page() != "")
    return view


def browser(view: GuideView) -> QTextBrowser:
    return view.findChild(QTextBrowser, "guideText")


def button(view: GuideView, name: str) -> QToolButton:
    return view.findChild(QToolButton, name)


def text(view: GuideView) -> str:
    return browser(view).toPlainText()


def scroll(view: GuideView) -> int:
    return browser(view).verticalScrollBar().value()


def search(view: GuideView, words: str) -> str:
    """Type words into the find bar and return what it counts."""
    button(view, "guideFind").click()
    view.findChild(QLineEdit, "guideFindLine").setText(words)
    return view.findChild(QLabel, "guideFindCount").text()


def blocks(view: GuideView) -> Iterator[QTextBlock]:
    block = browser(view).document().begin()
    while block.isValid():
        yield block
        block = block.next()


def colours(view: GuideView) -> set[str]:
    """Return the colours of many dots of what is shown."""
    image = browser(view).grab().toImage()
    return {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), 2)
        for y in range(0, min(400, image.height()), 2)
    }


def test_that_it_opens_with_how_to_choose(view: GuideView) -> None:
    assert view.shown_page() == "choosing"
    assert text(view).startswith("How to choose")


def test_that_it_shows_the_optimizer_that_is_chosen(view: GuideView) -> None:
    view.show_optimizer("rmsprop")
    assert text(view).startswith("RMSprop")
    assert view.findChild(QComboBox, "guideContents").currentText() == "RMSprop"


def test_that_a_hidden_guide_waits_until_it_is_seen(qtbot: QtBot) -> None:
    view = GuideView()
    qtbot.addWidget(view)
    view.show_optimizer("adamw")
    assert view.shown_page() == ""
    view.show()
    qtbot.waitUntil(lambda: view.shown_page() != "")
    assert view.shown_page() == "adamw"


def test_that_a_guide_behind_another_dock_waits_until_it_is_in_front(qtbot: QtBot) -> None:
    window, view = QMainWindow(), GuideView()
    qtbot.addWidget(window)
    docks = [QDockWidget(), QDockWidget()]
    for dock, content in zip(docks, (QWidget(), view), strict=True):
        dock.setWidget(content)
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.tabifyDockWidget(*docks)
    docks[0].raise_()
    window.show()
    qtbot.waitUntil(docks[0].widget().isVisible)
    view.show_optimizer("adamw")
    assert view.shown_page() == ""
    docks[1].raise_()
    qtbot.waitUntil(lambda: view.shown_page() != "")
    assert view.shown_page() == "adamw"


def test_that_an_unknown_optimizer_gets_a_sentence(view: GuideView) -> None:
    view.show_optimizer("unheard-of")
    assert "no page on this yet" in text(view)
    assert view.findChild(QComboBox, "guideContents").currentIndex() == -1
    view.show_optimizer("adam")
    assert text(view).startswith("Adam")


def test_that_the_contents_lead_to_every_page(view: GuideView) -> None:
    box = view.findChild(QComboBox, "guideContents")
    for entry in contents():
        index = box.findData(entry.key)
        box.setCurrentIndex(index)
        box.activated.emit(index)
        assert view.shown_page() == entry.key
        assert text(view).startswith(entry.title)


def test_that_back_and_forward_lead_to_where_one_was(view: GuideView) -> None:
    back, forward = button(view, "guideBack"), button(view, "guideForward")
    assert not back.isEnabled()
    view.show_page("adam")
    browser(view).verticalScrollBar().setValue(300)
    view.show_page("sgd")
    assert scroll(view) == 0
    back.click()
    assert (view.shown_page(), scroll(view)) == ("adam", 300)
    back.click()
    assert view.shown_page() == "choosing"
    assert not back.isEnabled()
    forward.click()
    forward.click()
    assert view.shown_page() == "sgd"
    assert not forward.isEnabled()


def test_that_a_new_page_ends_the_way_forward(view: GuideView) -> None:
    view.show_page("adam")
    view.go_back()
    view.show_page("sgd")
    assert not button(view, "guideForward").isEnabled()
    view.go_back()
    assert view.shown_page() == "choosing"


def test_that_the_same_page_again_is_no_new_visit(view: GuideView) -> None:
    view.show_page("adam")
    browser(view).verticalScrollBar().setValue(200)
    view.show_optimizer("adam")
    assert scroll(view) == 200
    view.go_back()
    assert view.shown_page() == "choosing"


def test_that_links_between_pages_are_followed_inside(
    view: GuideView, opened: list[str]
) -> None:
    browser(view).anchorClicked.emit(QUrl("adamw.md"))
    assert view.shown_page() == "adamw"
    assert opened == []


def test_that_papers_open_outside_and_only_on_a_click(
    view: GuideView, opened: list[str]
) -> None:
    view.show_page("adam")
    assert opened == []
    browser(view).anchorClicked.emit(QUrl("https://arxiv.org/abs/1412.6980"))
    assert opened == ["https://arxiv.org/abs/1412.6980"]
    assert view.shown_page() == "adam"


@pytest.mark.parametrize("link", ["file:///etc/passwd", "javascript:alert(1)", "ftp://a/b"])
def test_that_no_other_link_leads_anywhere(
    view: GuideView, opened: list[str], link: str
) -> None:
    browser(view).anchorClicked.emit(QUrl(link))
    assert opened == []
    assert view.shown_page() == "choosing"


def test_that_every_formula_has_its_place(view: GuideView) -> None:
    view.show_page("radam")
    assert text(view).count(OBJECT) > 10
    assert not any("\ue000" <= letter <= "\uf8ff" for letter in text(view))


def test_that_the_settings_stand_on_the_page(view: GuideView) -> None:
    view.show_page("adam")
    cells = [block.text() for block in blocks(view)]
    for row in setting_rows(Adam):
        at = cells.index(row.title)
        assert cells[at : at + 3] == [row.title, row.default, row.range]
        assert row.help in cells[at : at + 6]


@pytest.mark.parametrize("key", [entry.key for entry in contents()])
def test_that_nothing_is_wider_than_a_narrow_dock(view: GuideView, key: str) -> None:
    view.resize(340, 600)
    view.show_page(key)
    assert browser(view).horizontalScrollBar().maximum() == 0
    for block in blocks(view):
        layout = block.layout()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            assert line.naturalTextWidth() <= line.width() + 0.5, block.text()


def test_that_the_page_takes_the_colours_of_a_new_theme(view: GuideView) -> None:
    view.show_page("adam")
    browser(view).verticalScrollBar().setValue(120)
    light = light_palette().color(Role.Text).name()
    dark = dark_palette().color(Role.Text).name()
    assert light in colours(view)
    view.setPalette(dark_palette())
    shown = colours(view)
    assert dark in shown
    assert light not in shown
    assert dark_palette().color(Role.Base).name() in shown
    assert scroll(view) == 120


def test_that_formulas_alone_have_the_colour_of_the_text(view: GuideView) -> None:
    palette = light_palette()
    palette.setColor(Role.Text, QColor("#aa3377"))
    view.setPalette(palette)
    view.show_page("radam")
    document = browser(view).document()
    cursor = document.find("Formulas")
    browser(view).setTextCursor(cursor)
    bar = browser(view).verticalScrollBar()
    top = document.documentLayout().blockBoundingRect(cursor.block().next()).top()
    bar.setValue(round(top))
    image = browser(view).grab().toImage()
    dots = {image.pixelColor(x, y).name() for x in range(200) for y in range(60)}
    assert "#aa3377" in dots


def test_that_find_counts_goes_round_and_closes(view: GuideView, qtbot: QtBot) -> None:
    view.show_page("adam")
    counted = search(view, "epsilon")
    places = text(view).lower().count("epsilon")
    assert places > 1
    assert counted == f"1 of {places}"
    line = view.findChild(QLineEdit, "guideFindLine")
    count = view.findChild(QLabel, "guideFindCount")
    qtbot.keyClick(line, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert count.text() == f"{places} of {places}"
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert count.text() == f"1 of {places}"
    assert len(browser(view).extraSelections()) == places
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not line.isVisible()
    assert browser(view).extraSelections() == []


def test_that_find_says_when_there_is_nothing(view: GuideView) -> None:
    assert search(view, "zebra") == "not found"
    assert search(view, "") == ""


def test_that_find_brings_the_place_into_sight(view: GuideView) -> None:
    view.show_page("adam")
    search(view, "Sources")
    assert scroll(view) > 500


def test_that_find_looks_through_the_next_page_too(view: GuideView) -> None:
    view.show_page("adam")
    search(view, "Nesterov")
    view.show_page("sgd")
    places = text(view).lower().count("nesterov")
    assert view.findChild(QLabel, "guideFindCount").text() == f"1 of {places}"


def test_that_copied_formulas_are_latex(view: GuideView) -> None:
    view.show_page("adam")
    cursor = QTextCursor(browser(view).document())
    cursor.select(QTextCursor.SelectionType.Document)
    browser(view).setTextCursor(cursor)
    browser(view).copy()
    copied = QGuiApplication.clipboard().text()
    assert "$$m_t = \\beta_1\\,m_{t-1} + (1-\\beta_1)\\,g_t$$" in copied
    assert "$1/(1-\\beta)$ steps" in copied
    assert OBJECT not in copied


def test_that_every_control_says_what_it_is(view: GuideView) -> None:
    for control in (*view.findChildren(QToolButton), view.findChild(QComboBox)):
        if control.objectName().startswith("guide"):
            assert control.toolTip()
            assert control.accessibleName()


def test_that_no_line_begins_with_the_comma_after_a_formula(view: GuideView) -> None:
    view.show_page("lookahead")
    assert f"for {OBJECT} steps" in text(view)
    assert f"{OBJECT}-th step" not in text(view)  # drawn as one thing
    for entry in contents():
        view.show_page(entry.key)
        assert not any(f"{OBJECT}{sign}" in text(view) for sign in ".,;:)")
