import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.helpers.runs import add_rates, add_steps, finished_run, noisy_losses, start_run
from workbench.core.elements import ElementArrays, ElementKind
from workbench.core.events import RunFinished
from workbench.core.run import Run
from workbench.ui.docks.rates_bar import ELEMENTS, LINES
from workbench.ui.docks.rates_view import RatesView

WEIGHT, BIAS = "layers.0.weight", "layers.0.bias"


@pytest.fixture
def view(qtbot: QtBot) -> RatesView:
    view = RatesView()
    qtbot.addWidget(view)
    view.resize(1000, 600)
    view.show()
    return view


def training_run() -> Run:
    run = start_run()
    add_steps(run, noisy_losses(16))
    add_rates(run, samples=2, layers=2, every=8)
    return run


def put(run: Run, tensor: str = WEIGHT, shape: tuple[int, ...] = (64, 32)) -> None:
    """Put the elements of a step into the tap, as the training thread does."""
    values = np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    arrays = dict.fromkeys(ElementKind, values)
    arrays[ElementKind.RATE] = np.abs(values) + 1e-3
    run.history.elements.latest = ElementArrays(tensor, 16, arrays)


def words(view: RatesView) -> str:
    return view.findChild(QLabel, "elements_words").text()


def test_that_elements_are_asked_for_only_while_somebody_looks(view: RatesView) -> None:
    run = training_run()
    tap = run.history.elements
    view.focus_run(run)
    assert tap.wanted is None
    view.set_mode(ELEMENTS)
    assert tap.wanted == WEIGHT
    view.tensors.select(1)
    assert tap.wanted == BIAS
    view.set_mode(LINES)
    assert tap.wanted is None
    view.set_mode(ELEMENTS)
    view.hide()
    assert tap.wanted is None
    view.show()
    assert tap.wanted == BIAS


def test_that_another_run_takes_the_tap_and_the_first_is_let_go(view: RatesView) -> None:
    one, other = training_run(), training_run()
    view.set_mode(ELEMENTS)
    view.focus_run(one)
    view.focus_run(other)
    assert (one.history.elements.wanted, other.history.elements.wanted) == (None, WEIGHT)
    view.focus_run(None)
    assert other.history.elements.wanted is None


def test_that_the_tensor_is_asked_for_once_it_is_known(view: RatesView) -> None:
    run = start_run()
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    assert run.history.elements.wanted is None
    add_steps(run, [1.0])
    add_rates(run, samples=1, layers=1)
    view.refresh()
    assert run.history.elements.wanted == WEIGHT


def test_that_the_newest_elements_are_shown_as_histogram_and_map(view: RatesView) -> None:
    run = training_run()
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    assert f"next measured step of {WEIGHT}" in view.elements.histogram.message
    put(run)
    view.refresh()
    assert view.elements.histogram.message == ""
    assert view.elements.histogram.spread is not None
    assert view.elements.histogram.spread.num_elements == 2048
    image = view.elements.map.mesh.image
    assert (image.width(), image.height()) == (32, 64)
    assert f"{WEIGHT}, step 16" in words(view)


def test_that_elements_of_another_tensor_are_not_shown_as_this_ones(
    view: RatesView,
) -> None:
    run = training_run()
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    put(run, BIAS, (64,))
    view.refresh()
    assert "Waiting" in view.elements.histogram.message


def test_that_the_kind_can_be_switched_and_signed_kinds_diverge(view: RatesView) -> None:
    run = training_run()
    put(run)
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    assert view.elements.map.mesh.scale.log
    view.elements.set_kind(ElementKind.GRADIENT)
    assert view.elements.map.mesh.scale.diverging
    assert view.elements.map.bar.name == "gradient g"


def test_that_the_nominal_rate_is_marked_among_the_rates_alone(view: RatesView) -> None:
    run = training_run()
    put(run)
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    assert set(view.elements.histogram.nominal.x.tolist()) == {0.001}
    view.elements.set_kind(ElementKind.VALUE)
    assert not view.elements.histogram.nominal.is_visible


def test_that_a_reopened_run_says_that_elements_are_kept_only_while_training(
    view: RatesView,
) -> None:
    run = finished_run()
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    assert "kept only while training" in view.elements.histogram.message
    assert run.history.elements.wanted is None


def test_that_a_run_that_has_just_ended_keeps_what_it_showed_and_lets_go(
    view: RatesView,
) -> None:
    run = training_run()
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    put(run)
    run.apply(RunFinished(step=16, elapsed_s=1.0))
    view.refresh()
    assert view.elements.histogram.message == ""
    assert run.history.elements.wanted is None
    view.tensors.select(1)
    assert "kept only while training" in view.elements.histogram.message


def test_that_a_click_in_the_map_names_tensor_and_index(
    view: RatesView, qtbot: QtBot
) -> None:
    run = training_run()
    put(run)
    view.set_mode(ELEMENTS)
    view.focus_run(run)
    canvas = view.elements.map.canvas
    with qtbot.waitSignal(view.element_chosen) as chosen:
        place = canvas.pixel_of(20.5, 50.5).toPoint()
        qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [WEIGHT, (50, 20)]


def test_that_no_run_at_all_says_how_to_get_one(view: RatesView) -> None:
    view.set_mode(ELEMENTS)
    assert "Train" in view.elements.histogram.message
