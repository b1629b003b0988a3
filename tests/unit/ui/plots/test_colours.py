import pytest
from PySide6.QtGui import QColor

from workbench.ui.plots.colours import (
    NUM_RUN_COLOURS,
    contrast,
    depth_colour,
    ensure_contrast,
    luminance,
    mix,
    run_colour,
)

GROUNDS = [("#ffffff", "#1d2126"), ("#181a1e", "#e4e7eb")]


def test_that_contrast_is_that_of_wcag() -> None:
    assert contrast(QColor("white"), QColor("black")) == pytest.approx(21)
    # The example of a grey that just passes AA for text on white.
    assert contrast(QColor("#767676"), QColor("white")) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("ground", "text"), GROUNDS)
def test_that_every_run_colour_can_be_seen_on_any_ground(ground: str, text: str) -> None:
    for index in range(NUM_RUN_COLOURS):
        colour = run_colour(index, QColor(ground), QColor(text))
        assert contrast(colour, QColor(ground)) >= 2.99


@pytest.mark.parametrize(("ground", "text"), GROUNDS)
def test_that_run_colours_differ_and_then_repeat(ground: str, text: str) -> None:
    names = [
        run_colour(i, QColor(ground), QColor(text)).name() for i in range(NUM_RUN_COLOURS)
    ]
    assert len(set(names)) == NUM_RUN_COLOURS
    assert run_colour(NUM_RUN_COLOURS, QColor(ground), QColor(text)).name() == names[0]


@pytest.mark.parametrize(("ground", "text"), GROUNDS)
def test_that_depth_grows_lighter_evenly(ground: str, text: str) -> None:
    del text
    ramp = [luminance(depth_colour(i / 8, QColor(ground))) for i in range(9)]
    assert ramp == sorted(ramp)
    assert ramp[-1] > 2 * ramp[0]


def test_that_a_mixture_ends_at_its_parts() -> None:
    one, other = QColor("#0072b2"), QColor("#ffffff")
    assert mix(one, other, 0.0).name() == "#0072b2"
    assert mix(one, other, 1.0).name() == "#ffffff"


def test_that_a_readable_colour_stays_as_it_is() -> None:
    assert ensure_contrast(QColor("#0072b2"), QColor("white")).name() == "#0072b2"
