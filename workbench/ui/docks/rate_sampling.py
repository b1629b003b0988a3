"""The line below the rates: how often they were measured, at what cost, and a choice."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget
from typing_extensions import override

from workbench.core.run import Run
from workbench.ui.docks.sampling_words import (
    AUTOMATIC,
    expect_share,
    explain_cost,
    say_cost,
    say_cost_shortly,
    say_share,
    say_wish,
)
from workbench.ui.plain_text import tooltip
from workbench.ui.theme import PlotTheme, scaled, tabular

_CHOICES = (AUTOMATIC, 100, 10, 1)
_ARROW = " ▾"  # the button's own would lie on its text


class SamplingLine(QWidget):
    """Stands where the x axis has its name, and says it too.

    The choice is a wish for the next run: the plan of the run under way stays as it is,
    so that the same plan goes on giving the same numbers.
    """

    every_chosen = Signal(int)  # steps from one measurement to the next; 0: automatic

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sampling_line")
        self._run: Run | None = None
        self._planned = AUTOMATIC
        self._axis = ""
        self._how, self._cost = QToolButton(), QLabel()  # before the first event comes
        self._menu = QMenu(self)
        self._set_up()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 4)
        row.setSpacing(0)
        row.addStretch(1)
        row.addWidget(self._how)
        row.addWidget(self._cost)
        row.addStretch(1)
        self._take_fonts()
        self.show_words("")

    @property
    def text(self) -> str:
        """Return all that the line says at present."""
        cost = "" if self._cost.isHidden() else self._cost.text()
        return f"{self._how.text().removesuffix(_ARROW)}{cost}"

    def focus_run(self, run: Run | None) -> None:
        """Speak of this run, or of none."""
        self._run = run

    def set_planned(self, every: int) -> None:
        """Say how often the next run will be measured."""
        self._planned = every
        self.show_words(self._axis)

    def show_words(self, axis: str) -> None:
        """Show the name of the axis and how the run was measured; empty: nothing was."""
        self._axis = axis
        wish = say_wish(self._planned)
        self._how.setText((axis or self.tr("measured {}").format(wish)) + _ARROW)
        tip = self.tr("Choose how often the rates of the next run are measured.")
        cost = self._run.history.measuring if self._run is not None and axis else None
        if cost is not None:
            tip = f"{explain_cost(cost)}\n{tip}"
        self._how.setToolTip(tooltip(tip))
        self._cost.setToolTip(tooltip(tip))
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.PaletteChange}:
            self._take_fonts()

    def _set_up(self) -> None:
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._how.setObjectName("sampling_choice")
        self._how.setAccessibleName(self.tr("How often the rates are measured"))
        self._how.setAutoRaise(True)
        self._how.clicked.connect(self._open_menu)
        self._menu.setObjectName("sampling_menu")
        self._menu.aboutToShow.connect(self._fill_menu)
        self._cost.setObjectName("sampling_cost")
        self._cost.setTextFormat(Qt.TextFormat.PlainText)
        self._cost.setForegroundRole(QPalette.ColorRole.WindowText)  # not of its ground

    def _fit(self) -> None:
        """Say as much of the cost as there is room for; the tooltip says all."""
        room = self.width() - 16 - self._how.sizeHint().width()
        texts = [*self._costs(), ""]
        advance = self._cost.fontMetrics().horizontalAdvance
        text = next(text for text in texts if not text or advance(text) + 4 <= room)
        self._cost.setText(text)
        self._cost.setVisible(bool(text))

    def _costs(self) -> list[str]:
        """Return what there is to say beside the axis, the longest first."""
        run = self._run
        if run is None or not self._axis:
            return []
        parts, short = [], []
        if run.history.measuring is not None:
            parts.append(say_cost(run.history.measuring))
            short.append(say_cost_shortly(run.history.measuring))
        if self._planned != run.plan.loop.sample_every:
            parts.append(self.tr("next run: {}").format(say_wish(self._planned)))
            short.append(parts[-1])
        return ["".join(f" · {part}" for part in some) for some in (parts, short) if some]

    @Slot()
    def _open_menu(self) -> None:
        self._menu.popup(self._how.mapToGlobal(self._how.rect().bottomLeft()))

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        title = self._menu.addAction(self.tr("Measure the rates of the next run"))
        title.setEnabled(False)
        group = QActionGroup(self._menu)
        for every in sorted({*_CHOICES, self._planned}, key=lambda n: (n > 0, -n)):
            group.addAction(self._add_choice(every))
        group.triggered.connect(self._report_choice)

    def _add_choice(self, every: int) -> QAction:
        text = say_wish(every)
        share = None if self._run is None else expect_share(every, self._run)
        if share is not None:  # after the tab, where others have their shortcut
            text += "\t" + self.tr("≈ {} of the time").format(say_share(share))
        action = self._menu.addAction(text[0].upper() + text[1:])
        action.setCheckable(True)
        action.setChecked(every == self._planned)
        action.setData(every)
        return action

    @Slot(QAction)
    def _report_choice(self, action: QAction) -> None:
        self.every_chosen.emit(int(action.data()))

    def _take_fonts(self) -> None:
        font = tabular(scaled(self.font(), 0.92))
        muted = PlotTheme.from_palette(self.palette()).muted
        for widget, role in (
            (self._how, QPalette.ColorRole.ButtonText),
            (self._cost, QPalette.ColorRole.WindowText),
        ):
            widget.setFont(font)
            palette = QPalette()
            palette.setColor(role, muted)
            widget.setPalette(palette)
        self._how.setFixedHeight(self._how.fontMetrics().height() + 8)
