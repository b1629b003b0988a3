"""The legend: a strip above the plot, so that it never covers data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from workbench.ui.plots.items import Dash, Ink, LineStyle
from workbench.ui.theme import PlotTheme

_SAMPLE = 22  # width of the drawn sample
_DASH = 0.45  # of the lengths in the plot, so that a sample shows each style
_GAP = 6  # between sample and name
_SPACE = 12  # between entries
_WIDEST_NAME = 240


@dataclass(frozen=True)
class Entry:
    """One line of a legend: a sample of what is drawn, and its name.

    `shape` is line, dotted line, band, disc, ring, cross, tick, or depth: the colours
    from the first to the last layer, whatever the ink. Entries that are
    `only_exported` show in pictures alone: on screen another widget says the same; those
    that are `only_on_screen` say what can be done there.
    """

    name: str
    ink: Ink
    shape: str = "line"
    dash: Dash = Dash.SOLID
    faint: bool = False
    only_exported: bool = False
    only_on_screen: bool = False


class Legend(QWidget):
    """Entries in rows, as many as fit into two rows, more in a picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("legend")
        self._entries: tuple[Entry, ...] = ()
        self._exporting = False
        self._theme = PlotTheme.from_palette(self.palette())
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the entries that are shown at present."""
        if self._exporting:
            return tuple(entry for entry in self._entries if not entry.only_on_screen)
        return tuple(entry for entry in self._entries if not entry.only_exported)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show these entries in this order."""
        if tuple(entries) == self._entries:
            return
        before = self.heightForWidth(self.width())
        self._entries = tuple(entries)
        names = ", ".join(entry.name for entry in self._entries)
        self.setAccessibleName(self.tr("Legend: {}").format(names))
        if self.heightForWidth(self.width()) != before:
            self.updateGeometry()
        self.update()

    def set_exporting(self, exporting: bool) -> None:
        """Show what belongs into a picture, or what belongs on screen."""
        self._exporting = exporting
        self.updateGeometry()

    def paint_with(self, theme: PlotTheme) -> None:
        """Take colours."""
        self._theme = theme
        self.update()

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        if not self.entries:
            return 0
        places, _hidden = self._places(width)
        return max((place.bottom() for place in places), default=0) + 1

    @override
    def sizeHint(self) -> QSize:
        width = self.width() or 400
        return QSize(width, self.heightForWidth(width))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._row_height() if self.entries else 0)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places, hidden = self._places(self.width())
        for entry, place in zip(self.entries, places, strict=False):
            self._draw_sample(painter, entry, QRectF(place))
            painter.setPen(self._theme.text)
            painter.drawText(
                place.adjusted(_SAMPLE + _GAP, 0, 0, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
                self._shortened(entry.name),
            )
        if hidden:
            self._draw_rest(painter, places[-1] if places else QRect(), hidden)

    def _places(self, width: int) -> tuple[list[QRect], int]:
        """Return the place of each entry, and how many found none."""
        metrics, height = self.fontMetrics(), self._row_height()
        most_rows = 8 if self._exporting else 2
        reserve = metrics.horizontalAdvance("+000") + _SPACE
        places: list[QRect] = []
        x = row = 0
        entries = self.entries
        for entry in entries:
            needed = _SAMPLE + _GAP + metrics.horizontalAdvance(self._shortened(entry.name))
            if x and x + needed > width - (reserve if row == most_rows - 1 else 0):
                x, row = 0, row + 1
            if row >= most_rows:
                break
            places.append(QRect(x, row * height, needed + 2, height))
            x += needed + _SPACE
        return places, len(entries) - len(places)

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 4

    def _shortened(self, name: str) -> str:
        return self.fontMetrics().elidedText(
            name, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME
        )

    def _draw_rest(self, painter: QPainter, last: QRect, hidden: int) -> None:
        painter.setPen(self._theme.muted)
        place = QRect(last.right() + _SPACE, last.top(), 80, self._row_height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, f"+{hidden}")

    def _draw_sample(self, painter: QPainter, entry: Entry, place: QRectF) -> None:
        colour = QColor(entry.ink(self._theme))
        if entry.faint:
            colour = self._theme.faint(colour)
        middle = QPointF(place.left() + _SAMPLE / 2, place.center().y() + 0.5)
        match entry.shape:
            case "band":
                colour.setAlphaF(0.3)
                painter.fillRect(QRectF(place.left(), middle.y() - 5, _SAMPLE, 10), colour)
            case "line" | "dotted line":
                painter.setPen(_sample_pen(entry, colour))
                half = QPointF(_SAMPLE / 2, 0)
                painter.drawLine(middle - half, middle + half)
                if entry.shape == "dotted line":
                    _draw_mark(painter, "disc", middle, colour)
            case "depth":
                self._draw_depths(painter, place.left(), middle.y())
            case "tick":
                painter.setPen(QPen(colour, 1.0))
                painter.drawLine(middle - QPointF(0, 4), middle + QPointF(0, 4))
            case shape:
                _draw_mark(painter, shape, middle, colour)

    def _draw_depths(self, painter: QPainter, left: float, y: float) -> None:
        for column in range(_SAMPLE):
            colour = self._theme.depth(column / (_SAMPLE - 1))
            painter.fillRect(QRectF(left + column, y - 3, 1, 6), colour)


def _sample_pen(entry: Entry, colour: QColor) -> QPen:
    style = LineStyle(entry.ink, entry.dash, width=2.0)
    pen = QPen(colour, 2.0)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if style.dash.value:
        pen.setDashPattern([part * _DASH for part in style.dash.value])
    return pen


def _draw_mark(painter: QPainter, shape: str, middle: QPointF, colour: QColor) -> None:
    painter.setPen(QPen(colour, 2.0))
    painter.setBrush(colour if shape == "disc" else Qt.BrushStyle.NoBrush)
    if shape == "cross":
        for sign in (1, -1):
            arm = QPointF(4, 4 * sign)
            painter.drawLine(middle - arm, middle + arm)
        return
    radius = 3 if shape == "disc" else 4
    painter.drawEllipse(middle, radius, radius)
