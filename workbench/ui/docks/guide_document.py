"""A page of the guide as a text document in the colours and the font of the window."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import (
    QFont,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
)

from workbench.core.guide import Page
from workbench.ui.docks.formula_object import FormulaObject, insert_formula
from workbench.ui.docks.guide_tables import insert_settings, shape_tables
from workbench.ui.theme import scaled

Feature = QTextDocument.MarkdownFeature
Move = QTextCursor.MoveMode

_MARGIN = 16.0
_INDENT = 20.0
_LEADING = 3.0  # pixels between two lines
_TAIL = re.compile(r"-\w{1,3}\b[.,;:)]*|[.,;:)?!]+")  # a comma, or the end of "k-th"
_BELOW_FORMULAS = 12.0
_HEADINGS = {1: (1.55, 0, 10), 2: (1.15, 16, 6)}  # size, pixels above, pixels below


def build_document(
    page: Page, font: QFont, palette: QPalette, parent: QObject | None = None
) -> QTextDocument:
    """Make the document of a page.

    Raises:
        FormulaError: with the LaTeX of a formula that cannot be set.
    """
    document = QTextDocument(parent)
    document.setDocumentMargin(_MARGIN)
    document.setIndentWidth(_INDENT)
    document.setDefaultFont(font)
    features = Feature.MarkdownDialectGitHub | Feature.MarkdownNoHTML
    document.setMarkdown(page.text, features)
    for block in _blocks(document):
        _shape_block(block, font)
        _colour_links(block, palette)
    shape_tables(document, palette)
    FormulaObject(document, palette.color(QPalette.ColorRole.Text))
    for mark, rows in page.tables.items():
        insert_settings(_find(document, mark), rows, font, palette)
    for mark, latex in page.formulas.items():
        cursor = _find(document, mark)
        if latex.display:
            _set_apart(cursor)
        insert_formula(cursor, latex, font, _take_tail(cursor))
    return document


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _shape_block(block: QTextBlock, font: QFont) -> None:
    cursor, look = QTextCursor(block), block.blockFormat()
    if look.headingLevel() in _HEADINGS:
        _shape_heading(cursor, font)
        return
    look.setTopMargin(0)
    look.setBottomMargin(_space_below(block))
    kind = QTextBlockFormat.LineHeightTypes.LineDistanceHeight
    look.setLineHeight(_LEADING, kind.value)
    cursor.setBlockFormat(look)


def _space_below(block: QTextBlock) -> int:
    if QTextCursor(block).currentTable() is not None:
        return 0
    is_followed = block.textList() is not None and block.next().textList() is not None
    return 5 if is_followed else 9


def _shape_heading(cursor: QTextCursor, font: QFont) -> None:
    look = cursor.blockFormat()
    size, above, below = _HEADINGS[look.headingLevel()]
    look.setTopMargin(above)
    look.setBottomMargin(below)
    cursor.setBlockFormat(look)
    large = scaled(font, size)
    large.setWeight(QFont.Weight.DemiBold)
    letters = QTextCharFormat()
    letters.setFont(large)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, Move.KeepAnchor)
    cursor.setCharFormat(letters)


def _colour_links(block: QTextBlock, palette: QPalette) -> None:
    for link in [part for part in _fragments(block) if part.charFormat().isAnchor()]:
        cursor = QTextCursor(block)
        cursor.setPosition(link.position())
        cursor.setPosition(link.position() + link.length(), Move.KeepAnchor)
        look = QTextCharFormat()
        look.setForeground(palette.brush(QPalette.ColorRole.Link))
        look.setFontUnderline(False)
        look.setToolTip(link.charFormat().anchorHref())
        cursor.mergeCharFormat(look)


def _fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    iterator = block.begin()
    while not iterator.atEnd():
        yield iterator.fragment()
        iterator += 1


def _find(document: QTextDocument, mark: str) -> QTextCursor:
    """Select the character that stands for something."""
    cursor: QTextCursor = document.find(mark)
    return cursor


def _set_apart(cursor: QTextCursor) -> None:
    look = QTextBlockFormat()
    look.setIndent(1)
    look.setBottomMargin(_BELOW_FORMULAS)
    cursor.mergeBlockFormat(look)


def _take_tail(cursor: QTextCursor) -> str:
    """Select also what must stay with the selected mark, and return it."""
    block, start = cursor.block(), cursor.selectionStart()
    found = _TAIL.match(block.text(), cursor.selectionEnd() - block.position())
    tail = found[0] if found else ""
    cursor.setPosition(start)
    cursor.setPosition(start + 1 + len(tail), Move.KeepAnchor)
    return tail
