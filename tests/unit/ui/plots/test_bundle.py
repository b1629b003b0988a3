import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from workbench.ui.plots.bundle import Bundle, BundleLine
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import LineStyle
from workbench.ui.theme import PlotTheme

RED, BLUE = QColor("#ff0000"), QColor("#0000ff")
STEPS = np.arange(1.0, 12.0)


def red(_theme: PlotTheme) -> QColor:
    return RED


def blue(_theme: PlotTheme) -> QColor:
    return BLUE


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    plot = CurvePlot("Rates")
    qtbot.addWidget(plot)
    plot.resize(600, 400)
    plot.set_labels("step", "rate")
    plot.show()
    return plot


def bundle_of(plot: CurvePlot, *, width: float = 4.0) -> Bundle:
    bundle = plot.add_bundle()
    bundle.set_lines(
        [
            BundleLine(LineStyle(ink, width=width), name)
            for ink, name in ((red, "conv.weight"), (blue, "conv.bias"))
        ]
    )
    return bundle


def levels(*heights: float) -> np.ndarray:
    """Return lines that are flat."""
    return np.tile(np.array(heights), (len(STEPS), 1))


def colour_at(plot: CurvePlot, x: float, y: float) -> QColor:
    picture: QImage = plot.canvas.grab().toImage()
    return QColor(picture.pixel(plot.canvas.pixel_of(x, y).toPoint()))


def test_that_each_line_is_painted_in_its_colour(plot: CurvePlot) -> None:
    bundle_of(plot).set_data(STEPS, levels(1.0, 2.0), [True, True])
    plot.follow()
    assert colour_at(plot, 5.5, 1.0) == RED
    assert colour_at(plot, 5.5, 2.0) == BLUE


def test_that_a_hidden_line_is_neither_painted_nor_read(plot: CurvePlot) -> None:
    bundle_of(plot).set_data(STEPS, levels(1.0, 2.0), [True, False])
    plot.canvas.set_ranges((0.0, 12.0), (0.0, 3.0))
    assert colour_at(plot, 5.5, 2.0) != BLUE
    assert [line.name for line in plot.curves()] == ["conv.weight"]


def test_that_the_line_in_front_lies_on_top(plot: CurvePlot) -> None:
    bundle = bundle_of(plot)
    bundle.set_data(STEPS, levels(1.0, 1.0), [True, True])
    plot.follow()
    assert colour_at(plot, 5.5, 1.0) == BLUE
    bundle.set_styles([line.style for line in bundle.lines], front=0)
    assert colour_at(plot, 5.5, 1.0) == RED


def test_that_nothing_is_painted_where_a_value_is_missing(plot: CurvePlot) -> None:
    values = levels(1.0, 2.0)
    values[5, 0] = np.nan
    bundle_of(plot).set_data(STEPS, values, [True, True])
    plot.follow()
    assert colour_at(plot, 6.0, 1.0) != RED
    assert colour_at(plot, 3.0, 1.0) == RED
    assert colour_at(plot, 9.0, 1.0) == RED
    assert colour_at(plot, 6.0, 2.0) == BLUE


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf, 1e308])
def test_that_a_value_without_a_place_on_a_log_axis_costs_only_itself(
    plot: CurvePlot, bad: float
) -> None:
    values = levels(1.0, 1000.0)
    values[5, 0] = bad
    bundle = bundle_of(plot)
    bundle.set_data(STEPS, values, [True, True])
    plot.set_log(y=True)
    assert bundle.bounds == (1.0, 11.0, 0.0, 3.0)
    assert ("at or below 0" in plot.note) is (bad <= 0)


def test_that_values_left_out_of_hidden_lines_are_not_spoken_of(plot: CurvePlot) -> None:
    bundle_of(plot).set_data(STEPS, levels(1.0, 0.0), [True, False])
    plot.set_log(y=True)
    assert plot.note == ""


def test_that_the_crosshair_reads_all_lines(plot: CurvePlot) -> None:
    bundle_of(plot).set_data(STEPS, levels(1.0, 2.0), [True, True])
    plot.follow()
    plot.crosshair.move_to(QPointF(4.2, 1.5))
    readings = plot.crosshair.readout.readings
    assert [(r.name, r.value) for r in readings] == [
        ("conv.weight", "1"),
        ("conv.bias", "2"),
    ]


def test_that_single_samples_are_seen_by_their_dots(plot: CurvePlot) -> None:
    bundle = bundle_of(plot, width=2.0)
    bundle.set_data(STEPS[:1], levels(1.0, 2.0)[:1], [True, True], [True, False])
    plot.canvas.set_ranges((0.0, 2.0), (0.0, 3.0))
    assert colour_at(plot, 1.0, 1.0) == RED
    assert colour_at(plot, 1.0, 2.0) != BLUE


def test_that_a_bundle_without_points_breaks_nothing(plot: CurvePlot) -> None:
    bundle = bundle_of(plot)
    plot.grab()
    bundle.set_data(STEPS, levels(np.nan, np.nan), [True, True])
    plot.follow()
    plot.grab()
    assert bundle.bounds is None
