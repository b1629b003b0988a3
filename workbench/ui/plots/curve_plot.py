"""A plot of curves over a number: zoom, log axes, crosshair, ranges that follow."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QMenu, QWidget
from typing_extensions import override

from workbench.core.numbers import format_short
from workbench.core.series import Floats
from workbench.ui.plots.canvas import Canvas
from workbench.ui.plots.crosshair import Crosshair
from workbench.ui.plots.items import Band, Bounds, Curve, Dots, Ink, LineStyle, Look, union
from workbench.ui.plots.plot import Plot
from workbench.ui.plots.ranges import Range, fit_range, follow_range
from workbench.ui.theme import PlotTheme

Item = Curve | Band | Dots

_MARGIN = 0.012  # of the x axis, so that a mark on the last point is not cut off
I = TypeVar("I", Curve, Band, Dots)  # noqa: E741 - the item that is added


class CurvePlot(Plot):
    """Curves, bands and dots, made once and then given new data.

    Until the person zooms, the axes follow the data (`follow`); `fit` goes back to
    that. Coordinates are always those of the data, whether or not an axis is log.
    """

    view_changed = Signal()  # another part of x, or another width in pixels

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._look = Look(self.theme)
        self._items: list[Item] = []
        self._is_following = True
        self._followed: tuple[Range, Range] | None = None  # what was last brought into view
        self._x_cap = math.inf
        self.x_name = ""
        self.canvas = Canvas()
        self.canvas.setObjectName("canvas")
        self.canvas.setAccessibleName(title)
        self.crosshair = Crosshair(self.canvas, self.curves, self._read_x, self._look)
        self._make_curve_actions()
        self.canvas.fit_requested.connect(self.fit)
        self.canvas.zoomed.connect(self._stop_following)
        self.canvas.resized.connect(self.view_changed)
        self.set_content(self.canvas)

    @property
    def is_following(self) -> bool:
        """Say whether the axes follow the data, that is, nobody has zoomed."""
        return self._is_following

    @property
    def log_x(self) -> bool:
        """Say whether the x axis is logarithmic."""
        return self.log_x_action.isChecked()

    @property
    def log_y(self) -> bool:
        """Say whether the y axis is logarithmic."""
        return self.log_y_action.isChecked()

    @property
    def width_px(self) -> int:
        """Return how many pixels of the device the x axis is long, at least 200."""
        return max(200, int(self.canvas.width() * self.pixel_scale))

    def curves(self) -> list[Curve]:
        """Return the curves that the crosshair reads: visible and with a name."""
        return [
            item
            for item in self._items
            if isinstance(item, Curve) and item.name and item.is_visible
        ]

    def add_curve(self, style: LineStyle, name: str = "", *, z: float = 0) -> Curve:
        """Add an empty curve; those of a higher z lie on top."""
        return self._add(Curve(style, name, self._look), z)

    def add_band(self, ink: Ink, *, z: float = -10) -> Band:
        """Add an empty band."""
        return self._add(Band(ink, self._look), z)

    def add_dots(self, ink: Ink, shape: str, size: float = 7, *, z: float = 10) -> Dots:
        """Add dots of a shape (disc, ring, cross) and a size in pixels."""
        return self._add(Dots(ink, shape, size, self._look), z)

    def remove(self, item: Item) -> None:
        """Take an item away."""
        self._items.remove(item)
        self.canvas.box.removeItem(item.item)

    def set_labels(self, x: str, y: str) -> None:
        """Name the axes, with units where there are any."""
        self.x_name = x
        for axis, text in ((self.canvas.bottom, x), (self.canvas.left, y)):
            if axis.labelText != text:
                axis.setLabel(text)

    def set_log(self, *, x: bool | None = None, y: bool | None = None) -> None:
        """Make axes logarithmic or linear; None leaves one as it is."""
        if x is not None:
            self.log_x_action.setChecked(x)
        if y is not None:
            self.log_y_action.setChecked(y)

    def expect_x(self, last: float) -> None:
        """Say where x is expected to end, so that the axis needs no room beyond."""
        self._x_cap = last

    def visible_x(self) -> Range | None:
        """Return what of x is in view once somebody has zoomed, else None: all."""
        if self._is_following:
            return None
        low, high = self.canvas.ranges()[0]
        return (_power(low), _power(high)) if self.log_x else (low, high)

    def follow(self, *, exactly: bool = False) -> None:
        """Bring new data into view, in steps; `exactly`: as tight as round bounds go."""
        self._remark_on_values()
        bounds = self._bounds()
        if not self._is_following or bounds is None:
            return
        x_low, x_high, y_low, y_high = bounds
        if exactly:
            found = fit_range(x_low, x_high, pad=False), fit_range(y_low, y_high)
        else:
            x, y = self._followed or (None, None)
            cap = math.log10(max(self._x_cap, 1.0)) if self.log_x else self._x_cap
            found = (
                follow_range(x, x_low, x_high, pad=False, cap=cap),
                follow_range(y, y_low, y_high),
            )
        if found != self._followed:
            self._followed = found
            x, y = found
            self.canvas.set_ranges((x[0], x[1] + _MARGIN * (x[1] - x[0])), y)

    @Slot()
    def fit(self) -> None:
        """Show everything, and follow the data again."""
        self._is_following = True
        self.view_changed.emit()
        self.follow(exactly=True)

    @override
    def paint_with(self, theme: PlotTheme, font: QFont) -> None:
        self.canvas.paint_with(theme, font, self.pixel_scale)
        self._restyle()

    @override
    def fill_menu(self, menu: QMenu) -> None:
        menu.addActions([self.fit_action, self.log_x_action, self.log_y_action])
        menu.addSeparator()
        super().fill_menu(menu)

    @override
    def _prepare_export(self, *, active: bool) -> None:
        super()._prepare_export(active=active)
        self.crosshair.hide()

    def _add(self, item: I, z: float) -> I:
        item.item.setZValue(z)
        self.canvas.box.addItem(item.item, ignoreBounds=True)
        self._items.append(item)
        return item

    def _make_curve_actions(self) -> None:
        self.fit_action = QAction(self.tr("Fit"), self)
        self.fit_action.setToolTip(
            self.tr(
                "Show everything again (double-click in the plot).\nDrag a box to zoom in; "
                "the wheel zooms, the middle button moves."
            )
        )
        self.fit_action.triggered.connect(self.fit)
        self.log_x_action = self._make_log_action(
            self.tr("Log x"), self.tr("Make the horizontal axis logarithmic.")
        )
        self.log_y_action = self._make_log_action(
            self.tr("Log y"),
            self.tr(
                "Make the vertical axis logarithmic; values at or below 0 are left out."
            ),
        )

    def _make_log_action(self, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        action.setCheckable(True)
        action.toggled.connect(self._change_axes)
        return action

    @Slot()
    def _change_axes(self) -> None:
        self.canvas.set_log(x=self.log_x, y=self.log_y)
        self.crosshair.hide()
        self._restyle()
        self.fit()

    @Slot()
    def _stop_following(self) -> None:
        self._is_following = False
        self._followed = None
        self.view_changed.emit()

    def _restyle(self) -> None:
        self._look = Look(
            self.theme, self.pixel_scale, self.is_exporting, self.log_x, self.log_y
        )
        for item in self._items:
            item.restyle(self._look)
        self.crosshair.restyle(self._look)

    def _bounds(self) -> Bounds | None:
        """Return the extent of all items, as high as those that lead the height."""
        seen = [item for item in self._items if item.is_visible and item.bounds]
        everything = union([item.bounds for item in seen if item.bounds])
        leading = union([item.bounds for item in seen if item.bounds and item.leads])
        if everything is None or leading is None:
            return everything
        return everything[:2] + leading[2:]

    def _remark_on_values(self) -> None:
        missing = any(
            item.drops_values()
            for item in self._items
            if isinstance(item, Curve) and item.is_visible
        )
        self.set_note(
            self.tr("Values at or below 0 have no place on a logarithmic axis.")
            if missing
            else ""
        )

    def _read_x(self, x: float) -> str:
        text = f"{x:,.0f}" if abs(x - round(x)) < 1e-6 else format_short(x)
        return f"{self.x_name} {text}"


def _power(exponent: float) -> float:
    return float(10.0 ** min(300.0, max(-300.0, exponent)))


def no_points() -> tuple[Floats, Floats]:
    """Return the data of an empty curve."""
    return np.empty(0), np.empty(0)
