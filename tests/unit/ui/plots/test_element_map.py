import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from workbench.core.elements import ElementArrays, ElementKind
from workbench.ui.plots.colour_scale import ramp_colour
from workbench.ui.plots.element_map import ElementMap
from workbench.ui.plots.place_axis import PlaceAxis

WORDS = {kind: kind.value for kind in ElementKind}


@pytest.fixture
def plot(qtbot: QtBot) -> ElementMap:
    plot = ElementMap("Elements")
    plot.set_words(WORDS)
    qtbot.addWidget(plot)
    plot.resize(600, 400)
    plot.show()
    return plot


def arrays_of(shape: tuple[int, ...], tensor: str = "hidden.weight") -> ElementArrays:
    rng = np.random.default_rng(0)
    signed = rng.standard_normal(shape).astype(np.float32)
    arrays = {kind: signed + place for place, kind in enumerate(ElementKind)}
    arrays[ElementKind.RATE] = np.exp(signed)
    return ElementArrays(tensor, 8, arrays)


def _numbers(plot: ElementMap) -> list[tuple[float, str]]:
    return [(round(place, 6), text.replace("−", "-")) for place, text in plot.bar.ticks()]


def click(plot: ElementMap, qtbot: QtBot, row: float, column: float) -> None:
    place = plot.canvas.pixel_of(column, row).toPoint()
    qtbot.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_that_a_click_on_a_matrix_gives_row_and_column(
    plot: ElementMap, qtbot: QtBot
) -> None:
    plot.set_arrays(arrays_of((6, 9)), ElementKind.VALUE)
    with qtbot.waitSignal(plot.element_clicked) as clicked:
        click(plot, qtbot, 4.5, 7.5)
    assert clicked.args == [(4, 7)]


def test_that_a_click_on_a_kernel_gives_all_four_parts_of_the_index(
    plot: ElementMap, qtbot: QtBot
) -> None:
    plot.set_arrays(arrays_of((4, 2, 3, 3)), ElementKind.VALUE)
    with qtbot.waitSignal(plot.element_clicked) as clicked:
        click(plot, qtbot, 4 + 1.5, 3 * 4 + 2.5)  # outputs go along x: there are more
    assert clicked.args == [(3, 1, 1, 2)]


def test_that_a_click_between_kernels_chooses_nothing(
    plot: ElementMap, qtbot: QtBot
) -> None:
    plot.set_arrays(arrays_of((4, 2, 3, 3)), ElementKind.VALUE)
    with qtbot.assertNotEmitted(plot.element_clicked):
        click(plot, qtbot, 3.5, 1.5)


@pytest.mark.parametrize("kind", [ElementKind.UPDATE, ElementKind.VALUE])
def test_that_signed_numbers_are_coloured_around_zero(
    plot: ElementMap, kind: ElementKind
) -> None:
    arrays = arrays_of((2, 2))
    arrays.arrays[kind] = np.array([[-2.0, 2.0], [0.0, np.nan]], dtype=np.float32)
    plot.set_arrays(arrays, kind)
    scale = plot.mesh.scale
    assert scale.diverging
    assert scale.low == -scale.high == pytest.approx(-2)
    image = plot.mesh.image
    low, high = (ramp_colour(plot.theme, end, diverging=True) for end in (0, 1))
    assert image.pixelColor(0, 0).rgb() == low.rgb()
    assert image.pixelColor(1, 0).rgb() == high.rgb()
    assert image.pixelColor(1, 1).alpha() == 0
    assert any(float(text) == 0 and place == 0.5 for place, text in _numbers(plot))


def test_that_rates_are_coloured_by_their_logarithm(plot: ElementMap) -> None:
    arrays = arrays_of((1, 3))
    arrays.arrays[ElementKind.RATE] = np.array([[1e-4, 1e-3, 1e-2]], dtype=np.float32)
    plot.set_arrays(arrays, ElementKind.RATE)
    assert plot.mesh.scale.log
    assert (plot.mesh.scale.low, plot.mesh.scale.high) == pytest.approx((-4, -2))


def test_that_the_readout_has_the_index_and_every_number_of_the_element(
    plot: ElementMap,
) -> None:
    arrays = arrays_of((6, 9))
    plot.set_arrays(arrays, ElementKind.GRADIENT)
    plot.crosshair.move_to(QPointF(7.5, 4.5))
    readout = plot.crosshair.readout
    assert readout.heading == "hidden.weight[4, 7]"
    assert [reading.name for reading in readout.readings] == list(WORDS.values())
    value = float(arrays.arrays[ElementKind.VALUE][4, 7])
    assert float(readout.readings[-1].value) == pytest.approx(value, rel=1e-3)


def test_that_a_chosen_element_is_framed_until_another_tensor_comes(
    plot: ElementMap,
) -> None:
    plot.set_arrays(arrays_of((6, 9)), ElementKind.VALUE)
    plot.choose((4, 7))
    frame = plot.mesh.item.frame
    assert (frame.x(), frame.y()) == (7, 4)
    plot.set_arrays(arrays_of((6, 9), "other"), ElementKind.VALUE)
    assert plot.mesh.item.frame.isNull()


def test_that_the_axes_say_what_rows_and_columns_are(plot: ElementMap) -> None:
    plot.set_arrays(arrays_of((64, 10)), ElementKind.VALUE)
    assert plot.canvas.left.labelText == "row (output)"
    assert plot.canvas.left.places[20.5] == "20"
    plot.set_arrays(arrays_of((4, 2, 3, 3)), ElementKind.VALUE)
    assert plot.canvas.bottom.labelText == "output channel"
    assert plot.canvas.bottom.places[4 + 1.5] == "1"


def test_that_kernels_keep_their_shape_within_bounds(plot: ElementMap) -> None:
    plot.set_arrays(arrays_of((32, 1, 3, 3)), ElementKind.VALUE)
    origin, corner = plot.canvas.pixel_of(0, 0), plot.canvas.pixel_of(1, 1)
    width, height = corner.x() - origin.x(), corner.y() - origin.y()
    assert 0.3 < height / width < 3.1


def test_that_a_matrix_too_large_is_drawn_in_part_and_says_so(plot: ElementMap) -> None:
    plot.set_arrays(arrays_of((2, 5000)), ElementKind.VALUE)
    assert "1 in 3" in plot.note
    plot.set_arrays(arrays_of((2, 50)), ElementKind.VALUE)
    assert plot.note == ""


def test_that_the_one_row_of_a_bias_has_no_number(plot: ElementMap) -> None:
    plot.set_arrays(arrays_of((16,), "hidden.bias"), ElementKind.VALUE)
    left, bottom = plot.canvas.left, plot.canvas.bottom
    assert isinstance(left, PlaceAxis)
    assert isinstance(bottom, PlaceAxis)
    assert left.places == {}
    assert bottom.places[0.5] == "0"
    plot.set_arrays(arrays_of((16, 3)), ElementKind.VALUE)
    assert left.places[0.5] == "0"


@pytest.mark.parametrize("size", [1.2e-4, 0.99, 1.6, 7.3])
def test_that_a_low_colour_bar_has_a_number_on_either_side_of_zero(
    plot: ElementMap, size: float
) -> None:
    plot.resize(300, 140)
    arrays = {kind: np.array([[-size, size]], dtype=np.float32) for kind in ElementKind}
    plot.set_arrays(ElementArrays("w", 1, arrays), ElementKind.GRADIENT)
    places = [place for place, _ in _numbers(plot)]
    assert len(places) >= 3
    assert places[0] < 0.5 < places[-1]
