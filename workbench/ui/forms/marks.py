"""How the form marks what is wrong: an outline and a bar, in a red that fits the theme."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from workbench.ui.forms.hint import NO_HINT, Hint, HintLevel
from workbench.ui.plots.colours import ensure_contrast

_RED_HUE = 4
_ORANGE = QColor("#e69f00")  # Okabe and Ito's, as in the plots
_BAR = 2
_INDENT = 8


def problem_colour(palette: QPalette) -> QColor:
    """Return a red that stands out from the palette's base, light or dark."""
    is_dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
    return QColor.fromHsl(_RED_HUE, 200, 165 if is_dark else 105)


def watch_colour(palette: QPalette) -> QColor:
    """Return an orange that can be told from the palette's base, light or dark."""
    return ensure_contrast(_ORANGE, palette.color(QPalette.ColorRole.Base), 2.4)


def draw_outline(painter: QPainter, widget: QWidget) -> None:
    """Draw the outline of a field that is wrong."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(problem_colour(widget.palette()), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), 2, 2)


class NoteLabel(QLabel):
    """Words beneath a field: a problem with a bar beside it, or a muted hint.

    A hint from outside has a bar too where it is one to watch.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_problem = self._is_watch = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(_INDENT, 0, 0, 0)
        self.setMinimumWidth(0)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_words(self, problem: str, hint: str = "", outside: Hint = NO_HINT) -> None:
        """Show what is wrong, then the hints; without any the label goes away."""
        self._is_problem = bool(problem)
        self._is_watch = bool(outside.text) and outside.level is HintLevel.WATCH
        muted = QPalette.ColorRole.PlaceholderText
        plain = QPalette.ColorRole.WindowText
        self.setForegroundRole(plain if problem or self._is_watch else muted)
        words = [part for part in (problem, hint, outside.text) if part]
        self.setText("\n".join(words))
        self.setVisible(bool(words))
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._is_problem or self._is_watch:
            mark = problem_colour if self._is_problem else watch_colour
            colour = mark(self.palette())
            QPainter(self).fillRect(0, 0, _BAR, self.height(), colour)
