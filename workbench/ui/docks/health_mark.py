"""The lights of health: a colour and a shape for each level, told apart without colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap, QPolygonF

from workbench.core.findings import Level
from workbench.ui.forms.marks import problem_colour
from workbench.ui.plots.colours import ensure_contrast

MARK_SIZE = 12

# Okabe and Ito's green and orange, as for runs; the red is that of the form.
_GREEN, _ORANGE = QColor("#009e73"), QColor("#e69f00")


def health_colour(level: Level, palette: QPalette) -> QColor:
    """Return the colour of a level, readable on the palette's base."""
    base = palette.color(QPalette.ColorRole.Base)
    match level:
        case Level.GOOD:
            return ensure_contrast(_GREEN, base)
        case Level.WATCH:
            return ensure_contrast(_ORANGE, base, 2.4)
        case Level.BAD:
            return problem_colour(palette)


def draw_mark(painter: QPainter, level: Level | None, palette: QPalette) -> None:
    """Draw a disc for good, a triangle for watch, a square for bad, a ring for unknown."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if level is None:
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawEllipse(QRectF(3, 3, 6, 6))
        return
    painter.setBrush(health_colour(level, palette))
    match level:
        case Level.GOOD:
            painter.drawEllipse(QRectF(2.5, 2.5, 7, 7))
        case Level.WATCH:
            corners = [QPointF(6, 1), QPointF(11.5, 10.5), QPointF(0.5, 10.5)]
            painter.drawPolygon(QPolygonF(corners))
        case Level.BAD:
            painter.drawRoundedRect(QRectF(1.5, 1.5, 9, 9), 1.5, 1.5)


def mark_pixmap(
    level: Level | None, palette: QPalette, ratio: float, *, on_selection: bool = False
) -> QPixmap:
    """Return the mark of a level; on a selection it stands on a chip of the base."""
    pixmap = QPixmap(QSize(MARK_SIZE, MARK_SIZE) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    if on_selection:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(0, 0, MARK_SIZE, MARK_SIZE), 3, 3)
    draw_mark(painter, level, palette)
    painter.end()
    return pixmap


def mark_icon(level: Level | None, palette: QPalette, ratio: float) -> QIcon:
    """Return the mark as an icon, plain and on a selection."""
    icon = QIcon(mark_pixmap(level, palette, ratio))
    selected = mark_pixmap(level, palette, ratio, on_selection=True)
    icon.addPixmap(selected, QIcon.Mode.Selected)
    return icon
