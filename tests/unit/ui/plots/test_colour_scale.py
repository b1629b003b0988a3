import numpy as np
import pytest
from PySide6.QtGui import QColor

from workbench.ui.plots.colour_scale import (
    GAP,
    LEVELS,
    NO_VALUE,
    ColourScale,
    colour_table,
    indexed_image,
    log_scale,
    signed_scale,
)
from workbench.ui.plots.colours import contrast, luminance
from workbench.ui.theme import PlotTheme, dark_palette, light_palette

THEMES = [PlotTheme.from_palette(light_palette()), PlotTheme.from_palette(dark_palette())]


def test_that_half_decades_enclose_wide_values() -> None:
    scale = log_scale(np.array([-3.7, -1.2, np.nan, -np.inf]))
    assert (scale.low, scale.high) == (-4.0, -1.0)
    assert not scale.clips_low
    assert not scale.clips_high


def test_that_values_close_together_get_a_narrow_scale() -> None:
    scale = log_scale(np.array([-1.03, -0.72]))
    assert (scale.low, scale.high) == pytest.approx((-1.1, -0.7))


def test_that_equal_values_get_a_scale_all_the_same() -> None:
    scale = log_scale(np.array([-3.0, -3.0]))
    assert scale.low <= -3 < scale.high


def test_that_nothing_finite_gets_a_scale() -> None:
    assert log_scale(np.array([np.nan, -np.inf])).low == -1


def test_that_few_outliers_over_many_decades_leave_the_scale_and_that_is_told() -> None:
    scale = log_scale(np.concatenate((np.linspace(-4, -2, 1000), [-30.0])))
    assert scale.low >= -4.5
    assert scale.clips_low
    assert not scale.clips_high


def test_that_a_signed_scale_has_zero_in_its_middle() -> None:
    scale = signed_scale(np.array([-0.5, 0.2, np.nan]))
    assert scale.low == -scale.high
    assert scale.high == pytest.approx(0.5, rel=0.01)
    assert scale.indices(np.array([0.0])).tolist() == [round((LEVELS - 1) / 2)]


def test_that_zeros_alone_have_a_signed_scale() -> None:
    assert signed_scale(np.zeros(3)).high == 1.0


def test_that_positions_are_those_of_the_ramp_and_nan_is_none_of_them() -> None:
    scale = ColourScale(-4, -2, log=True)
    values = np.array([-4.0, -3.0, -2.0, -9.0, 0.0, -np.inf, np.nan])
    top = LEVELS - 1
    assert scale.indices(values).tolist() == [0, round(top / 2), top, 0, top, 0, NO_VALUE]


@pytest.mark.parametrize("theme", THEMES)
def test_that_the_sequential_ramp_grows_lighter_all_the_way(theme: PlotTheme) -> None:
    table = colour_table(theme, diverging=False)
    lights = [luminance(QColor.fromRgba(rgba)) for rgba in table[:LEVELS:11]]
    assert lights == sorted(lights)
    assert len(set(lights)) == len(lights)
    assert table[NO_VALUE] == 0
    assert QColor.fromRgba(table[GAP]) == theme.background


@pytest.mark.parametrize("theme", THEMES)
def test_that_the_diverging_ramp_stands_out_more_the_farther_from_zero(
    theme: PlotTheme,
) -> None:
    table = colour_table(theme, diverging=True)
    seen = [contrast(QColor.fromRgba(c), theme.background) for c in table[:LEVELS]]
    middle = LEVELS // 2
    assert seen[0] > seen[middle // 2] > seen[middle]
    assert seen[-1] > seen[middle + middle // 2] > seen[middle]
    assert min(seen[0], seen[-1]) > 4


def test_that_a_picture_has_a_pixel_for_each_index() -> None:
    table = colour_table(THEMES[0], diverging=False)
    indices = np.array([[0, 10, 20], [30, 40, NO_VALUE]], dtype=np.uint8)
    image = indexed_image(indices, table)
    assert (image.width(), image.height()) == (3, 2)
    assert image.pixelColor(1, 1).rgba() == table[40]
    assert image.pixelColor(2, 1).alpha() == 0
