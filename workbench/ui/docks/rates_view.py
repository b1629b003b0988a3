"""The effective learning rates of one run: as lines, as a heat map, and by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.core.rates import Quantity
from workbench.core.run import Run
from workbench.ui.docks.elements_view import ElementsView
from workbench.ui.docks.rate_lines import RateLines
from workbench.ui.docks.rate_sampling import SamplingLine
from workbench.ui.docks.rate_sentences import (
    how_sampled,
    how_thinned,
    why_empty,
    why_undefined,
)
from workbench.ui.docks.rates_bar import ELEMENTS, LINES, MAP, RatesBar
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.plot import Plot
from workbench.ui.plots.rate_levels import RateLevels
from workbench.ui.plots.rate_map import RateMap
from workbench.ui.plots.sampling import are_apart
from workbench.ui.plots.tensor_list import TensorList
from workbench.ui.plots.x_link import XLink

_MOST_COLUMNS = 1000


class _News(Enum):
    """What has come since a view was drawn."""

    NONE = auto()
    STEPS = auto()  # none of them measured
    ALL = auto()


class _Seen(NamedTuple):
    """What a view shows: steps, and all else that decides what it looks like."""

    num_steps: int
    shown: tuple[object, ...]


class RatesView(QWidget):
    """A quantity of every tensor over the steps, and the elements of one tensor."""

    element_chosen = Signal(str, tuple)  # tensor, index of the element clicked

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rates_view")
        self._run: Run | None = None
        self._map_levels: RateLevels | None = None
        self._seen: dict[str, _Seen] = {}
        self._link: XLink | None = None
        self.plot = CurvePlot(self.tr("Effective learning rate"))
        self.map = RateMap(self.tr("Effective learning rate by tensor and step"))
        self.elements = ElementsView()
        self.tensors = TensorList(self.plot.theme)
        self.lines = RateLines(self.tensors, self.plot)
        self._own_link = XLink([self.plot, self.map], self)
        for plot in (self.plot, self.map):
            plot.set_labels(self.tr("step"), "")
            plot.name_x_elsewhere()
            plot.canvas.bottom.use_whole_numbers()
        self.sampling = SamplingLine()
        self._bar = RatesBar(self.elements.kinds, self.plot.log_y_action)
        self.band_action, self.link_action = self._bar.band_action, self._bar.link_action
        self._lay_out()
        self._connect()
        self.refresh()

    @property
    def quantity(self) -> Quantity:
        """Return what is drawn."""
        return self._bar.quantity

    @property
    def mode(self) -> str:
        """Return which of the three views is shown: LINES, MAP or ELEMENTS."""
        return self._bar.mode

    def set_quantity(self, quantity: Quantity) -> None:
        """Draw another quantity."""
        self._bar.set_quantity(quantity)

    def set_mode(self, mode: str) -> None:
        """Show LINES, MAP or ELEMENTS."""
        self._bar.set_mode(mode)

    def link_x(self, other: CurvePlot) -> None:
        """Keep x and crosshair in step with another plot, while the person wants that."""
        self._link = XLink([other, self.plot, self.map], self)
        self._bar.link_action.toggled.connect(self._link.set_on)
        self._bar.offer_link()

    def show_runs(self, runs: Sequence[Run]) -> None:
        """A single run is shown: see `focus_run`."""

    def focus_run(self, run: Run | None) -> None:
        """Show this run, or nothing."""
        if run is self._run:
            return
        self._run = run
        self.sampling.focus_run(run)
        if run is not None and len(run.history.rates):
            self._take_tensors(run)
        self._begin()
        self._show_elements()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        run = self._run
        if run is not None and len(run.history.rates):
            self._take_tensors(run)
        if self.mode == ELEMENTS:
            self.elements.refresh()
        elif self.mode == MAP:
            self._refresh_map()
        else:
            self._refresh_lines()
        self._name_x()

    def plots(self) -> Mapping[str, Plot]:
        """Return the plots that can be exported, hidden ones up to date too."""
        self._refresh_lines()
        self._refresh_map()
        shown = {"effective_lr": self.plot, "effective_lr_map": self.map}
        return {**shown, **self.elements.plots()}

    @Slot()
    def _refresh_lines(self) -> None:
        run = self._run
        if run is None or not len(run.history.rates):
            self._show_sentence(self.plot, why_empty(run))
            return
        match self._news(LINES, run, self.plot):
            case _News.STEPS:
                self.lines.extend(run)
            case _News.ALL:
                self.lines.draw(run)
            case _News.NONE:
                pass

    @Slot()
    def _refresh_map(self) -> None:
        run = self._run
        if run is None or not len(run.history.rates):
            self._show_sentence(self.map, why_empty(run))
        elif self._news(MAP, run, self.map) is not _News.NONE:
            self._draw_map(run)

    def _name_x(self) -> None:
        plot = self.map if self.mode == MAP else self.plot
        self.sampling.setVisible(self.mode != ELEMENTS)
        self.sampling.show_words(() if plot.message else plot.x_words)

    def _news(self, mode: str, run: Run, plot: CurvePlot) -> _News:
        """Say what a view does not show yet, and remember that it will."""
        width = round(plot.canvas.area().width())
        axes = (plot.visible_x(), plot.log_x, plot.log_y, width)
        shown = (len(run.history.rates), run.state, axes)
        before, seen = self._seen.get(mode), _Seen(run.num_steps, shown)
        self._seen[mode] = seen
        if seen == before:
            return _News.NONE
        only_steps = before is not None and before.shown == shown
        return _News.STEPS if only_steps else _News.ALL

    def _draw_map(self, run: Run) -> None:
        rates, checks = run.history.rates, self.tensors.model.checks
        if self._map_levels is None:
            self._map_levels = RateLevels(rates, self.quantity)
        visible = self.map.visible_x()
        bands = self._map_levels.read(visible, _MOST_COLUMNS)
        if not np.isfinite(bands.middle).any() and not visible:
            self.map.show_message(why_undefined(run, self.quantity))
            return
        if not any(checks):
            self.map.show_message(self.tr("No tensor is ticked; tick some in the list."))
            return
        self.map.clear_message()
        self.map.set_tensors(rates.tensors, checks)
        self.map.select(self.tensors.selected)
        self.map.set_samples(bands.steps, bands.middle, self.quantity.label)
        measured = self._map_levels.measured(visible)
        divided = are_apart(measured, visible, self.map.canvas.area().width())
        marks = self.tr("lines") if divided else ""
        notes = (
            how_sampled(measured, visible, marks),
            how_thinned(len(measured), len(bands)),
        )
        self.map.set_labels(self.tr("step"), "", *notes)
        total = run.started.total_steps if run.started else 0
        self.map.expect_x(run.num_steps if run.state.is_over else total)
        self.map.follow(exactly=run.state.is_over)

    def _take_tensors(self, run: Run) -> None:
        if run.history.rates.tensors != self.tensors.model.tensors:
            self.tensors.model.set_tensors(run.history.rates.tensors)
            self.tensors.show()
            self._show_elements()

    def _begin(self) -> None:
        """Draw another run or quantity; what of x is in view stays, if there is any."""
        self._map_levels = None
        self._seen.clear()
        self.lines.begin(self._run, self.quantity)
        visible = self.plot.visible_x()
        beyond = visible and (self._run is None or visible[0] >= self._run.num_steps)
        for plot in (self.plot, self.map):
            if beyond:
                plot.fit()
            else:
                plot.fit_y()
        self.refresh()

    @Slot()
    def _change_quantity(self) -> None:
        self._begin()

    @Slot()
    def _change_mode(self) -> None:
        pages = {LINES: self.plot, MAP: self.map, ELEMENTS: self.elements}
        self._stack.setCurrentWidget(pages[self.mode])
        self._seen.clear()
        if self.mode == ELEMENTS and self.tensors.selected is None:
            self.tensors.select(0)  # whose elements are shown is seen in the list
        self.refresh()

    @Slot()
    def _redraw(self) -> None:
        """Draw the checked tensors, the selected one before the others."""
        self._seen.clear()
        self._show_elements()
        self.refresh()

    @Slot()
    def _show_elements(self) -> None:
        facts = self.tensors.model.tensors
        has_tensors = self._run is not None and bool(self._run.history.rates.tensors)
        name = facts[self.tensors.selected or 0].name if facts and has_tensors else ""
        self.elements.show_tensor(self._run, name)

    @Slot(bool)
    def _show_bands(self, shown: bool) -> None:
        self.lines.shows_bands = shown
        self._redraw()

    @Slot()
    def _open_elements(self) -> None:
        self.set_mode(ELEMENTS)

    @Slot()
    def _fit(self) -> None:
        (self.map if self.mode == MAP else self.plot).fit()

    @Slot()
    def _recolour_list(self) -> None:
        self.tensors.recolour(self.plot.theme)

    @staticmethod
    def _show_sentence(plot: Plot, sentence: str) -> None:
        if sentence != plot.message:
            plot.show_message(sentence)

    def _connect(self) -> None:
        self.plot.view_changed.connect(self._follow_view)
        self.map.view_changed.connect(self._follow_view)
        self.plot.about_to_export.connect(self._refresh_lines)
        self.map.about_to_export.connect(self._refresh_map)
        self.plot.theme_changed.connect(self._recolour_list)
        self.map.row_clicked.connect(self.tensors.select)
        self.tensors.checks_changed.connect(self._redraw)
        self.tensors.selection_changed.connect(self._redraw)
        self.tensors.elements_wanted.connect(self._open_elements)
        self.elements.element_chosen.connect(self.element_chosen)
        self._bar.quantity_changed.connect(self._change_quantity)
        self._bar.mode_changed.connect(self._change_mode)
        self._bar.band_action.toggled.connect(self._show_bands)
        self._bar.fit_action.triggered.connect(self._fit)

    @Slot()
    def _follow_view(self) -> None:
        """Read what is in view now; of a hidden view once it is shown again."""
        if self.mode != ELEMENTS:
            self.refresh()

    def _make_page(self) -> QWidget:
        """Return the views one behind the other, above what names their x axis."""
        self._stack = QStackedWidget()
        for view in (self.plot, self.map, self.elements):
            self._stack.addWidget(view)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(self.sampling)
        return page

    def _lay_out(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("rates_splitter")
        splitter.addWidget(self._make_page())
        splitter.addWidget(self.tensors)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([472, 224])
        self.tensors.hide()  # until there are tensors to choose from
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addWidget(splitter, 1)
