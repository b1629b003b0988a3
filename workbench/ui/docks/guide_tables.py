"""The tables of a guide page: those written on it, and the one of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QPalette,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableCell,
    QTextTableFormat,
)

from workbench.core.guide import SettingRow
from workbench.ui.theme import PlotTheme, tabular

_PADDING = 4.0
_COLUMNS = (38, 27, 35)  # per cent: setting, default, range


def shape_tables(document: QTextDocument, palette: QPalette) -> None:
    """Give the tables of a document thin lines between the rows instead of boxes."""
    line = PlotTheme.from_palette(palette).grid
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            frame.setFormat(_format())
            for row in range(frame.rows()):
                _rule(_cells(frame, row), line, _PADDING)


def insert_settings(
    cursor: QTextCursor, rows: Sequence[SettingRow], font: QFont, palette: QPalette
) -> None:
    """Put a table of settings in the place of what is selected.

    Each takes two rows: title, default and range, then the sentence that helps. In
    columns of its own the sentence would be too narrow to read.
    """
    theme = PlotTheme.from_palette(palette)
    cursor.removeSelectedText()
    table = cursor.insertTable(2 * len(rows) + 1, len(_COLUMNS), _format(_COLUMNS))
    plain, faint, strong = _look(font), _look(font), _look(font)
    faint.setForeground(QBrush(theme.muted))
    strong.setFontWeight(QFont.Weight.DemiBold)
    numbers = _look(tabular(font))
    heads = [_tr("Setting"), _tr("Default"), _tr("Range")]
    _write(_cells(table, 0), heads, [faint] * 3)
    _rule(_cells(table, 0), theme.frame, _PADDING)
    for index, row in enumerate(rows):
        first, second = 2 * index + 1, 2 * index + 2
        texts = [row.title, row.default, row.range]
        _write(_cells(table, first), texts, [strong, numbers, numbers])
        _align(table.cellAt(first, 0))
        table.mergeCells(second, 0, 1, len(_COLUMNS))
        _write([table.cellAt(second, 0)], [row.help], [plain])
        _rule([table.cellAt(second, 0)], theme.grid, 0)


def _format(shares: Sequence[int] = ()) -> QTextTableFormat:
    """Describe a table; columns without a share are as wide as they need to be."""
    look = QTextTableFormat()
    look.setBorderCollapse(True)
    look.setBorder(0)
    look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
    look.setCellSpacing(0)
    look.setCellPadding(_PADDING)
    look.setBottomMargin(12)
    look.setTopMargin(2)
    look.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    kind = QTextLength.Type.PercentageLength
    if shares:
        look.setColumnWidthConstraints([QTextLength(kind, share) for share in shares])
    return look


def _cells(table: QTextTable, row: int) -> list[QTextTableCell]:
    return [table.cellAt(row, column) for column in range(table.columns())]


def _look(font: QFont) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setFont(font)
    return look


def _write(
    cells: Sequence[QTextTableCell],
    texts: Sequence[str],
    looks: Sequence[QTextCharFormat],
) -> None:
    block = QTextBlockFormat()
    for cell, text, look in zip(cells, texts, looks, strict=True):
        cursor = cell.firstCursorPosition()
        cursor.setBlockFormat(block)
        cursor.insertText(text, look)


def _rule(cells: Iterable[QTextTableCell], colour: QColor, above: float) -> None:
    """Draw a thin line below the cells."""
    for cell in cells:
        _align(cell)
        look = cell.format().toTableCellFormat()
        look.setTopPadding(above)
        look.setBottomPadding(_PADDING + 1)
        look.setBottomBorder(1)
        look.setBottomBorderBrush(QBrush(colour))
        look.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        cell.setFormat(look)


def _align(cell: QTextTableCell) -> None:
    """Put the first column in line with the text above, formulas in line with words."""
    look = cell.format().toTableCellFormat()
    if cell.column() == 0:
        look.setLeftPadding(0)
    look.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    cell.setFormat(look)


def _tr(text: str) -> str:
    return QCoreApplication.translate("GuideView", text)
