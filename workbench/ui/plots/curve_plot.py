"""A plot of curves over a number: zoom, log axes, crosshair, ranges that follow."""

from __future__ import annotations

import math
from typing import TypeVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QMenu, QWidget
from typing_extensions import override

from workbench.core.numbers import format_short
from workbench.ui.plots.band import Band
from workbench.ui.plots.bundle import Bundle, BundleLine
from workbench.ui.plots.canvas import Canvas
from workbench.ui.plots.crosshair import Crosshair
from workbench.ui.plots.curve_actions import fit_action, log_x_action, log_y_action
from workbench.ui.plots.items import Bounds, Curve, Dots, Ink, Line, LineStyle, Look, union
from workbench.ui.plots.mesh import Mesh
from workbench.ui.plots.plot import Plot
from workbench.ui.plots.ranges import Range, fit_range, follow_range
from workbench.ui.plots.rug import Rug
from workbench.ui.theme import PlotTheme

Item = Curve | Bundle | Band | Dots | Rug | Mesh

I = TypeVar("I", Curve, Bundle, Band, Dots, Rug, Mesh)  # noqa: E741 - the item that is added


class CurvePlot(Plot):
    """Curves, bands and dots, made once and then given new data.

    Until the person zooms, the axes follow the data (`follow`); `fit` goes back to
    that. Coordinates are always those of the data, whether or not an axis is log.
    """

    x_margin = 0.012  # of the x axis, so that a mark on the last point is not cut off

    view_changed = Signal()  # another part of x, or another width in pixels

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._look = Look(self.theme)
        self._items: list[Item] = []
        self._is_following = True
        self._followed: tuple[Range, Range] | None = None  # what was last brought into view
        self._given_x: Range | None = None  # of the data, while y alone follows
        self._x_cap = math.inf
        self._remark = ""
        self._is_x_named_elsewhere = False
        self.x_name = ""
        self.x_words: tuple[str, ...] = ()  # the name, then notes
        self.canvas = self._make_canvas()
        self.canvas.setObjectName("canvas")
        self.canvas.setAccessibleName(title)
        self.crosshair = self._make_crosshair()
        self.fit_action = fit_action(self)
        self.fit_action.triggered.connect(self.fit)
        self.log_x_action, self.log_y_action = log_x_action(self), log_y_action(self)
        for action in (self.log_x_action, self.log_y_action):
            action.toggled.connect(self._change_axes)
        self.canvas.fit_requested.connect(self.fit)
        self.canvas.zoomed.connect(self._stop_following)
        self.canvas.resized.connect(self.view_changed)
        self.set_content(self._make_content())

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

    def curves(self) -> list[Line]:
        """Return the lines that the crosshair reads: visible and with a name."""
        lines: list[Curve | BundleLine] = []
        for item in self._items:
            if isinstance(item, Curve):
                lines.append(item)
            elif isinstance(item, Bundle):
                lines.extend(item.lines)
        return [line for line in lines if line.name and line.is_visible]

    def add_curve(self, style: LineStyle, name: str = "", *, z: float = 0) -> Curve:
        """Add an empty curve; those of a higher z lie on top."""
        return self._add(Curve(style, name, self._look), z)

    def add_bundle(self, *, z: float = 0) -> Bundle:
        """Add a bundle without lines."""
        return self._add(Bundle(self._look), z)

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

    def add_rug(self, ink: Ink, length_px: float, *, z: float = 15) -> Rug:
        """Add short marks that stand on the x axis."""
        return self._add(Rug(ink, length_px, self._look), z)

    def set_labels(self, x: str, y: str, *x_notes: str) -> None:
        """Name the axes, with units where there are any; notes stand beside x."""
        self.x_name = x
        self.x_words = tuple(filter(None, (x, *x_notes)))
        x_text = " · ".join(self.x_words)
        for axis, text in ((self.canvas.bottom, x_text), (self.canvas.left, y)):
            if axis.labelText != text:
                axis.setLabel(text)

    def name_x_elsewhere(self) -> None:
        """Leave the name of the x axis to another widget, but not in pictures."""
        self._is_x_named_elsewhere = True
        self.canvas.bottom.name_elsewhere(elsewhere=True)

    def set_remark(self, text: str) -> None:
        """Say something about the data above the plot; an empty text takes no room."""
        self._remark = text
        self._remark_on_values()

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
            return self._given_x
        low, high = self.canvas.ranges()[0]
        return (_power(low), _power(high)) if self.log_x else (low, high)

    def follow(self, *, exactly: bool = False) -> None:
        """Bring new data into view, in steps; `exactly`: as tight as round bounds go."""
        self._remark_on_values()
        bounds = self._bounds()
        if not self._is_following or bounds is None:
            return
        x, y = (None, None) if exactly else (self._followed or (None, None))
        found = self._follow_x(x, bounds[:2], exactly=exactly), self._follow_y(y, bounds)
        if found != self._followed:
            self._followed = found
            (low, high), up = found
            margin = 0.0 if self._given_x else self.x_margin * (high - low)
            self.canvas.set_ranges((low, high + margin), up)

    @Slot()
    def fit(self) -> None:
        """Show everything, and follow the data again."""
        self._is_following = True
        self._given_x = None
        self.view_changed.emit()
        self.follow(exactly=True)

    def fit_y(self) -> None:
        """Follow the data upwards again, for other data; what of x is in view stays."""
        self._given_x = self.visible_x()
        self._is_following = True
        self.view_changed.emit()
        self.follow(exactly=True)

    def show_x(self, wanted: Range | None) -> None:
        """Bring this part of x into view, None: all; y goes on following the data."""
        if wanted == self.visible_x():
            return
        if wanted is None:
            self.fit()
            return
        if self._is_following:
            self._given_x, self._followed = wanted, None
        self.canvas.set_ranges(self._as_drawn(wanted), self.canvas.ranges()[1])
        self.view_changed.emit()

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
        if self._is_x_named_elsewhere:
            self.canvas.bottom.name_elsewhere(elsewhere=not active)

    def _add(self, item: I, z: float) -> I:
        item.item.setZValue(z)
        self.canvas.box.addItem(item.item, ignoreBounds=True)
        self._items.append(item)
        return item

    def _make_canvas(self) -> Canvas:
        """Make the surface; overridden where it has other axes."""
        return Canvas()

    def _make_crosshair(self) -> Crosshair:
        """Make what reads the plot; overridden where it has more than curves."""
        return Crosshair(self.canvas, self.curves, self._read_x, self._look)

    def _make_content(self) -> QWidget:
        """Return the canvas; overridden where something stands beside it."""
        return self.canvas

    def _follow_x(
        self, current: Range | None, extent: tuple[float, float], *, exactly: bool
    ) -> Range:
        """Return what of the x axis is to be in view."""
        if self._given_x is not None:
            return self._as_drawn(self._given_x)
        if exactly:
            return fit_range(*extent, pad=False)
        cap = math.log10(max(self._x_cap, 1.0)) if self.log_x else self._x_cap
        return follow_range(current, *extent, pad=False, cap=cap)

    def _follow_y(self, current: Range | None, bounds: Bounds) -> Range:
        """Return what of the y axis is to be in view."""
        return follow_range(current, *bounds[2:])

    def _as_drawn(self, span: Range) -> Range:
        if not self.log_x:
            return span
        low, high = (math.log10(max(edge, 1e-300)) for edge in span)
        return (low, high) if span[0] > 0 else (min(0.0, high - 1), high)

    @Slot()
    def _change_axes(self) -> None:
        other_x = self._look.log_x != self.log_x
        self.canvas.set_log(x=self.log_x, y=self.log_y)
        self.crosshair.hide()
        self._restyle()
        if other_x:
            self.fit()
        else:
            self.fit_y()

    @Slot()
    def _stop_following(self) -> None:
        self._is_following = False
        self._given_x = self._followed = None
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
            if isinstance(item, Curve | Bundle) and item.is_visible
        )
        text = self.tr("Values at or below 0 have no place on a logarithmic axis.")
        self.set_note(" ".join(filter(None, (self._remark, text if missing else ""))))

    def _read_x(self, x: float) -> str:
        text = f"{x:,.0f}" if abs(x - round(x)) < 1e-6 else format_short(x)
        return f"{self.x_name} {text}"


def _power(exponent: float) -> float:
    return float(10.0 ** min(300.0, max(-300.0, exponent)))
