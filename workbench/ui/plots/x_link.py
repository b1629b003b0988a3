"""Links plots along x: what is in view, and where the crosshair stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot

from workbench.ui.plots.curve_plot import CurvePlot


class XLink(QObject):
    """Passes the range of x and the crosshair of each plot on to all others.

    Only among plots whose x means the same, that is, has the same name. What is passed
    on is in the coordinates of the data, so one axis may be logarithmic.
    """

    def __init__(self, plots: Sequence[CurvePlot], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plots = tuple(plots)
        self._is_on = True
        self._is_passing = False
        for plot in self._plots:
            _Arm(self, plot)

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        """Link the plots, all of them to what the first shows, or let them go."""
        self._is_on = on
        if on:
            self.pass_range(self._plots[0])

    def pass_range(self, source: CurvePlot) -> None:
        """Bring the part of x that one plot shows into view in the others."""
        if self._is_passing or not self._is_on:
            return
        self._is_passing = True
        for other in self._others(source):
            other.show_x(source.visible_x())
        self._is_passing = False

    def pass_crosshair(self, source: CurvePlot, x: float | None) -> None:
        """Put the crosshairs of the others at x; None takes them away."""
        if not self._is_on:
            return
        for other in self._others(source):
            if x is None:
                other.crosshair.hide()
            elif other.isVisible() and not other.message:
                other.crosshair.show_at(x)

    def _others(self, source: CurvePlot) -> list[CurvePlot]:
        return [p for p in self._plots if p is not source and p.x_name == source.x_name]


class _Arm(QObject):
    """Listens to one plot."""

    def __init__(self, link: XLink, plot: CurvePlot) -> None:
        super().__init__(link)
        self._link, self._plot = link, plot
        plot.view_changed.connect(self._pass_range)
        plot.crosshair.moved.connect(self._pass_crosshair)
        plot.crosshair.left.connect(self._take_away)

    @Slot()
    def _pass_range(self) -> None:
        self._link.pass_range(self._plot)

    @Slot(float)
    def _pass_crosshair(self, x: float) -> None:
        self._link.pass_crosshair(self._plot, x)

    @Slot()
    def _take_away(self) -> None:
        self._link.pass_crosshair(self._plot, None)
