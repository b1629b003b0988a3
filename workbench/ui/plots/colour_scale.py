"""Numbers as colours: scales, ramps whose steps look equal, and indexed pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from workbench.ui.plots.colours import diverging_colour, viridis
from workbench.ui.theme import PlotTheme

Numbers = npt.NDArray[np.floating]
Indices = npt.NDArray[np.uint8]

LEVELS = 254  # colours of a ramp; two more indices stand for what has none
GAP = 254  # between the cells: the background
NO_VALUE = 255  # a cell without a value: transparent
_WIDE_LOG = 1.2  # decades
_WIDEST_LOG = 8.0  # decades; beyond, a few outliers may leave the scale
_OUTLIERS = 0.005  # share of the values on each side


@dataclass(frozen=True)
class ColourScale:
    """What the ends of a colour bar are worth.

    `low` and `high` are exponents of ten where `log`. A `diverging` scale has 0 in its
    middle. `clips_low` and `clips_high` say that values lie beyond.
    """

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    diverging: bool = False
    clips_low: bool = False
    clips_high: bool = False

    def indices(self, drawn: Numbers) -> Indices:
        """Return the position on the ramp of values as drawn; NaN: no value."""
        with np.errstate(invalid="ignore", over="ignore"):
            place = (drawn - self.low) * ((LEVELS - 1) / (self.high - self.low))
            place = np.rint(np.clip(place, 0, LEVELS - 1))
        return np.where(np.isnan(drawn), NO_VALUE, place).astype(np.uint8)


def log_scale(exponents: Numbers) -> ColourScale:
    """Return the scale for these logarithms: round ones around those that are finite.

    Half decades, tenths where all lies close together.
    """
    finite = exponents[np.isfinite(exponents)]
    if not len(finite):
        return ColourScale(-1.0, 0.0, log=True)
    lowest, highest = float(finite.min()), float(finite.max())
    low, high = lowest, highest
    if highest - lowest > _WIDEST_LOG:
        low, high = np.quantile(finite, (_OUTLIERS, 1 - _OUTLIERS)).tolist()
    parts = 2 if high - low > _WIDE_LOG else 10
    low = math.floor(parts * low + 1e-6) / parts
    high = math.ceil(parts * high - 1e-6) / parts
    return ColourScale(
        low,
        max(high, low + 1 / parts),
        log=True,
        clips_low=lowest < low - 1e-6,
        clips_high=highest > high + 1e-6,
    )


def signed_scale(values: Numbers) -> ColourScale:
    """Return the scale around 0 that all but a few of these values lie on."""
    sizes = np.abs(values[np.isfinite(values)])
    if not len(sizes) or not sizes.max():
        return ColourScale(-1.0, 1.0, diverging=True)
    edge = float(np.quantile(sizes, 1 - _OUTLIERS)) or float(sizes.max())
    clips = bool(sizes.max() > edge * (1 + 1e-6))
    return ColourScale(-edge, edge, diverging=True, clips_low=clips, clips_high=clips)


def colour_table(theme: PlotTheme, *, diverging: bool) -> list[int]:
    """Return the ramp as the colour table of an indexed image, for all its indices."""
    return list(_table(theme.background.name(), diverging=diverging))


def ramp_colour(theme: PlotTheme, fraction: float, *, diverging: bool) -> QColor:
    """Return the colour at a place of the ramp, from 0 to 1."""
    if diverging:
        return diverging_colour(fraction, theme.background)
    return viridis(fraction)


def indexed_image(indices: Indices, table: list[int]) -> QImage:
    """Return indices, shape (rows, columns), as a picture that owns its pixels."""
    rows, columns = indices.shape
    data = np.ascontiguousarray(indices)
    picture = QImage(data.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    picture.setColorTable(table)
    return picture.copy()


@lru_cache(maxsize=8)
def _table(background: str, *, diverging: bool) -> tuple[int, ...]:
    ground = QColor(background)
    fractions = [level / (LEVELS - 1) for level in range(LEVELS)]
    if diverging:
        colours = [diverging_colour(fraction, ground) for fraction in fractions]
    else:
        colours = [viridis(fraction) for fraction in fractions]
    return (*(colour.rgba() for colour in colours), ground.rgba(), 0)
