"""How far the run under way is, at the end of the toolbar: words and a thin bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QWidget
from typing_extensions import override

from workbench.core.run import Run
from workbench.ui.plots.colours import mix
from workbench.ui.status_line import ElidedLabel
from workbench.ui.theme import tabular
from workbench.ui.window_actions import tr

_BAR_WIDTH, _BAR_HEIGHT = 200, 6
_LEFT, _BETWEEN, _RIGHT = 16, 12, 8  # pixels beside the words and the bar


class ThinBar(QProgressBar):
    """A progress bar without words; empty while nobody knows how much there is to do."""

    def show_done(self, done: int, all_of_it: int) -> None:
        """Show how much is done; painted with all else, not at once as Qt would."""
        self.setUpdatesEnabled(False)
        self.setRange(0, all_of_it)
        self.setValue(done)
        self.setUpdatesEnabled(True)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        palette, area = self.palette(), QRectF(self.rect())
        text = palette.color(QPalette.ColorRole.WindowText)
        painter.setBrush(mix(text, palette.color(QPalette.ColorRole.Window), 0.85))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        if self.maximum() > 0 and self.value() > 0:
            share = self.value() / self.maximum()
            area.setWidth(max(area.height(), area.width() * share))
            painter.setBrush(palette.color(QPalette.ColorRole.Accent))
            painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)


class RunGauge(QWidget):
    """Words that end where the bar begins, so that growing numbers move nothing.

    It puts them into their places itself: a layout would pass every new number on to the
    window, for all of it to be laid out again.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run_gauge")
        self._words = ElidedLabel(self)
        self._words.setObjectName("progress_words")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setFont(tabular(self._words.font()))
        self._words.setAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self._bar = ThinBar(self)
        self._bar.setObjectName("progress")
        self._bar.setAccessibleName(tr("Progress of the run"))
        self._bar.setFixedSize(_BAR_WIDTH, _BAR_HEIGHT)
        for part in (self._words, self._bar):
            part.setToolTip(tr("Steps done of all steps of the run"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.show_run(None)

    @property
    def words(self) -> QLabel:
        """Return the label of the words."""
        return self._words

    @override
    def sizeHint(self) -> QSize:
        wanted = self.minimumSizeHint()
        return QSize(wanted.width() + self._words.sizeHint().width(), wanted.height())

    @override
    def minimumSizeHint(self) -> QSize:
        width = _LEFT + _BETWEEN + _BAR_WIDTH + _RIGHT
        return QSize(width, self._words.minimumSizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        bar = self.width() - _RIGHT - _BAR_WIDTH
        self._bar.move(bar, (self.height() - _BAR_HEIGHT) // 2)
        self._words.setGeometry(_LEFT, 0, max(0, bar - _BETWEEN - _LEFT), self.height())

    def show_run(self, run: Run | None) -> None:
        """Show how far a run is; nothing where none is under way."""
        under_way = run is not None and not run.state.is_over
        for part in (self._words, self._bar):
            part.setVisible(under_way)
        if run is None or run.started is None:
            prepared = None if run is None else run.prepared
            all_of_it = 0 if prepared is None else 1000
            self._bar.show_done(round(1000 * (prepared or 0.0)), all_of_it)
            self._words.setText(run.message if run is not None else "")
            return
        self._bar.show_done(run.num_steps, run.started.total_steps)
        done, planned = len(run.epochs), run.plan.loop.epochs
        epoch = min(done + 1, planned)
        words = tr("epoch {epoch} of {all}")
        self._words.setText(words.format(epoch=f"{epoch:,}", all=f"{planned:,}"))
