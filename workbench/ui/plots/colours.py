"""Colours by number: mixing and ramps in OKLab, contrast, and the palette of runs.

OKLab (Björn Ottosson, 2020) is a space in which equal distances look equally far
apart, so mixtures and ramps in it look even. Contrast is that of WCAG 2.2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

Vector = npt.NDArray[np.float64]

# Okabe and Ito, 2008: told apart with any kind of colour vision. The last, black,
# stands for the text colour, which is readable on its background by definition.
_OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
NUM_RUN_COLOURS = len(_OKABE_ITO) + 1

# Anchors of viridis (Smith and van der Walt, 2015), evenly spaced from 0 to 1.
_VIRIDIS = (
    "#440154",
    "#482878",
    "#3e4a89",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6dcd59",
    "#b4de2c",
    "#fde725",
)

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def luminance(colour: QColor) -> float:
    """Return the relative luminance, from 0 (black) to 1 (white)."""
    return float(_linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of two colours, from 1 (none) to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """Return the colour that is `share` (0 to 1) of the way from one to the other."""
    return QColor(_mixed(one.rgb(), other.rgb(), share))


def ensure_contrast(colour: QColor, background: QColor, least: float = 3.0) -> QColor:
    """Darken or lighten a colour, its hue kept, until it is readable.

    3.0 is what WCAG asks of graphical objects.
    """
    lab, step = _to_lab(colour), 0.01 if luminance(background) < 0.18 else -0.01
    result = colour
    while contrast(result, background) < least and 0 <= lab[0] <= 1:
        lab[0] += step
        result = _from_lab(lab)
    return result


def run_colour(index: int, background: QColor, text: QColor) -> QColor:
    """Return the colour of a run by its position in the palette, which repeats."""
    place = index % NUM_RUN_COLOURS
    if place == len(_OKABE_ITO):
        return text
    least = 4.2 if luminance(background) < 0.18 else 3.0  # thin lines glow less on dark
    return ensure_contrast(QColor(_OKABE_ITO[place]), background, least)


def depth_colour(fraction: float, background: QColor) -> QColor:
    """Return the colour of a layer by its depth in the network, from 0 to 1.

    The part of viridis that can be read on the background: dark to green on light,
    blue to yellow on dark.
    """
    return QColor(_depth(min(1.0, max(0.0, fraction)), background.rgb()))


def viridis(fraction: float) -> QColor:
    """Return a colour of viridis, from 0 (dark) to 1 (light)."""
    place = fraction * (len(_VIRIDIS) - 1)
    index = min(int(place), len(_VIRIDIS) - 2)
    return mix(QColor(_VIRIDIS[index]), QColor(_VIRIDIS[index + 1]), place - index)


def diverging_colour(fraction: float, background: QColor) -> QColor:
    """Return a colour from blue (0) over nearly the background (0.5) to orange (1).

    The ends are told apart with any kind of colour vision; the farther from the
    middle, the more a colour stands out, on light and on dark ground.
    """
    end = QColor(_OKABE_ITO[0] if fraction < 0.5 else _OKABE_ITO[1])
    far = abs(2 * fraction - 1)
    return mix(mix(background, QColor("#808080"), 0.06), _strong(end, background), far)


# A plot of two hundred tensors asks for the same few hundred colours again and again.
@lru_cache(maxsize=4096)
def _mixed(one: int, other: int, share: float) -> int:
    labs = _to_lab(QColor(one)), _to_lab(QColor(other))
    return _from_lab((1 - share) * labs[0] + share * labs[1]).rgb()


@lru_cache(maxsize=4096)
def _depth(fraction: float, background: int) -> int:
    ground = QColor(background)
    low, high = (0.25, 1.0) if luminance(ground) < 0.18 else (0.0, 0.72)
    return ensure_contrast(viridis(low + (high - low) * fraction), ground, 2.4).rgb()


def _strong(colour: QColor, background: QColor) -> QColor:
    least = 7.0 if luminance(background) < 0.18 else 4.5
    return ensure_contrast(colour, background, least)


def _linear(colour: QColor) -> Vector:
    rgb = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _to_lab(colour: QColor) -> Vector:
    lab: Vector = _TO_LAB @ np.cbrt(_TO_LMS @ _linear(colour))
    return lab


def _from_lab(lab: Vector) -> QColor:
    linear = np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, lab) ** 3).clip(0, 1)
    rgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return QColor.fromRgbF(*(float(part) for part in rgb.clip(0, 1)))
