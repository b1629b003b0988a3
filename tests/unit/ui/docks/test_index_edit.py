import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.ui.docks.index_edit import IndexEdit, parse_index, say_shape


@pytest.fixture
def edit(qtbot: QtBot) -> IndexEdit:
    edit = IndexEdit()
    qtbot.addWidget(edit)
    edit.set_shape((64, 32))
    return edit


@pytest.mark.parametrize("text", ["3, 5", "3 5", "[3,5]", " 3 ,5 ", "3;5"])
def test_that_an_index_is_read_in_the_ways_people_write_it(text: str) -> None:
    assert parse_index(text, (64, 32)) == (3, 5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("64, 0", "dimension 1 goes from 0 to 63"),
        ("0, 32", "dimension 2 goes from 0 to 31"),
        ("-1, 0", "-1 is out of range"),
        ("3", "64×32: write 2 numbers, such as 63, 31"),
        ("1, 2, 3", "write 2 numbers"),
        ("1.5, 2", "not a whole number"),
        ("a, b", "not a whole number"),
    ],
)
def test_that_a_wrong_index_says_what_would_be_right(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_index(text, (64, 32))


def test_that_a_scalar_has_an_empty_index(edit: IndexEdit) -> None:
    edit.set_shape(())
    assert edit.index == ()
    assert not edit.isEnabled()
    assert parse_index("", ()) == ()
    assert say_shape(()) == "1"


def test_that_typing_tells_of_sound_indices_and_of_why_others_are_not(
    qtbot: QtBot, edit: IndexEdit
) -> None:
    chosen: list[object] = []
    refused: list[str] = []
    edit.index_edited.connect(chosen.append)
    edit.text_rejected.connect(refused.append)
    edit.selectAll()
    qtbot.keyClicks(edit, "7,31")
    assert chosen[-1] == (7, 31)
    assert not edit.is_outlined()
    qtbot.keyClicks(edit, "0")
    assert "0 to 31" in refused[-1]
    assert edit.is_outlined()
    assert edit.index == (7, 31)


def test_that_down_and_up_go_through_all_elements_and_stop_at_the_ends(
    qtbot: QtBot, edit: IndexEdit
) -> None:
    edit.set_index((0, 31))
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert edit.index == (1, 0)
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert edit.text() == "0, 31"
    edit.set_index((63, 31))
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert edit.index == (63, 31)
