from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from workbench.ui.plots.colours import contrast
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Dash, LineStyle, Look
from workbench.ui.theme import PlotTheme, dark_palette, light_palette


def red(_theme: PlotTheme) -> QColor:
    return QColor("#ff0000")


def of_text(theme: PlotTheme) -> QColor:
    return theme.text


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    plot = CurvePlot("Loss")
    qtbot.addWidget(plot)
    plot.resize(600, 400)
    plot.set_labels("step", "loss")
    plot.show()
    return plot


def x_of(plot: CurvePlot) -> tuple[float, float]:
    return plot.canvas.ranges()[0]


def y_of(plot: CurvePlot) -> tuple[float, float]:
    return plot.canvas.ranges()[1]


def test_that_the_crosshair_reads_every_curve_at_its_place(plot: CurvePlot) -> None:
    steps = np.arange(1.0, 11.0)
    plot.add_curve(LineStyle(red), "train").set_data(steps, steps**2)
    plot.add_curve(LineStyle(red, Dash.DASHED), "test").set_data(steps, 2 * steps)
    plot.follow()
    plot.crosshair.move_to(QPointF(4.2, 10))
    readout = plot.crosshair.readout
    assert readout.isVisible()
    assert readout.heading == "step 4"
    assert [(r.name, r.value) for r in readout.readings] == [("train", "16"), ("test", "8")]
    plot.canvas.pointer_left.emit()
    assert not readout.isVisible()


def test_that_curves_without_a_name_or_hidden_ones_are_not_read(plot: CurvePlot) -> None:
    plot.add_curve(LineStyle(red)).set_data(np.arange(3.0), np.arange(3.0))
    hidden = plot.add_curve(LineStyle(red), "hidden")
    hidden.set_data(np.arange(3.0), np.arange(3.0))
    hidden.set_visible(False)
    plot.crosshair.move_to(QPointF(1, 1))
    assert not plot.crosshair.readout.isVisible()


def test_that_a_curve_that_ended_earlier_is_not_read_beyond_it(
    plot: CurvePlot,
) -> None:
    plot.add_curve(LineStyle(red), "long").set_data(np.arange(100.0), np.ones(100))
    plot.add_curve(LineStyle(red), "short").set_data(np.arange(10.0), np.ones(10))
    plot.follow()
    plot.crosshair.move_to(QPointF(50, 1))
    assert [r.name for r in plot.crosshair.readout.readings] == ["long"]


def test_that_of_very_many_curves_the_nearest_are_read(plot: CurvePlot) -> None:
    for level in range(30):
        curve = plot.add_curve(LineStyle(red), f"tensor {level}")
        curve.set_data(np.arange(5.0), np.full(5, float(level)))
    plot.follow()
    plot.crosshair.move_to(QPointF(2, 20))
    readout = plot.crosshair.readout
    assert [r.name for r in readout.readings] == [f"tensor {i}" for i in range(25, 13, -1)]
    assert readout.rest == "and 18 more"


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf, -np.inf, 1e308])
def test_that_a_value_without_a_place_on_a_log_axis_costs_only_itself(
    plot: CurvePlot, bad: float
) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    curve.set_data(np.arange(1.0, 6.0), np.array([1.0, 10.0, bad, 100.0, 1000.0]))
    plot.set_log(y=True)
    assert curve.bounds == (1.0, 5.0, 0.0, 3.0)
    low, high = y_of(plot)
    assert -0.5 < low <= 0.0
    assert 3.0 <= high < 3.5


@pytest.mark.parametrize(("values", "remarked"), [([1.0, 0.0], True), ([1.0, 2.0], False)])
def test_that_values_left_out_of_a_log_axis_are_spoken_of(
    plot: CurvePlot, values: list[float], remarked: bool
) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    curve.set_data(np.arange(len(values), dtype=float), np.array(values))
    plot.set_log(y=True)
    assert ("at or below 0" in plot.note) is remarked
    plot.set_log(y=False)
    assert plot.note == ""


def test_that_log_x_keeps_all_but_the_zero(plot: CurvePlot) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    curve.set_data(np.array([0.0, 1.0, 10.0, 100.0]), np.ones(4))
    plot.set_log(x=True)
    assert curve.bounds == (0.0, 2.0, 1.0, 1.0)


def test_that_a_curve_of_nothing_but_gaps_breaks_nothing(plot: CurvePlot) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    curve.set_data(np.arange(3.0), np.full(3, np.nan))
    plot.follow()
    plot.grab()
    assert curve.bounds is None


def test_that_bad_points_are_told_with_the_height_before_them(plot: CurvePlot) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    curve.set_data(np.arange(4.0), np.array([1.0, 5.0, np.nan, np.inf]))
    x, y = curve.bad_points()
    assert x.tolist() == [2.0, 3.0]
    assert y.tolist() == [5.0, 5.0]


def test_that_ranges_stay_while_data_grows_inside_them(plot: CurvePlot) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    seen = set()
    for count in range(100, 1000, 10):
        curve.set_data(np.arange(float(count)), np.linspace(1, 0, count))
        plot.follow()
        seen.add(plot.canvas.ranges())
        assert x_of(plot)[1] >= count - 1
    assert len(seen) < 15


def test_that_a_zoomed_plot_no_longer_follows_until_it_is_fitted(plot: CurvePlot) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    curve.set_data(np.arange(100.0), np.arange(100.0))
    plot.follow()
    assert plot.visible_x() is None
    plot.canvas.set_ranges((10.0, 20.0), (10.0, 20.0))
    plot.canvas.zoomed.emit()
    curve.set_data(np.arange(1000.0), np.arange(1000.0))
    plot.follow()
    assert plot.visible_x() == (10.0, 20.0)
    plot.canvas.fit_requested.emit()
    assert plot.visible_x() is None
    assert x_of(plot)[1] >= 999


def test_that_a_dragged_box_becomes_the_view_and_a_double_click_ends_it(
    plot: CurvePlot, qtbot: QtBot
) -> None:
    plot.add_curve(LineStyle(red), "loss").set_data(np.arange(101.0), np.arange(101.0))
    plot.follow()
    plot.grab()  # finds out how wide the axes must be
    QApplication.sendPostedEvents()
    view = plot.canvas.viewport()
    start = plot.canvas.pixel_of(20, 80).toPoint()
    end = plot.canvas.pixel_of(60, 40).toPoint()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, start + QPoint(30, 30))
    qtbot.mouseMove(view, end)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    low, high = x_of(plot)
    assert low == pytest.approx(20, abs=1)
    assert high == pytest.approx(60, abs=1)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start)
    assert plot.is_following
    assert x_of(plot) == pytest.approx((0, 100), rel=0.02)


def test_that_the_menu_offers_what_the_plot_can_do(plot: CurvePlot) -> None:
    place = plot.canvas.geometry().center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, plot.mapToGlobal(place)
    )
    QApplication.sendEvent(plot, event)
    (menu,) = plot.findChildren(QMenu)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Fit", "Log x", "Log y", "Legend", "Copy image", "Export PNG…"]
    menu.close()


def test_that_copying_puts_a_picture_on_the_clipboard(plot: CurvePlot) -> None:
    plot.copy_action.trigger()
    assert QApplication.clipboard().image().width() == 2 * plot.width()


def test_that_another_palette_recolours_everything(plot: CurvePlot) -> None:
    curve = plot.add_curve(LineStyle(of_text), "loss")
    curve.set_data(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    plot.follow()
    for palette in (dark_palette(), light_palette()):
        plot.setPalette(palette)
        image = plot.grab().toImage()
        ground = palette.base().color()
        assert image.pixelColor(3, 3).name() == ground.name()
        middle = plot.canvas.pixel_of(0.5, 0.5).toPoint() + plot.canvas.pos()
        line = [image.pixelColor(middle + QPoint(0, dy)) for dy in (-1, 0, 1)]
        assert max(contrast(colour, ground) for colour in line) > 7


def test_that_the_empty_state_takes_the_place_of_the_plot(plot: CurvePlot) -> None:
    plot.show_message("Press Train.")
    assert plot.message == "Press Train."
    assert not plot.canvas.isVisible()
    plot.clear_message()
    assert plot.message == ""
    assert plot.canvas.isVisible()


def test_that_dense_lines_stay_one_pixel_on_screen_and_grow_in_pictures() -> None:
    theme = PlotTheme.from_palette(light_palette())
    style = LineStyle(red, dense=True)
    assert Look(theme, scale=2.0).pen(style).widthF() == 1.0
    assert Look(theme, scale=2.0, exporting=True).pen(style).widthF() == 2.0
    assert Look(theme, scale=2.0).pen(LineStyle(red)).widthF() == 2.0


def test_that_a_removed_curve_is_gone(plot: CurvePlot) -> None:
    curve = plot.add_curve(LineStyle(red), "loss")
    curve.set_data(np.arange(3.0), np.arange(3.0))
    plot.remove(curve)
    assert plot.curves() == []
    assert curve.item.scene() is None


def test_that_a_band_down_to_zero_reaches_below_a_log_axis(plot: CurvePlot) -> None:
    band = plot.add_band(red)
    band.set_data(np.arange(3.0), np.array([0.0, 0.0, 0.1]), np.array([1.0, 1.0, 1.0]))
    plot.set_log(y=True)
    assert band.item.boundingRect().top() < -10
    assert band.bounds == (0.0, 2.0, -1.0, 0.0)


def test_that_a_palette_event_for_an_unfinished_plot_is_harmless(qtbot: QtBot) -> None:
    plot = CurvePlot("x")
    qtbot.addWidget(plot)
    QApplication.sendEvent(plot, QEvent(QEvent.Type.FontChange))
    assert plot.theme.background == plot.palette().base().color()


def test_that_the_readings_never_outgrow_a_low_plot(plot: CurvePlot, qtbot: QtBot) -> None:
    for i in range(12):
        curve = plot.add_curve(LineStyle(of_text), f"tensor {i}")
        curve.set_data(np.arange(5.0), np.full(5, float(i)))
    plot.resize(600, 170)
    plot.follow(exactly=True)
    qtbot.waitUntil(lambda: plot.canvas.height() < 170)
    plot.crosshair.move_to(QPointF(2, 5))
    readout = plot.crosshair.readout
    assert 1 <= len(readout.readings) < 12
    assert plot.rect().contains(readout.geometry())
    assert readout.rest == f"and {12 - len(readout.readings)} more"


@pytest.fixture
def small_plot(qtbot: QtBot) -> Iterator[CurvePlot]:
    """Return a plot in the corner of a window, with a line in it."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    plot = CurvePlot("Loss", window)
    plot.setGeometry(20, 200, 120, 120)
    line = plot.add_curve(LineStyle(of_text), "a long name of a tensor")
    line.set_data(np.arange(5.0), np.arange(5.0))
    plot.follow()
    window.show()
    yield plot
    window.close()  # held until here


def test_that_the_readings_of_a_small_plot_are_not_cut_off(small_plot: CurvePlot) -> None:
    small_plot.crosshair.move_to(QPointF(2, 2))
    readout = small_plot.crosshair.readout
    assert readout.isVisible()
    assert readout.width() > small_plot.width()
    assert readout.size() == readout.sizeHint()
    assert small_plot.window().rect().contains(readout.geometry())


def test_that_the_readings_go_with_the_plot(small_plot: CurvePlot) -> None:
    small_plot.crosshair.move_to(QPointF(2, 2))
    small_plot.hide()
    assert not small_plot.crosshair.readout.isVisible()
