import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from workbench.ui.plots.element_histogram import ElementHistogram, spread_of


@pytest.fixture
def plot(qtbot: QtBot) -> ElementHistogram:
    plot = ElementHistogram("Elements")
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    return plot


def test_that_sizes_are_counted_on_a_logarithmic_axis_whatever_their_sign() -> None:
    spread = spread_of(np.array([0.011, -0.012, 1.05, 0.0, -0.0, np.nan, np.inf]))
    assert spread.counts.sum() == 3
    assert spread.counts[0] == 2
    assert spread.counts[-1] == 1
    assert (spread.num_zero, spread.num_bad, spread.num_elements) == (2, 2, 7)
    assert spread.edges[0] == pytest.approx(-2)


def test_that_each_value_lies_between_the_edges_of_its_bin() -> None:
    rng = np.random.default_rng(0)
    values = 10 ** rng.uniform(-7, 2, 5000)
    spread = spread_of(values)
    for low, high, count in zip(
        spread.edges[:-1], spread.edges[1:], spread.counts, strict=True
    ):
        inside = (np.log10(values) >= low) & (np.log10(values) < high)
        assert inside.sum() == count


def test_that_quantiles_are_those_of_the_sizes() -> None:
    spread = spread_of(-np.arange(1.0, 102.0))
    assert spread.quantiles == pytest.approx((6, 51, 96))


def test_that_many_decades_still_make_few_bins() -> None:
    assert len(spread_of(np.array([1e-40, 1e20])).counts) <= 120


def test_that_a_huge_tensor_is_counted_in_part_and_says_so(plot: ElementHistogram) -> None:
    plot.set_values(np.ones(4_000_001, dtype=np.float32), "rate", None)
    assert "4,000,001 elements, 1 of 3 counted" in plot.describe()


def test_that_zeros_and_bad_numbers_are_told_in_words(plot: ElementHistogram) -> None:
    plot.set_values(np.array([1.0, 2.0, 0.0, np.nan]), "rate", None)
    assert "1 exactly 0" in plot.describe()
    assert "1 without a finite value" in plot.describe()
    plot.set_values(np.array([1.0, 2.0]), "rate", None)
    assert "none exactly 0" in plot.describe()
    assert "finite" not in plot.describe()


def test_that_a_tensor_of_zeros_leaves_no_bars_and_says_why(plot: ElementHistogram) -> None:
    plot.set_values(np.ones(5), "rate", None)
    plot.set_values(np.zeros(5), "rate", 0.1)
    assert plot.describe() == "5 elements · 5 exactly 0"
    assert not plot.nominal.is_visible


def test_that_the_nominal_rate_stands_among_the_bars_where_there_is_one(
    plot: ElementHistogram,
) -> None:
    plot.set_values(np.array([0.01, 0.1]), "rate", 0.001)
    assert plot.nominal.is_visible
    assert set(plot.nominal.x.tolist()) == {0.001}
    plot.set_values(np.array([0.01, 0.1]), "gradient", None)
    assert not plot.nominal.is_visible


def test_that_the_crosshair_reads_the_count_of_its_bar(plot: ElementHistogram) -> None:
    plot.show()
    plot.set_values(np.array([0.011, 0.0115, 0.5]), "rate", None)
    plot.crosshair.move_to(QPointF(np.log10(0.0112), 1.0))
    assert plot.crosshair.readout.readings[0].value == "2"
    plot.crosshair.move_to(QPointF(-1.0, 1.0))
    assert plot.crosshair.readout.readings[0].value == "0"


def test_that_a_picture_says_in_words_what_the_screen_says_above(
    plot: ElementHistogram,
) -> None:
    plot.set_values(np.array([1.0, 0.0]), "rate", None)
    assert plot.summary == ""
    with plot.exporting(plot.size(), 2.0, None):
        assert "1 exactly 0" in plot.summary
    assert plot.summary == ""


def test_that_a_nominal_rate_at_the_end_stands_off_the_axis(plot: ElementHistogram) -> None:
    plot.set_values(np.array([2e-3, 5e-3, 3e-2]), "rate", nominal=1e-3)
    low, high = plot.canvas.ranges()[0]
    assert low < -3 - 0.02 * (high - low)


def test_that_a_narrow_histogram_has_every_decade_numbered(plot: ElementHistogram) -> None:
    plot.resize(190, 240)
    plot.show()
    plot.set_values(np.array([5e-6, 6e-6, 1e-5]), "rate", nominal=1e-3)
    axis = plot.canvas.bottom
    ticks = axis.logTickValues(*plot.canvas.ranges()[0], plot.canvas.area().width(), [])
    assert ticks[0][1] == [-5.0, -4.0, -3.0]


def test_that_elements_are_counted_in_whole_numbers(plot: ElementHistogram) -> None:
    plot.show()
    plot.set_values(np.array([0.1, 0.12, 0.5]), "value", nominal=None)
    axis = plot.canvas.left
    spacings = [spacing for spacing, _ in axis.tickSpacing(0.0, 2.0, 300)]
    assert spacings
    assert all(spacing >= 1 for spacing in spacings)


def test_that_a_picture_of_nothing_has_no_numbers(plot: ElementHistogram) -> None:
    plot.set_values(np.array([0.1, 0.5]), "value", nominal=None)
    plot.show_message("Waiting.")
    with plot.exporting(plot.size(), 1.0, None):
        assert plot.summary == ""
