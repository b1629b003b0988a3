import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import LineStyle
from workbench.ui.plots.x_link import XLink
from workbench.ui.theme import PlotTheme


def red(_theme: PlotTheme) -> QColor:
    return QColor("#ff0000")


def make_plot(qtbot: QtBot, factor: float) -> CurvePlot:
    plot = CurvePlot("plot")
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    plot.set_labels("step", "y")
    x = np.arange(1.0, 101.0)
    plot.add_curve(LineStyle(red), "curve").set_data(x, factor * x)
    plot.follow()
    plot.show()
    return plot


@pytest.fixture
def pair(qtbot: QtBot) -> tuple[CurvePlot, CurvePlot]:
    return make_plot(qtbot, 1.0), make_plot(qtbot, 10.0)


def zoom(plot: CurvePlot, low: float, high: float) -> None:
    plot.canvas.set_ranges((low, high), plot.canvas.ranges()[1])
    plot.canvas.zoomed.emit()


def x_of(plot: CurvePlot) -> tuple[float, float]:
    return plot.canvas.ranges()[0]


def test_that_zooming_into_either_brings_the_same_into_view_in_both(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    XLink(pair, one)
    zoom(one, 20, 40)
    assert x_of(other) == (20, 40)
    assert other.visible_x() == (20, 40)
    zoom(other, 30, 35)
    assert x_of(one) == pytest.approx((30, 35))


def test_that_the_other_goes_on_following_its_data_upwards(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    XLink(pair, one)
    zoom(one, 20, 40)
    other.curves()[0].set_data(np.array([20.0, 40.0]), np.array([5.0, 6.0]))
    other.follow()
    low, high = other.canvas.ranges()[1]
    assert low <= 5
    assert 6 <= high < 20
    assert x_of(other) == (20, 40)


def test_that_fitting_either_shows_everything_in_both(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    XLink(pair, one)
    before = x_of(other)
    zoom(one, 20, 40)
    other.fit()
    assert one.visible_x() is None
    assert other.visible_x() is None
    assert x_of(other) == before


def test_that_a_logarithmic_axis_shows_the_same_data(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    other.set_log(x=True)
    XLink(pair, one)
    zoom(one, 10, 100)
    assert x_of(other) == pytest.approx((1, 2))
    assert other.visible_x() == (10, 100)


def test_that_the_crosshair_of_either_stands_at_the_same_step_in_both(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    XLink(pair, one)
    one.crosshair.move_to(QPointF(41.8, 40))
    assert other.crosshair.readout.heading == "step 42"
    assert other.crosshair.readout.readings[0].value == "420"
    other.crosshair.move_to(QPointF(7, 40))
    assert one.crosshair.readout.heading == "step 7"
    other.canvas.pointer_left.emit()
    assert not one.crosshair.readout.isVisible()


def test_that_a_crosshair_beyond_the_other_data_is_not_drawn_there(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    XLink(pair, one)
    other.curves()[0].set_data(np.array([1.0, 2.0, 3.0]), np.ones(3))
    one.crosshair.move_to(QPointF(50, 40))
    assert not other.crosshair.readout.isVisible()


def test_that_plots_over_other_things_are_left_alone(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    XLink(pair, one)
    other.set_labels("epoch", "y")
    before = x_of(other)
    zoom(one, 20, 40)
    one.crosshair.move_to(QPointF(30, 40))
    assert x_of(other) == before
    assert not other.crosshair.readout.isVisible()


def test_that_the_link_can_be_let_go_and_taken_up_from_the_first(
    pair: tuple[CurvePlot, CurvePlot],
) -> None:
    one, other = pair
    link = XLink(pair, one)
    link.set_on(False)
    before = x_of(other)
    zoom(one, 20, 40)
    assert x_of(other) == before
    link.set_on(True)
    assert x_of(other) == (20, 40)
