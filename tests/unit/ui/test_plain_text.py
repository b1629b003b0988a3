"""Texts from people and files, shown as they are."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument

from workbench.ui.plain_text import one_line, tooltip


def test_that_a_line_is_left_as_it_is() -> None:
    assert one_line("mlp adam 1") == "mlp adam 1"


def test_that_white_space_becomes_single_spaces() -> None:
    assert one_line(" a\n\tb  c\r\n") == "a b c"


def test_that_a_megabyte_is_cut_with_an_ellipsis() -> None:
    shown = one_line("x" * 1_000_000, 20)
    assert shown == "x" * 19 + "…"


def test_that_a_cut_is_marked_even_where_little_is_left() -> None:
    assert one_line("a" + " " * 1_000_000 + "b", 20).endswith("…")


@pytest.mark.parametrize("text", ["<b>bold</b>", "a < b & c", "one\ntwo", "&lt;"])
def test_that_a_tooltip_shows_every_character_as_itself(text: str) -> None:
    shown = tooltip(text)
    assert shown.startswith("<qt>")  # Qt takes it for markup without guessing
    document = QTextDocument()
    document.setHtml(shown)
    assert document.toPlainText() == text


def test_that_no_text_gives_no_tooltip() -> None:
    assert tooltip("") == ""


def test_that_a_tooltip_is_bounded() -> None:
    assert len(tooltip("x" * 1_000_000)) < 3000
