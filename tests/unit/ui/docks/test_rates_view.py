import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLineEdit, QTreeView, QToolButton
from pytestqt.qtbot import QtBot

from tests.helpers.runs import (
    add_rates,
    add_steps,
    finished_run,
    make_plan,
    make_tensors,
    noisy_losses,
    partial_run,
    start_run,
)
from workbench.core.events import RunStopped
from workbench.core.rates import Quantity
from workbench.core.run import Run
from workbench.ui.docks.rates_view import RatesView


@pytest.fixture
def view(qtbot: QtBot) -> RatesView:
    view = RatesView()
    qtbot.addWidget(view)
    view.resize(700, 400)
    return view


def measured_run(*, samples: int = 50, layers: int = 2, optimizer: str = "adam") -> Run:
    run = start_run(plan=make_plan(optimizer={"kind": optimizer}))
    add_steps(run, noisy_losses(samples))
    undefined = [Quantity.STEP_COEFFICIENT] if optimizer == "lbfgs" else []
    add_rates(run, samples=samples, layers=layers, undefined=undefined)
    return run


def drawn(view: RatesView) -> list[str]:
    return [curve.name for curve in view.plot.curves() if curve.name != "nominal rate"]


def test_that_an_empty_view_says_what_will_appear_and_how(view: RatesView) -> None:
    assert "effective learning rate of every tensor" in view.plot.message
    assert "Train" in view.plot.message


def test_that_each_tensor_gets_its_median_and_its_band(view: RatesView) -> None:
    run = measured_run()
    view.focus_run(run)
    view.refresh()
    assert drawn(view) == [tensor.name for tensor in make_tensors(2)]
    values = run.history.rates.values()[:, 1, 0, :]
    curve = view.plot.curves()[2]  # after the nominal rate and the first weight
    assert curve.x.tolist() == run.history.rates.steps().tolist()
    assert curve.y.tolist() == values[:, 2].tolist()
    bounds = view.lines.bands[1].bounds
    assert bounds is not None
    assert bounds[2] == pytest.approx(np.log10(values[:, 0].min()))
    assert bounds[3] == pytest.approx(np.log10(values[:, 4].max()))
    assert view.plot.log_y


def test_that_weights_and_biases_differ_in_style_and_layers_in_colour(
    view: RatesView,
) -> None:
    view.focus_run(measured_run())
    theme = view.plot.theme
    weight, bias, deeper, _ = view.lines.lines
    assert not weight.style.dash.value
    assert bias.style.dash.value
    assert weight.style.ink(theme) == bias.style.ink(theme)
    assert weight.style.ink(theme) != deeper.style.ink(theme)


def test_that_the_nominal_rate_is_drawn_where_it_can_be_compared(view: RatesView) -> None:
    view.focus_run(measured_run())
    nominal = next(c for c in view.plot.curves() if c.name == "nominal rate")
    assert set(nominal.y.tolist()) == {0.001}
    assert nominal.style.dash.value
    view.set_quantity(Quantity.UPDATE_TO_WEIGHT)
    assert "nominal rate" not in [curve.name for curve in view.plot.curves()]


def test_that_new_samples_appear_with_the_next_refresh(view: RatesView) -> None:
    run = partial_run(steps=20)
    view.focus_run(run)
    add_rates(run, samples=5)
    view.refresh()
    assert view.plot.curves()[1].x[-1] == 25


def test_that_a_run_is_taken_up_when_its_tensors_become_known(view: RatesView) -> None:
    run = start_run()
    view.focus_run(run)
    view.refresh()
    assert "appear with the first step" in view.plot.message
    add_steps(run, [1.0])
    add_rates(run, samples=1, layers=1)
    view.refresh()
    assert view.plot.message == ""
    assert len(drawn(view)) == 2


def test_that_an_undefined_quantity_is_explained_and_another_one_offered(
    view: RatesView,
) -> None:
    view.focus_run(measured_run(optimizer="lbfgs"))
    message = view.plot.message
    assert "not defined for L-BFGS" in message
    assert Quantity.REALISED_RATE.label in message
    view.set_quantity(Quantity.REALISED_RATE)
    assert view.plot.message == ""
    assert len(drawn(view)) == 4


def test_that_a_run_that_ended_unmeasured_is_told_apart(view: RatesView) -> None:
    run = start_run()
    run.apply(RunStopped(0, 0.0))
    view.focus_run(run)
    assert "ended before anything was measured" in view.plot.message


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("check_all", ["layers.0.weight", "layers.0.bias"]),
        ("check_none", []),
        ("check_weights", ["layers.0.weight"]),
        ("check_biases", ["layers.0.bias"]),
    ],
)
def test_that_buttons_choose_many_tensors_at_once(
    view: RatesView, button: str, expected: list[str]
) -> None:
    view.focus_run(measured_run(layers=1))
    view.findChild(QToolButton, button).click()
    assert drawn(view) == expected
    assert ("ticked" in view.plot.message) is (not expected)


def test_that_a_single_tensor_can_be_unticked(view: RatesView) -> None:
    view.focus_run(measured_run(layers=1))
    tensors = view.findChild(QTreeView, "tensors").model()
    index = tensors.index(0, 0, tensors.index(0, 0))
    tensors.setData(index, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert drawn(view) == ["layers.0.bias"]


def test_that_the_filter_lists_by_name_and_draws_as_before(view: RatesView) -> None:
    view.focus_run(measured_run())
    view.findChild(QLineEdit, "tensor_filter").setText("1.W")
    tensors = view.findChild(QTreeView, "tensors").model()
    layers = [tensors.index(row, 0) for row in range(tensors.rowCount())]
    assert [layer.data() for layer in layers] == ["layers.1"]
    assert tensors.rowCount(layers[0]) == 1
    assert tensors.index(0, 0, layers[0]).data() == "weight   64×32"
    assert len(drawn(view)) == 4


def test_that_a_selected_tensor_stands_out(view: RatesView) -> None:
    view.focus_run(measured_run())
    view.tensors.select(2)
    first, _, third, _ = view.lines.lines
    assert third.style.width > first.style.width
    assert first.style.faint
    assert not third.style.faint
    assert [band.is_visible for band in view.lines.bands] == [False, False, True, False]


def test_that_two_hundred_tensors_are_drawn_without_bands_in_bounded_points(
    view: RatesView,
) -> None:
    run = start_run(total_steps=2000)
    add_steps(run, noisy_losses(1200))
    add_rates(run, samples=1200, layers=100)
    view.focus_run(run)
    assert len(drawn(view)) == 200
    assert sum(len(curve.x) for curve in view.plot.curves()) < 100_000
    assert not any(band.is_visible for band in view.lines.bands)


def test_that_pictures_name_the_tensors_and_the_screen_does_not(view: RatesView) -> None:
    view.focus_run(measured_run(layers=1))
    assert "layers.0.weight" not in [entry.name for entry in view.plot.legend]
    with view.plot.exporting(view.plot.size(), 2.0, None):
        assert "layers.0.weight" in [entry.name for entry in view.plot.legend]


def test_that_checks_stay_when_another_run_of_the_same_model_is_shown(
    view: RatesView,
) -> None:
    view.focus_run(finished_run())
    view.tensors.check_weights()
    view.focus_run(finished_run(name="b", seed=3))
    assert len(drawn(view)) == 5
    view.focus_run(None)
    assert "appears here" in view.plot.message


def test_that_the_crosshair_reads_the_nominal_rate(view: RatesView) -> None:
    view.focus_run(measured_run(layers=1))
    view.plot.crosshair.move_to(QPointF(10, -3))
    readings = {r.name: r.value for r in view.plot.crosshair.readout.readings}
    assert readings["nominal rate"] == "0.001"
    assert set(readings) == {"nominal rate", "layers.0.weight", "layers.0.bias"}


def test_that_no_list_is_shown_before_there_are_tensors(view: RatesView) -> None:
    assert view.tensors.isHidden()
    view.focus_run(measured_run())
    assert not view.tensors.isHidden()
