"""How the form marks what is wrong: an outline and a bar, in a red that fits the theme."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

_RED_HUE = 4
_BAR = 2
_INDENT = 8


def problem_colour(palette: QPalette) -> QColor:
    """Return a red that stands out from the palette's base, light or dark."""
    is_dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
    return QColor.fromHsl(_RED_HUE, 200, 165 if is_dark else 105)


def draw_outline(painter: QPainter, widget: QWidget) -> None:
    """Draw the outline of a field that is wrong."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(problem_colour(widget.palette()), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), 2, 2)


class NoteLabel(QLabel):
    """Words beneath a field: a problem with a bar beside it, or a muted hint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_problem = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(_INDENT, 0, 0, 0)
        self.setMinimumWidth(0)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_words(self, problem: str, hint: str = "") -> None:
        """Show what is wrong, then the hint; without either the label goes away."""
        self._is_problem = bool(problem)
        muted = QPalette.ColorRole.PlaceholderText
        plain = QPalette.ColorRole.WindowText
        self.setForegroundRole(plain if problem else muted)
        self.setText("\n".join(part for part in (problem, hint) if part))
        self.setVisible(bool(problem or hint))
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._is_problem:
            colour = problem_colour(self.palette())
            QPainter(self).fillRect(0, 0, _BAR, self.height(), colour)
