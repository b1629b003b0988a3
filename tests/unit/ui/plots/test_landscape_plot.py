import numpy as np
import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from workbench.ui.plots.contours import Bowl
from workbench.ui.plots.export import render
from workbench.ui.plots.landscape_plot import LandscapePlot, thinned


@pytest.fixture
def plot(qtbot: QtBot) -> LandscapePlot:
    plot = LandscapePlot("Loss landscape")
    qtbot.addWidget(plot)
    plot.resize(500, 400)
    plot.set_bowl(Bowl(4.0, 1.0))
    plot.show_box((-1.0, 1.0), (-1.0, 1.0), exactly=True)
    return plot


def test_that_the_box_is_in_view_with_room_around_it(plot: LandscapePlot) -> None:
    for low, high in plot.canvas.ranges():
        assert -1.6 < low < -1.0
        assert 1.0 < high < 1.6


def test_that_a_zoomed_view_stays_until_it_is_fitted(plot: LandscapePlot) -> None:
    plot.canvas.set_ranges((0.0, 0.1), (0.0, 0.1))
    plot.canvas.zoomed.emit()
    plot.show_box((-9.0, 9.0), (-9.0, 9.0), exactly=True)
    assert plot.canvas.ranges()[0] == (0.0, 0.1)
    plot.fit()
    assert plot.canvas.ranges()[0][0] < -9.0


def test_that_contours_follow_the_view(plot: LandscapePlot) -> None:
    whole = plot.levels()[-1]
    plot.canvas.set_ranges((-0.01, 0.01), (-0.01, 0.01))
    assert plot.levels()[-1] < 1e-3 * whole


def test_that_a_unit_can_be_equally_long_on_both_axes(
    qtbot: QtBot, plot: LandscapePlot
) -> None:
    plot.show()
    plot.equal_action.trigger()
    (x_low, x_high), (y_low, y_high) = plot.canvas.ranges()
    area = plot.canvas.area()
    across, up = area.width() / (x_high - x_low), area.height() / (y_high - y_low)
    assert across == pytest.approx(up, rel=0.03)


def test_that_the_ground_is_darkest_at_the_minimum(plot: LandscapePlot) -> None:
    picture = render(plot, 500, 400, 1.0)
    # right of the axis numbers, on both sides of the contours' centre
    centre = plot.canvas.pixel_of(0.03, 0.03).toPoint()
    edge = plot.canvas.pixel_of(0.9, 0.95).toPoint()
    top = plot.height() - plot.canvas.height()
    grounds = [
        picture.pixelColor(place.x(), place.y() + top).lightness()
        for place in (centre, edge)
    ]
    assert grounds[0] < grounds[1]


def test_that_no_axis_can_be_logarithmic(plot: LandscapePlot) -> None:
    menu = QMenu()
    plot.fill_menu(menu)
    assert plot.log_x_action not in menu.actions()
    assert plot.equal_action in menu.actions()


def test_that_thinning_drops_only_points_on_the_pixel_of_the_one_before() -> None:
    view = (0.0, 3.0), (0.0, 3.0)  # cells of 0.001
    zigzag = np.array([[0.5, 0.1], [0.5, 2.9]] * 50)
    assert len(thinned(zigzag, *view)) == 100
    still = np.array([[0.5, 0.5], *[[1.0005, 1.0005]] * 50, [2.0, 2.0]])
    assert thinned(still, *view).tolist() == [[0.5, 0.5], [1.0005, 1.0005], [2.0, 2.0]]


def test_that_thinning_keeps_the_ends_and_what_is_not_finite() -> None:
    points = np.array([[1.0, 1.0], [1.0, 1.0], [np.nan, 1.0], [np.inf, 1.0], [1.0, 1.0]])
    kept = thinned(points, (0.0, 3.0), (0.0, 3.0))
    assert len(kept) == 4
    assert kept[0].tolist() == kept[-1].tolist() == [1.0, 1.0]
