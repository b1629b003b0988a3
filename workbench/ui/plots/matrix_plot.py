"""A confusion matrix: counts of actual class by predicted class, as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget
from typing_extensions import override

from workbench.ui.plots.colours import contrast
from workbench.ui.plots.plot import Plot
from workbench.ui.theme import PlotTheme

Counts = npt.NDArray[np.int64]

_MARGIN = 12
_WIDEST_NAME = 110
_LEAST_CELL_FOR_TEXT = 12
_TICK_GAP = 6
_LEVELS = 128  # of the colour ramp


class MatrixPlot(Plot):
    """A heat map of counts; each row is shaded by its share of the actual class."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.matrix = _Matrix()
        self.matrix.setAccessibleName(title)
        self.set_content(self.matrix)

    def set_counts(self, counts: Counts, names: Sequence[str]) -> None:
        """Show these counts, shape (classes, classes): rows actual, columns predicted."""
        self.matrix.set_counts(counts, names)

    @override
    def paint_with(self, theme: PlotTheme, font: QFont) -> None:
        self.matrix.paint_with(theme, font)


@dataclass(frozen=True)
class _Layout:
    """Where the cells are: the left upper corner, the side of a cell."""

    left: float
    top: float
    side: float

    def cell(self, row: int, column: int) -> QRectF:
        return QRectF(
            self.left + column * self.side, self.top + row * self.side, self.side, self.side
        )


class _Matrix(QWidget):
    """Paints the cells, the names of the classes and the names of the axes."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("matrix")
        self._counts: Counts = np.zeros((0, 0), dtype=np.int64)
        self._names: tuple[str, ...] = ()
        self._theme = PlotTheme.from_palette(self.palette())
        self._number_font = self.font()
        self._ramp: list[tuple[QColor, QColor]] = []  # of cells, and of text on them

    def set_counts(self, counts: Counts, names: Sequence[str]) -> None:
        self._counts, self._names = counts, tuple(names)
        self.update()

    def paint_with(self, theme: PlotTheme, font: QFont) -> None:
        self._theme, self._number_font = theme, font
        self._ramp = []  # made when a matrix is painted: it takes as long as a plot
        self.update()

    def describe(self, row: int, column: int) -> str:
        """Say in a sentence what the count of a cell means."""
        count, total = int(self._counts[row, column]), int(self._counts[row].sum())
        share = f"{100 * count / total:.1f}" if total else "0"
        return self.tr("{} of {} {} were called {} ({} %).").format(
            f"{count:,}", f"{total:,}", self._names[row], self._names[column], share
        )

    @override
    def sizeHint(self) -> QSize:
        return QSize(360, 320)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.describe(*cell) if cell else "", self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self._counts):
            return
        self._ramp = self._ramp or _ramp_of(self._theme)
        painter = QPainter(self)
        painter.setFont(self._number_font)
        layout = self._layout()
        self._draw_cells(painter, layout)
        self._draw_names(painter, layout)
        self._draw_axis_titles(painter, layout)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self._number_font)

    def _layout(self) -> _Layout:
        """Find the largest square of cells that leaves room for names and titles."""
        metrics = self._metrics()
        line = metrics.height()
        names = self._name_width() if self._shows_names() else 0.0
        beside = _MARGIN + line + _TICK_GAP + names + _TICK_GAP
        below = line + _TICK_GAP + self._foot_height() + _TICK_GAP
        width = self.width() - beside - _MARGIN
        height = self.height() - below - 2 * _MARGIN
        side = max(1.0, min(width, height) / len(self._counts))
        side = float(int(side)) if side > 4 else side
        spare = max(0.0, width - side * len(self._counts))
        return _Layout(beside + spare / 2, float(_MARGIN), side)

    def _shows_names(self) -> bool:
        room = (self.height() - 80) / max(1, len(self._counts))
        return room >= self._metrics().height() * 0.8

    def _name_width(self) -> float:
        metrics = self._metrics()
        return min(
            _WIDEST_NAME, max(metrics.horizontalAdvance(name) for name in self._names)
        )

    def _foot_height(self) -> float:
        """Return the room for the column names: lying where they fit, else standing."""
        if not self._shows_names():
            return 0.0
        return self._name_width() if self._names_stand() else self._metrics().height()

    def _names_stand(self) -> bool:
        width = (self.width() - self._name_width() - 60) / max(1, len(self._counts))
        return self._name_width() > min(width, (self.height() - 60) / len(self._counts)) - 6

    def _draw_cells(self, painter: QPainter, layout: _Layout) -> None:
        totals = self._counts.sum(axis=1)
        largest = f"{self._counts.max():,}"
        room = layout.side - 4
        shows_text = (
            layout.side >= _LEAST_CELL_FOR_TEXT
            and self._metrics().horizontalAdvance(largest) <= room
        )
        for row, counts in enumerate(self._counts.tolist()):
            for column, count in enumerate(counts):
                cell = layout.cell(row, column)
                self._draw_cell(painter, cell, count, count / max(1, totals[row]))
                if shows_text and count:
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, f"{count:,}")
        edge = layout.side * len(self._counts)
        painter.setPen(self._theme.frame)
        painter.drawRect(QRectF(layout.left, layout.top, edge, edge))

    def _draw_cell(self, painter: QPainter, cell: QRectF, count: int, share: float) -> None:
        """Fill a cell; leave a pen behind that can be read on it."""
        gap = 0.5 if cell.width() > 6 else 0.0
        # Errors are few in a good matrix: the square root lets them be seen.
        ground, ink = self._ramp[round(_LEVELS * share**0.5) if count else 0]
        painter.fillRect(cell.adjusted(gap, gap, -gap, -gap), ground)
        painter.setPen(ink)

    def _draw_names(self, painter: QPainter, layout: _Layout) -> None:
        if not self._shows_names():
            return
        painter.setPen(self._theme.text)
        metrics, width = self._metrics(), self._name_width()
        standing = self._names_stand()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        foot = layout.top + layout.side * len(self._counts) + _TICK_GAP
        for place, name in enumerate(self._names):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, width + 1)
            cell = layout.cell(place, 0)
            left = layout.left - _TICK_GAP - width
            painter.drawText(QRectF(left, cell.top(), width, cell.height()), right, text)
            middle = layout.cell(0, place).center().x()
            if standing:
                painter.save()
                painter.translate(middle, foot)
                painter.rotate(-90)
                painter.drawText(QRectF(-width, -12, width, 24), right, text)
                painter.restore()
            else:
                box = QRectF(middle - width, foot, 2 * width, metrics.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_axis_titles(self, painter: QPainter, layout: _Layout) -> None:
        painter.setPen(self._theme.muted)
        edge, line = layout.side * len(self._counts), self._metrics().height()
        foot = layout.top + edge + _TICK_GAP + self._foot_height() + _TICK_GAP
        centre = Qt.AlignmentFlag.AlignCenter
        across = QRectF(layout.left - 60, foot, edge + 120, line)
        painter.drawText(across, centre, self.tr("predicted class"))
        names = self._name_width() if self._shows_names() else 0.0
        painter.save()
        painter.translate(
            layout.left - names - 2 * _TICK_GAP - line / 2, layout.top + edge / 2
        )
        painter.rotate(-90)
        painter.drawText(
            QRectF(-edge, -line, 2 * edge, 2 * line), centre, self.tr("actual class")
        )
        painter.restore()

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        if not len(self._counts):
            return None
        layout = self._layout()
        column = int((place.x() - layout.left) // layout.side)
        row = int((place.y() - layout.top) // layout.side)
        size = len(self._counts)
        return (row, column) if 0 <= row < size and 0 <= column < size else None


def _ramp_of(theme: PlotTheme) -> list[tuple[QColor, QColor]]:
    """Return the colours of cells and of the text on them, from none to all."""
    grounds = [theme.heat(level / _LEVELS) for level in range(_LEVELS + 1)]
    return [(ground, _ink_on(ground, theme)) for ground in grounds]


def _ink_on(ground: QColor, theme: PlotTheme) -> QColor:
    inks = (theme.text, theme.background)
    return max(inks, key=lambda ink: contrast(ink, ground))
