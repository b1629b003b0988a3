import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLineEdit, QToolButton, QTreeView
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
from workbench.ui.docks.loss_view import LossView
from workbench.ui.docks.rates_bar import ELEMENTS, LINES, MAP
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


def banded(view: RatesView) -> list[int]:
    return [place for place in range(len(view.lines.lines)) if view.lines.band_of(place)]


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
    band = view.lines.band_of(1)
    assert band is not None
    bounds = band.bounds
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


def test_that_steps_without_a_measurement_leave_the_lines_of_tensors_alone(
    view: RatesView,
) -> None:
    run = measured_run()
    view.focus_run(run)
    view.refresh()
    before = view.lines.lines[0].x
    add_steps(run, noisy_losses(30))
    view.refresh()
    assert view.lines.nominal.x[-1] == run.num_steps
    assert view.lines.lines[0].x is before  # what is drawn is still the same points
    add_rates(run, samples=1, layers=2)
    view.refresh()
    assert view.lines.lines[0].x is not before


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
    assert tensors.index(0, 0, layers[0]).data() == "weight  64×32"
    assert len(drawn(view)) == 4


def test_that_a_selected_tensor_stands_out(view: RatesView) -> None:
    view.focus_run(measured_run())
    view.tensors.select(2)
    first, _, third, _ = view.lines.lines
    assert third.style.width > first.style.width
    assert first.style.faint
    assert not third.style.faint
    assert banded(view) == [2]


def test_that_two_hundred_tensors_are_drawn_without_bands_in_bounded_points(
    view: RatesView,
) -> None:
    run = start_run(total_steps=2000)
    add_steps(run, noisy_losses(1200))
    add_rates(run, samples=1200, layers=100)
    view.focus_run(run)
    assert len(drawn(view)) == 200
    assert sum(len(curve.x) for curve in view.plot.curves()) < 100_000
    assert banded(view) == []


def test_that_many_lines_stay_thin_and_the_selected_one_does_not(view: RatesView) -> None:
    view.focus_run(measured_run(layers=20))
    view.tensors.select(3)
    assert [line.style.dense for line in view.lines.lines].count(False) == 1
    assert view.lines.nominal.style.width == 2
    assert not view.lines.lines[3].style.dense
    view.tensors.solo_selected()
    assert not any(line.style.dense for line in view.lines.lines)
    assert view.lines.nominal.style.width == 1


def test_that_the_legend_says_why_there_are_no_bands(view: RatesView) -> None:
    view.focus_run(measured_run(layers=20))
    hint = "band: select a tensor"
    assert hint in [entry.name for entry in view.plot.legend]
    view.tensors.select(3)
    names = [entry.name for entry in view.plot.legend]
    assert "5–95 % band" in names
    assert hint not in names
    view.band_action.setChecked(False)
    assert not [entry for entry in view.plot.legend if entry.shape == "band"]


@pytest.mark.parametrize(("layers", "explained"), [(2, False), (100, True)])
def test_that_the_legend_explains_colours_that_the_list_has_no_room_for(
    view: RatesView, layers: int, explained: bool
) -> None:
    view.focus_run(measured_run(layers=layers))
    shapes = [entry.shape for entry in view.plot.legend]
    assert ("depth" in shapes) is explained
    view.grab()


def test_that_pictures_name_the_tensors_and_the_screen_does_not(view: RatesView) -> None:
    view.focus_run(measured_run(layers=1))
    assert "layers.0.weight" not in [entry.name for entry in view.plot.legend]
    with view.plot.exporting(view.plot.size(), 2.0, None):
        assert "layers.0.weight" in [entry.name for entry in view.plot.legend]


def test_that_pictures_of_very_many_tensors_name_none(view: RatesView) -> None:
    view.focus_run(measured_run(layers=40))
    assert "band: select a tensor" in [entry.name for entry in view.plot.legend]
    with view.plot.exporting(view.plot.size(), 2.0, None):
        names = [entry.name for entry in view.plot.legend]
    assert names == ["median", "bias", "nominal rate", "first to last layer"]


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


def test_that_few_samples_are_marked_as_such_and_many_are_not(view: RatesView) -> None:
    run = measured_run(samples=10)
    view.focus_run(run)
    assert all(line.is_marked for line in view.lines.lines)
    add_rates(run, samples=600)
    view.refresh()
    assert not any(line.is_marked for line in view.lines.lines)


@pytest.mark.parametrize(("mode", "marks"), [(LINES, "dots"), (MAP, "lines")])
def test_that_the_axis_says_how_often_it_was_measured(
    view: RatesView, mode: str, marks: str
) -> None:
    run = start_run()
    add_steps(run, noisy_losses(160))
    add_rates(run, samples=20, layers=1, every=8)
    view.focus_run(run)
    view.set_mode(mode)
    plot = view.plot if mode == LINES else view.map
    words = f"step · measured every 8 steps (at the {marks})"
    assert plot.canvas.bottom.labelText == words


def test_that_measured_steps_of_many_lines_are_marked_once_one_zooms_in(
    view: RatesView,
) -> None:
    run = start_run()
    add_steps(run, noisy_losses(4000))
    add_rates(run, samples=500, layers=100, every=8)
    view.focus_run(run)
    assert view.lines.samples.x.tolist() == []
    assert view.plot.canvas.bottom.labelText.endswith("8 steps · 1 of 2 drawn")
    view.plot.show_x((1000, 1160))
    marks = view.lines.samples.x
    assert set(range(1000, 1161, 8)) <= set(marks.tolist())
    assert set(np.diff(marks).tolist()) == {8}
    assert view.plot.canvas.bottom.labelText.endswith("8 steps (at the marks)")


@pytest.mark.parametrize("mode", [LINES, MAP])
def test_that_a_view_beyond_the_last_sample_says_so(view: RatesView, mode: str) -> None:
    view.focus_run(measured_run(samples=50))
    view.set_mode(mode)
    plot = view.plot if mode == LINES else view.map
    plot.show_x((300, 420))
    assert plot.canvas.bottom.labelText == "step · nothing measured here yet"


@pytest.mark.parametrize("mode", [LINES, MAP])
def test_that_steps_are_numbered_as_whole_numbers(view: RatesView, mode: str) -> None:
    view.focus_run(measured_run(samples=50))
    view.set_mode(mode)
    plot = view.plot if mode == LINES else view.map
    plot.show_x((10, 12))
    spacings = [gap for gap, _ in plot.canvas.bottom.tickSpacing(10.0, 12.0, 400)]
    assert spacings
    assert min(spacings) >= 1


def test_that_the_selected_line_of_many_has_dots_once_one_zooms_in(
    view: RatesView,
) -> None:
    view.focus_run(measured_run(samples=300, layers=100))
    view.plot.show_x((100, 130))
    view.tensors.select(4)
    assert [line.is_marked for line in view.lines.lines].count(True) == 1
    assert view.lines.lines[4].is_marked


def test_that_a_measurement_at_every_step_is_called_that(view: RatesView) -> None:
    view.focus_run(measured_run())
    assert view.plot.canvas.bottom.labelText == "step · measured at every step"


def test_that_samples_left_out_of_the_picture_are_told(view: RatesView) -> None:
    run = start_run(total_steps=4000)
    add_steps(run, noisy_losses(3000))
    add_rates(run, samples=3000, layers=1)
    view.focus_run(run)
    view.set_mode(MAP)
    assert view.map.mesh.image.width() <= 1000
    assert "measured at every step · 1 of 4 drawn" in view.map.canvas.bottom.labelText


def test_that_lines_break_where_samples_are_missing(view: RatesView) -> None:
    run = start_run()
    add_steps(run, noisy_losses(200))
    add_rates(run, samples=10, layers=1)
    row = run.history.rates.values()[-1].copy()
    for step in (150, 151, 152):
        run.history.rates.append(step, row)
    view.focus_run(run)
    line = view.lines.lines[0]
    assert np.isnan(line.y).sum() == 1
    assert line.x[np.isnan(line.y)] == 80


def test_that_bands_can_be_switched_off(view: RatesView) -> None:
    view.focus_run(measured_run())
    assert banded(view) == [0, 1, 2, 3]
    view.band_action.setChecked(False)
    assert banded(view) == []


def test_that_the_band_of_one_among_many_can_be_seen(view: RatesView) -> None:
    run = start_run()
    add_steps(run, noisy_losses(20))
    add_rates(run, samples=20, layers=20)
    view.focus_run(run)
    view.tensors.select(7)
    assert banded(view) == [7]
    band = view.lines.band_of(7)
    assert band is not None
    assert band.item.colour.alphaF() == pytest.approx(0.2, abs=0.01)


def lookahead_run(k: int, steps: int) -> Run:
    run = start_run(plan=make_plan(lookahead={"enabled": True, "k": k}), total_steps=steps)
    add_steps(run, noisy_losses(steps))
    add_rates(run, samples=steps, layers=1)
    return run


def test_that_the_pulls_of_lookahead_are_marked_at_every_kth_step(view: RatesView) -> None:
    view.focus_run(lookahead_run(5, 23))
    assert view.lines.syncs.x.tolist() == [5, 10, 15, 20]
    assert "Lookahead's pull" in [entry.name for entry in view.plot.legend]


def test_that_pulls_too_many_to_be_told_apart_are_not_marked_until_zoomed_in(
    view: RatesView,
) -> None:
    view.focus_run(lookahead_run(2, 2000))
    assert view.lines.syncs.x.tolist() == []
    view.plot.show_x((100, 111))
    assert view.lines.syncs.x.tolist() == [100, 102, 104, 106, 108, 110]


def test_that_without_lookahead_nothing_is_marked(view: RatesView) -> None:
    view.focus_run(measured_run())
    assert view.lines.syncs.x.tolist() == []


def test_that_a_click_on_a_line_selects_its_tensor(view: RatesView) -> None:
    view.focus_run(measured_run())
    line = view.lines.lines[2]
    view.plot.canvas.clicked.emit(QPointF(line.x[20], np.log10(line.y[20])))
    assert view.tensors.selected == 2


def test_that_the_map_shows_the_ticked_tensors_and_a_click_selects_one(
    view: RatesView,
) -> None:
    view.set_mode(MAP)
    view.focus_run(measured_run())
    assert view.map.mesh.image.height() == 4
    view.tensors.check_weights()
    assert view.map.mesh.image.height() == 2
    view.map.row_clicked.emit(2)
    assert view.tensors.selected == 2
    assert view.map.mesh.item.frame.y() == 1


def test_that_a_hidden_view_is_not_drawn_until_it_is_shown_or_exported(
    view: RatesView,
) -> None:
    view.focus_run(measured_run())
    assert view.map.mesh.image.isNull()
    with view.map.exporting(view.map.size(), 2.0, None):
        assert not view.map.mesh.image.isNull()


def test_that_all_plots_can_be_exported_and_are_up_to_date(view: RatesView) -> None:
    view.focus_run(measured_run())
    plots = view.plots()
    assert list(plots) == ["effective_lr", "effective_lr_map", "elements", "element_map"]
    assert plots["effective_lr_map"].message == ""
    assert "Waiting" in plots["elements"].message


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (Quantity.STEP_COEFFICIENT, "not defined for L-BFGS: "),
        (Quantity.SIGNAL_SHARE, "belongs to the Adam family"),
        (Quantity.DECAY_TO_WEIGHT, "no weight decay apart from the gradient"),
    ],
)
@pytest.mark.parametrize("mode", [LINES, MAP])
def test_that_both_views_say_why_a_quantity_is_absent(
    view: RatesView, quantity: Quantity, words: str, mode: str
) -> None:
    run = start_run(plan=make_plan(optimizer={"kind": "lbfgs"}))
    add_steps(run, noisy_losses(10))
    add_rates(run, samples=10, layers=1, undefined=[quantity])
    view.set_mode(mode)
    view.focus_run(run)
    view.set_quantity(quantity)
    plot = view.plot if mode == LINES else view.map
    assert words in plot.message
    assert Quantity.REALISED_RATE.label in plot.message
    if quantity is Quantity.STEP_COEFFICIENT:
        assert run.plan.optimizer.no_step_coefficient in plot.message
    view.set_quantity(Quantity.REALISED_RATE)
    assert plot.message == ""


def test_that_another_quantity_or_run_keeps_what_of_x_is_in_view(view: RatesView) -> None:
    view.focus_run(finished_run())
    view.plot.show_x((50, 90))
    view.set_quantity(Quantity.UPDATE_TO_WEIGHT)
    assert view.plot.visible_x() == (50, 90)
    view.focus_run(finished_run(name="b", seed=3))
    assert view.plot.visible_x() == (50, 90)
    view.focus_run(finished_run(name="short", steps=20))
    assert view.plot.visible_x() is None


def test_that_lines_and_map_always_show_the_same_steps(view: RatesView) -> None:
    view.focus_run(finished_run())
    view.plot.show_x((50, 90))
    view.set_mode(MAP)
    assert view.map.visible_x() == (50, 90)
    assert view.map.mesh.image.width() <= 45


def test_that_the_loss_is_linked_until_the_person_lets_it_go(
    qtbot: QtBot, view: RatesView
) -> None:
    loss = LossView()
    qtbot.addWidget(loss)
    view.link_x(loss.plot)
    run = finished_run()
    for dock in (loss, view):
        dock.show_runs([run])
        dock.focus_run(run)
    loss.plot.show_x((50, 90))
    assert view.plot.visible_x() == (50, 90)
    assert view.map.visible_x() == (50, 90)
    view.link_action.setChecked(False)
    view.plot.show_x((60, 70))
    assert loss.plot.visible_x() == (50, 90)
    view.link_action.setChecked(True)
    assert view.plot.visible_x() == (50, 90)
    loss.set_by_epoch(True)
    loss.plot.show_x((1, 2))
    assert view.plot.visible_x() == (50, 90)


def test_that_solo_draws_one_alone_and_then_what_was_drawn_before(view: RatesView) -> None:
    view.focus_run(measured_run())
    view.tensors.check_weights()
    view.tensors.select(1)
    view.tensors.solo_selected()
    assert drawn(view) == ["layers.0.bias"]
    view.tensors.solo_selected()
    assert drawn(view) == ["layers.0.weight", "layers.1.weight"]


def test_that_a_double_click_on_a_layer_draws_it_alone(view: RatesView) -> None:
    view.focus_run(measured_run())
    tree = view.findChild(QTreeView, "tensors")
    tree.doubleClicked.emit(tree.model().index(1, 0))
    assert drawn(view) == ["layers.1.weight", "layers.1.bias"]


def test_that_a_tensor_can_be_hidden_from_its_menu(view: RatesView) -> None:
    view.focus_run(measured_run(layers=1))
    view.tensors.select(0)
    menu = view.tensors.make_menu()
    next(action for action in menu.actions() if action.text() == "Hide").trigger()
    assert drawn(view) == ["layers.0.bias"]


def test_that_the_menu_of_a_tensor_leads_to_its_elements(view: RatesView) -> None:
    view.focus_run(measured_run(layers=1))
    view.tensors.select(0)
    menu = view.tensors.make_menu()
    names = [action.text() for action in menu.actions()]
    menu.actions()[names.index("Show its elements")].trigger()
    assert view.mode == ELEMENTS


def test_that_a_layer_is_ticked_as_a_whole_and_half_ticked_shows_so(
    view: RatesView,
) -> None:
    view.focus_run(measured_run())
    model = view.tensors.model
    layer = model.index(0, 0)
    view.tensors.check_weights()
    assert layer.data(Qt.ItemDataRole.CheckStateRole) is Qt.CheckState.PartiallyChecked
    model.setData(layer, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert drawn(view) == ["layers.1.weight"]


def test_that_many_layers_are_folded_and_a_filter_unfolds_what_it_finds(
    view: RatesView,
) -> None:
    run = start_run()
    add_steps(run, noisy_losses(5))
    add_rates(run, samples=5, layers=100)
    view.focus_run(run)
    tree = view.findChild(QTreeView, "tensors")
    assert not tree.isExpanded(tree.model().index(0, 0))
    view.findChild(QLineEdit, "tensor_filter").setText("layers.42")
    assert tree.isExpanded(tree.model().index(0, 0))
    assert tree.model().rowCount() == 1


def test_that_a_map_of_two_hundred_tensors_is_up_to_date_in_a_moment(
    view: RatesView,
) -> None:
    run = start_run(total_steps=3300)
    add_steps(run, noisy_losses(3200))
    add_rates(run, samples=400, layers=100, every=8)
    view.set_mode(MAP)
    view.focus_run(run)
    row, times = run.history.rates.values()[-1].copy(), []
    for step in range(3208, 3280, 8):
        run.history.rates.append(step, row)
        began = time.perf_counter()
        view.refresh()
        times.append(time.perf_counter() - began)
    assert min(times) < 0.010


def test_that_what_the_filter_lists_can_be_drawn_alone(
    view: RatesView, qtbot: QtBot
) -> None:
    view.focus_run(measured_run(layers=12))
    line = view.findChild(QLineEdit, "tensor_filter")
    button = view.findChild(QToolButton, "solo_listed")
    assert button.isHidden()
    line.setText("layers.1")
    assert button.text() == "Draw only these 6"
    button.click()
    listed = {f"layers.{n}.{leaf}" for n in (1, 10, 11) for leaf in ("weight", "bias")}
    assert set(drawn(view)) == listed
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert len(drawn(view)) == 24
    line.setText("nowhere")
    assert not button.isEnabled()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert len(drawn(view)) == 24


def test_that_layers_show_their_colour_and_tooltips_the_whole_name(
    view: RatesView,
) -> None:
    view.focus_run(measured_run())
    tensors = view.findChild(QTreeView, "tensors").model()
    layer = tensors.index(1, 0)
    picture = layer.data(Qt.ItemDataRole.DecorationRole).toImage()
    ink = view.lines.lines[2].style.ink(view.plot.theme)
    middle = picture.rect().center()
    assert picture.pixelColor(middle) == ink
    tip = tensors.index(0, 0, layer).data(Qt.ItemDataRole.ToolTipRole)
    assert "layers.1.weight" in tip
    assert "64×32, 2,048 values" in tip


def test_that_the_list_shows_whose_elements_are_shown(view: RatesView) -> None:
    view.focus_run(measured_run())
    assert view.tensors.selected is None
    view.set_mode(ELEMENTS)
    assert view.tensors.selected == 0
    view.tensors.select(2)
    view.set_mode(LINES)
    view.set_mode(ELEMENTS)
    assert view.tensors.selected == 2
