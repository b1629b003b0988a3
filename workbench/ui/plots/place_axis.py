"""An axis of places with names instead of numbers: rows, columns, tiles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF
from typing_extensions import override

from workbench.ui.plots.axis import Axis
from workbench.ui.theme import PlotTheme

_WIDEST_NAME = 132.0
_ROOM = 1.15  # of a name's height, or of its width, that it needs


class PlaceAxis(Axis):
    """Names at the middle of their places; as many as there is room for."""

    _is_ready = False  # the base class sets a label in its constructor

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._places: dict[float, str] = {}
        self._font = QFont()
        self._is_ready = True
        self.setGrid(False)

    @property
    def places(self) -> dict[float, str]:
        """Return the names by their places."""
        return dict(self._places)

    def set_places(self, middles: Sequence[float], names: Sequence[str]) -> None:
        """Name these places, in rising order; names too long are cut in the middle."""
        places = dict(zip(middles, names, strict=True))
        if places != self._places:
            self._places = places
            self._make_room()

    @override
    def paint_with(self, theme: PlotTheme, font: QFont, scale: float) -> None:
        super().paint_with(theme, font, scale)
        self.setTickPen(self.pen())
        self._font = font
        self._make_room()

    @override
    def setLabel(self, text: str | None = None, **kwargs: object) -> None:
        super().setLabel(text, **kwargs)
        if self._is_ready:
            self._make_room()

    @override
    def tickValues(
        self, minVal: float, maxVal: float, size: float
    ) -> list[tuple[float, list[float]]]:
        low, high = sorted((minVal, maxVal))
        inside = [place for place in self._places if low <= place <= high]
        if not inside or high <= low:
            return [(1.0, [])]
        needed = self._needed(inside) * (high - low) / size
        chosen = [inside[0]]
        for place in inside:
            if place - chosen[-1] >= needed:
                chosen.append(place)
        return [(1.0, chosen)]

    @override
    def tickStrings(
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        return [self._shortened(self._places[value]) for value in values]

    def _needed(self, places: Sequence[float]) -> float:
        """Return how many pixels a name takes along the axis."""
        metrics = QFontMetricsF(self._font)
        if self.orientation == "left":
            return metrics.height() * _ROOM
        names = (self._shortened(self._places[place]) for place in places)
        return max(map(metrics.horizontalAdvance, names)) * _ROOM + 6

    def _make_room(self) -> None:
        self.picture = None
        if self.orientation == "left":
            metrics = QFontMetricsF(self._font)
            names = map(self._shortened, self._places.values())
            widest = max(map(metrics.horizontalAdvance, names), default=0.0)
            label = metrics.height() if self.labelText else 0.0
            self.setWidth(widest + label + 14)
        self.update()

    def _shortened(self, name: str) -> str:
        return QFontMetricsF(self._font).elidedText(
            name, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME
        )
