import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from tests.helpers.runs import make_tensors
from workbench.ui.plots.colour_scale import ramp_colour
from workbench.ui.plots.place_axis import PlaceAxis
from workbench.ui.plots.rate_map import RateMap


@pytest.fixture
def plot(qtbot: QtBot) -> RateMap:
    plot = RateMap("Map")
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.set_labels("step", "")
    plot.show()
    return plot


def show(plot: RateMap, values: np.ndarray, *, every: int = 1, layers: int = 0) -> None:
    layers = layers or values.shape[1] // 2
    plot.set_tensors(make_tensors(layers), [True] * (2 * layers))
    plot.set_samples(np.arange(1.0, len(values) + 1) * every, values, "rate")
    plot.follow(exactly=True)


def colour_at(plot: RateMap, x: float, y: float) -> QColor:
    image: QImage = plot.canvas.grab().toImage()
    place = plot.canvas.pixel_of(x, y) * image.devicePixelRatio()
    return image.pixelColor(place.toPoint())


def is_near(one: QColor, other: QColor) -> bool:
    pairs = zip(one.getRgb(), other.getRgb(), strict=True)
    return all(abs(a - b) <= 3 for a, b in pairs)


def test_that_each_cell_has_the_colour_of_its_logarithm(plot: RateMap) -> None:
    values = np.array([[1e-4, 1e-3], [1e-2, 1e-1]])
    show(plot, values)
    assert (plot.scale.low, plot.scale.high) == (-4, -1)
    assert (plot.mesh.image.width(), plot.mesh.image.height()) == (2, 2)
    for sample, row in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = (np.log10(values[sample, row]) + 4) / 3
        wanted = ramp_colour(plot.theme, float(share), diverging=False)
        assert is_near(plot.mesh.image.pixelColor(sample, row), wanted)
        assert is_near(colour_at(plot, sample + 0.5, row + 0.5), wanted)


def test_that_the_first_tensor_is_the_uppermost(plot: RateMap) -> None:
    show(plot, np.array([[1.0, 10.0]]))
    assert plot.canvas.pixel_of(1, 0.5).y() < plot.canvas.pixel_of(1, 1.5).y()


def test_that_nothing_is_drawn_after_the_last_sample(plot: RateMap) -> None:
    show(plot, np.full((3, 2), 0.1), every=8)
    assert plot.mesh.bounds is not None
    assert plot.mesh.bounds[:2] == (0, 24)
    assert colour_at(plot, 24.3, 0.5) == plot.theme.background
    assert colour_at(plot, 23.7, 0.5) != plot.theme.background


def test_that_a_gap_between_samples_stays_empty(plot: RateMap) -> None:
    plot.set_tensors(make_tensors(1), [True, True])
    steps = np.array([8.0, 16, 24, 80, 88, 96])
    plot.set_samples(steps, np.full((6, 2), 0.1), "rate")
    plot.follow(exactly=True)
    assert colour_at(plot, 49, 0.5) == plot.theme.background
    assert colour_at(plot, 76, 0.5) != plot.theme.background
    assert plot.read_cell(QPointF(49, 0.5)) is None


def test_that_cells_without_a_value_are_hatched_and_read_as_such(plot: RateMap) -> None:
    values = np.full((2, 2), 0.1)
    values[1, 0] = np.nan
    show(plot, values)
    assert plot.mesh.image.pixelColor(1, 0).alpha() == 0
    image = plot.canvas.grab().toImage()
    corner = plot.canvas.pixel_of(1.2, 0.2).toPoint()
    seen = {
        image.pixelColor(corner.x() + i, corner.y() + j).rgb()
        for i in range(12)
        for j in range(12)
    }
    assert len(seen) > 1  # lines on the background
    found = plot.read_cell(QPointF(1.5, 0.5))
    assert found is not None
    assert found[2][0].value == "no value"


def test_that_zeros_have_the_colour_of_the_low_end_and_read_as_zero(
    plot: RateMap,
) -> None:
    show(plot, np.array([[0.0, 1.0], [0.01, 1.0]]))
    lowest = ramp_colour(plot.theme, 0, diverging=False)
    assert plot.mesh.image.pixelColor(0, 0) == lowest
    found = plot.read_cell(QPointF(0.5, 0.5))
    assert found is not None
    assert found[2][0].value == "0"


def test_that_the_crosshair_reads_tensor_step_and_value(plot: RateMap) -> None:
    show(plot, np.array([[1e-4, 1e-3], [1e-2, 0.123]]), every=8)
    plot.crosshair.move_to(QPointF(12.0, 1.5))
    readout = plot.crosshair.readout
    assert readout.isVisible()
    assert readout.heading == "step 16"
    assert [(r.name, r.value) for r in readout.readings] == [("layers.0.bias", "0.123")]
    plot.crosshair.move_to(QPointF(12.0, 7.0))
    assert not readout.isVisible()


def test_that_another_plots_crosshair_reads_the_selected_tensor(plot: RateMap) -> None:
    show(plot, np.array([[1e-4, 1e-3], [1e-2, 0.123]]))
    plot.crosshair.show_at(2.0)
    assert plot.crosshair.readout.readings == ()
    plot.select(1)
    plot.crosshair.show_at(2.0)
    assert plot.crosshair.readout.readings[0].value == "0.123"


def test_that_a_click_names_the_tensor_of_its_row(plot: RateMap, qtbot: QtBot) -> None:
    plot.set_tensors(make_tensors(2), [False, True, False, True])
    plot.set_samples(np.array([1.0]), np.full((1, 4), 0.1), "rate")
    plot.follow(exactly=True)
    with qtbot.waitSignal(plot.row_clicked) as clicked:
        place = plot.canvas.pixel_of(0.5, 1.5).toPoint()
        qtbot.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args == [3]


def test_that_new_samples_are_put_beside_the_known_ones(plot: RateMap) -> None:
    rng = np.random.default_rng(0)
    values = 10 ** rng.uniform(-4, -1, (60, 4))
    steps = np.arange(1.0, 61)
    plot.set_tensors(make_tensors(2), [True] * 4)
    for count in (1, 20, 21, 60):
        plot.set_samples(steps[:count], values[:count], "rate")
    grown = plot.mesh.image.copy()
    fresh = RateMap("Map")
    fresh.set_tensors(make_tensors(2), [True] * 4)
    fresh.set_samples(steps, values, "rate")
    assert grown == fresh.mesh.image


def test_that_another_quantity_at_the_same_steps_is_drawn_anew(plot: RateMap) -> None:
    show(plot, np.full((3, 2), 0.1))
    plot.set_samples(np.arange(1.0, 4), np.full((3, 2), 1e-6), "other")
    assert plot.scale.high < -5
    assert plot.bar.name == "other"


def test_that_the_colour_bar_is_labelled_with_powers_of_ten(plot: RateMap) -> None:
    show(plot, np.array([[1e-5, 1e-2]]))
    assert [text for _, text in plot.bar.ticks()] == ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²"]
    assert [place for place, _ in plot.bar.ticks()] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_that_few_rows_are_named_by_tensor_and_many_by_layer(plot: RateMap) -> None:
    axis = plot.canvas.left
    assert isinstance(axis, PlaceAxis)
    show(plot, np.full((2, 10), 0.1))
    assert list(axis.places.values())[:2] == ["layers.0.weight", "layers.0.bias"]
    show(plot, np.full((2, 200), 0.1))
    assert len(axis.places) == 100
    assert axis.places[0.5] == "layers.0"
    drawn = axis.tickValues(0, 200, 300)[0][1]
    assert 10 <= len(drawn) <= 300 / 12


def test_that_a_rows_frame_hides_no_cell(plot: RateMap) -> None:
    values = np.full((50, 200), 0.1)
    values[0, 0] = 1e-5
    show(plot, values)
    before = colour_at(plot, 25.5, 80.5)
    plot.select(80)
    assert colour_at(plot, 25.5, 80.5) == before


def test_that_a_narrow_colour_bar_has_round_numbers_between_the_decades(
    plot: RateMap,
) -> None:
    show(plot, np.array([[0.02, 0.3]]))
    numbers = {text: place for place, text in plot.bar.ticks()}
    assert {"0.02", "0.05", "0.1", "0.2"} <= set(numbers)
    span = plot.scale.high - plot.scale.low
    assert numbers["0.1"] == pytest.approx((-1 - plot.scale.low) / span)


def test_that_close_rates_get_numbers_of_two_digits(plot: RateMap) -> None:
    show(plot, np.array([[1.3e-5, 1.4e-5]]))
    texts = [text for _, text in plot.bar.ticks()]
    assert texts == ["1.3·10⁻⁵", "1.4·10⁻⁵", "1.6·10⁻⁵"]


def test_that_the_last_number_of_the_axis_is_not_cut_off(plot: RateMap) -> None:
    show(plot, np.full((100, 2), 0.1), every=10_000)
    half = plot.canvas.fontMetrics().horizontalAdvance("1,000,000") / 2
    assert plot.canvas.pixel_of(1e6, 0.0).x() + half <= plot.canvas.width()


def test_that_wide_columns_are_divided_where_their_step_was_measured(
    plot: RateMap,
) -> None:
    show(plot, np.full((100, 2), 0.1), every=32)
    cell = colour_at(plot, 1616.0, 0.5)
    plot.canvas.set_ranges((1600.0, 1728.0), plot.canvas.ranges()[1])
    assert is_near(colour_at(plot, 1632.0, 0.5), plot.theme.background)
    assert is_near(colour_at(plot, 1648.0, 0.5), cell)


def test_that_narrow_columns_are_not_divided(plot: RateMap) -> None:
    show(plot, np.full((300, 2), 0.1))
    cell = colour_at(plot, 150.5, 0.5)
    assert all(is_near(colour_at(plot, x, 0.5), cell) for x in (150.0, 151.0, 152.0))
