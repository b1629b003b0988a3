"""One term of a step: its formula, its value at the right, a sentence beneath."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from workbench.core.inspection import Term
from workbench.ui.docks.step_numbers import say_change, six_digits
from workbench.ui.docks.term_layout import (
    NUMBERS_IN,
    SIDE,
    WRAP,
    TermFonts,
    TermLayout,
    TermTexts,
    lay_out,
    write_equation,
)
from workbench.ui.plain_text import tooltip
from workbench.ui.plots.colours import mix
from workbench.ui.theme import PlotTheme, scaled, tabular

_BAR = 3
_NARROWEST = 200


class Emphasis(Enum):
    """How much a row stands out."""

    NONE = "none"
    APART = "apart"  # decoupled decay
    RESULT = "result"  # the new weight


class TermRow(QWidget):
    """Shows a `Term`; the tooltip has its value with all digits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("term_row")
        self._term = Term("", "", 0.0, "")
        self._before: float | None = None
        self._emphasis = Emphasis.NONE
        self._numbers = ""
        self._is_explained = self._has_numbers = True
        self._is_first = False
        self._layouts: dict[int, TermLayout] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def term(self) -> Term:
        """Return what is shown."""
        return self._term

    @property
    def emphasis(self) -> Emphasis:
        """Return how much the row stands out."""
        return self._emphasis

    @property
    def value_text(self) -> str:
        """Return the value as it is written."""
        return six_digits(self._term.value)

    @property
    def change_text(self) -> str:
        """Say how the value differs from that of the step before, where it does."""
        return "" if self._before is None else say_change(self._term.value, self._before)

    @property
    def numbers(self) -> str:
        """Return the LaTeX of the formula with numbers in it, where it is shown."""
        return self._numbers if self._has_numbers else ""

    def show_term(
        self,
        term: Term,
        before: float | None,
        emphasis: Emphasis,
        *,
        numbers: str = "",
        first: bool = False,
    ) -> None:
        """Show a term; `before` is its value in the recorded step before.

        `numbers` is the formula with the numbers of this step in it.
        """
        self._term, self._before, self._numbers = term, before, numbers
        self._emphasis, self._is_first = emphasis, first
        self.setAccessibleName(f"{term.symbol} = {term.value!r}")
        self.setAccessibleDescription(term.help)
        self._lay_out_again()

    def set_explained(self, explained: bool) -> None:
        """Show the sentence beneath, or leave it to the tooltip."""
        if explained is not self._is_explained:
            self._is_explained = explained
            self._lay_out_again()

    def set_numbers_shown(self, shown: bool) -> None:
        """Show the formula with its numbers too, or alone."""
        if shown is not self._has_numbers:
            self._has_numbers = shown
            self._lay_out_again()

    def exact_text(self) -> str:
        """Say the value with all its digits, and that of the step before."""
        text = f"{self._term.value!r}"
        if self._before is not None:
            text += self.tr("\nin the recorded step before: {}").format(f"{self._before!r}")
        return text

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self._layout_in(width).height

    @override
    def sizeHint(self) -> QSize:
        return QSize(_NARROWEST, self.heightForWidth(max(self.width(), _NARROWEST)))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, 24)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out_again()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.exact_text()
            if not self._is_explained:
                text = f"{self._term.help}\n{text}"
            QToolTip.showText(event.globalPos(), tooltip(text), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = PlotTheme.from_palette(self.palette())
        layout, fonts = self._layout_in(self.width()), self._fonts()
        self._draw_ground(painter, theme, layout.right)
        for line, baseline in layout.formula:
            line.draw(painter, QPointF(SIDE, baseline), theme.text)
        for line, baseline in layout.numbers:
            line.draw(painter, QPointF(SIDE + NUMBERS_IN, baseline), theme.muted)
        painter.setFont(fonts.value)
        painter.setPen(theme.text)
        width = QFontMetricsF(fonts.value).horizontalAdvance(self.value_text)
        painter.drawText(QPointF(layout.right - width, layout.baseline), self.value_text)
        painter.setFont(fonts.small)
        painter.setPen(theme.muted)
        if self._is_explained:
            painter.drawText(layout.words, WRAP, self._term.help)
        painter.drawText(layout.change, int(Qt.AlignmentFlag.AlignRight), self.change_text)

    def _draw_ground(self, painter: QPainter, theme: PlotTheme, right: float) -> None:
        """Draw a hairline above, the ground of the result, or the bar of what is apart."""
        colour, bar = theme.background, theme.background
        if self._emphasis is Emphasis.RESULT:
            colour, bar = mix(theme.accent, theme.background, 0.88), theme.accent
        elif self._emphasis is Emphasis.APART:
            colour, bar = mix(theme.text, theme.background, 0.96), theme.frame
        painter.fillRect(self.rect(), colour)
        painter.fillRect(0, 0, _BAR, self.height(), bar)
        if not self._is_first and self._emphasis is Emphasis.NONE:
            painter.fillRect(QRectF(SIDE, 0, right - SIDE, 1), theme.grid)

    def _lay_out_again(self) -> None:
        self._layouts.clear()
        self.updateGeometry()
        self.update()

    def _layout_in(self, width: int) -> TermLayout:
        if width not in self._layouts:
            self._layouts = {width: lay_out(self._texts(), self._fonts(), width)}
        return self._layouts[width]

    def _texts(self) -> TermTexts:
        term = self._term
        return TermTexts(
            formula=(
                write_equation(term.symbol, term.formula) if term.formula else term.symbol
            ),
            numbers=self.numbers,
            value=self.value_text,
            change=self.change_text,
            words=term.help if self._is_explained else "",
            is_given=not term.formula,
        )

    def _fonts(self) -> TermFonts:
        value = tabular(scaled(self.font(), 1.08))
        value.setBold(self._emphasis is Emphasis.RESULT)
        return TermFonts(self.font(), value, tabular(scaled(self.font(), 0.9)))
