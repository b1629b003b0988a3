"""The line below the rates: how often they were measured, at what cost, and a choice."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QToolButton, QWidget
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

_SIDE, _BELOW = 8, 4  # pixels
_CHOICES = (AUTOMATIC, 100, 10, 1)
_ARROW = " ▾"  # the button's own would lie on its text


class SamplingLine(QWidget):
    """Stands where the x axis has its name, and says it too.

    The choice is a wish for the next run: the plan of the run under way stays as it is,
    so that the same plan goes on giving the same numbers. The words are put into their
    places without a layout, which would lay out the whole window with every new number.
    """

    every_chosen = Signal(int)  # steps from one measurement to the next; 0: automatic

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sampling_line")
        self._run: Run | None = None
        self._planned = AUTOMATIC
        self._axis: tuple[str, ...] = ()
        self._said: object = None
        # Before the first event comes.
        self._how, self._cost = QToolButton(self), QLabel(self)
        self._menu = QMenu(self)
        self._set_up()
        self._take_fonts()
        self.show_words(())

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

    def show_words(self, axis: Sequence[str]) -> None:
        """Show the name of the axis and how the run was measured; empty: nothing was."""
        self._axis = tuple(axis)
        tip = self.tr("Choose how often the rates of the next run are measured.")
        cost = self._run.history.measuring if self._run is not None and axis else None
        if cost is not None:
            tip = f"{explain_cost(cost)}\n{tip}"
        if axis:
            tip = f"{_join(axis[1:])}\n{tip}"
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
        """Say as much as there is room for; the tooltip says all."""
        wordings = self._wordings()
        said = (wordings, self.width(), self._how.font())
        if said == self._said:
            return
        self._said = said
        for how, cost in wordings:
            self._how.setText(how + _ARROW)
            self._cost.setText(f" · {cost}" if cost else "")
            if self._needed() <= self.width():
                break
        self._cost.setVisible(bool(self._cost.text()))
        self._place()

    def _needed(self) -> int:
        return 2 * _SIDE + self._how.sizeHint().width() + self._cost.sizeHint().width()

    def _place(self) -> None:
        """Put button and label into the middle, side by side."""
        left = max(_SIDE, (self.width() - self._needed()) // 2 + _SIDE)
        for widget in (self._how, self._cost):
            widget.setGeometry(left, 0, widget.sizeHint().width(), self._how.height())
            left += widget.width()

    def _wordings(self) -> list[tuple[str, str]]:
        """Return what stands on the button and beside it, the longest first."""
        run = self._run
        if run is None or not self._axis:
            return [(self.tr("measured {}").format(say_wish(self._planned)), "")]
        long, short = _join(self._axis), _join(self._axis[:2])
        cost, wish = run.history.measuring, self._wish(run)
        full = _join([say_cost(cost) if cost else "", wish])
        brief = _join([say_cost_shortly(cost) if cost else "", wish])
        least = say_cost_shortly(cost) if cost else wish
        costs = (full, brief, least, "")
        return [(long, full), (long, brief), *((short, cost) for cost in costs)]

    def _wish(self, run: Run) -> str:
        """Say what is planned where it differs from what this run does."""
        if self._planned == run.plan.loop.sample_every:
            return ""
        return self.tr("next run: {}").format(say_wish(self._planned))

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
        height = self._how.fontMetrics().height() + 4
        self._how.setFixedHeight(height)
        self.setFixedHeight(height + _BELOW)
        self._fit()


def _join(parts: Sequence[str]) -> str:
    return " · ".join(filter(None, parts))
