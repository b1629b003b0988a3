import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from tests.helpers.measured import THREE_LAYERS, add_epochs, measured_run
from tests.helpers.runs import make_plan, make_tensors, start_run
from workbench.core.events import RunFinished, RunStopped
from workbench.core.findings import Level
from workbench.core.rates import STATISTICS, Quantity, TensorFacts
from workbench.core.run import Run
from workbench.ui.docks.parameters_columns import Column
from workbench.ui.docks.parameters_model import LEVEL_ROLE
from workbench.ui.docks.parameters_view import RATES, ParametersView
from workbench.ui.theme import dark_palette, light_palette

Role = Qt.ItemDataRole
UPDATE, GRADIENT = Quantity.UPDATE_TO_WEIGHT, Quantity.GRADIENT_NORM
BAD = {("hidden2.weight", UPDATE): 0.2}


class Clock:
    """Stands still until it is moved on."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def view(qtbot: QtBot, clock: Clock) -> ParametersView:
    view = ParametersView(clock=clock)
    qtbot.addWidget(view)
    view.resize(700, 400)
    view.show()
    return view


def cell(view: ParametersView, row: str, column: Column, role: int = Role.DisplayRole):
    """Return what a cell of the table shows; rows are named as layer or layer.tensor."""
    return row_of(view, row).siblingAtColumn(column).data(role)


def row_of(view: ParametersView, row: str) -> QModelIndex:
    layer, _, leaf = row.partition(".")
    index = child_named(view, QModelIndex(), layer)
    return child_named(view, index, leaf) if leaf else index


def child_named(view: ParametersView, parent: QModelIndex, name: str) -> QModelIndex:
    model = view.table.model()
    rows = [model.index(row, 0, parent) for row in range(model.rowCount(parent))]
    return next(index for index in rows if index.data() == name)


def names(view: ParametersView) -> list[str]:
    """List the rows of the table, closed ones too."""
    model, found = view.table.model(), []
    for row in range(model.rowCount()):
        layer = model.index(row, 0)
        found.append(layer.data())
        rows = range(model.rowCount(layer))
        found += [f"{layer.data()}.{model.index(child, 0, layer).data()}" for child in rows]
    return found


def add_sample(run: Run, quantity: Quantity, value: float) -> None:
    row = run.history.rates.values()[-1].copy()
    row[:, list(Quantity).index(quantity), STATISTICS.index("p50")] = value
    run.history.rates.append(len(run.history.rates) + 1, row)


def empty_text(view: ParametersView) -> str:
    label = view.findChild(QLabel, "parameters_empty")
    return label.text() if label.isVisible() else ""


def test_that_an_empty_view_says_what_will_appear_and_how(view: ParametersView) -> None:
    assert "Every tensor appears here" in empty_text(view)
    assert "Train" in empty_text(view)
    run = start_run()
    run.message = "Downloading CIFAR-10"
    view.focus_run(run)
    assert empty_text(view).startswith("Downloading CIFAR-10…")
    run.apply(RunStopped(0, 0.0))
    view.refresh()
    assert "ended before" in empty_text(view)


def test_that_each_tensor_shows_its_numbers_under_its_layer(view: ParametersView) -> None:
    view.focus_run(measured_run({("hidden2.weight", GRADIENT): 1.2345e-4}))
    assert names(view)[:4] == ["hidden1", "hidden1.weight", "hidden1.bias", "hidden2"]
    shown = [cell(view, "hidden2.weight", column) for column in Column]
    assert shown == ["weight", "64×64", "4,096", "0.01", "0.001", "1.23e-4", "good"]


def test_that_a_layer_shows_its_tensors_together(view: ParametersView) -> None:
    levels = {
        ("output.weight", GRADIENT): 3.0,
        ("output.bias", GRADIENT): 4.0,
        ("output.weight", UPDATE): 0.01,  # of 4, and the bias moves by 0.03 of 4
        ("output.bias", UPDATE): 0.03,
    }
    view.focus_run(measured_run(levels))
    assert cell(view, "output", Column.PARAMETERS) == "65"
    assert cell(view, "output", Column.GRADIENT) == "5"
    moved, length = np.hypot(0.04, 0.12), np.hypot(4, 4)
    assert cell(view, "output", Column.UPDATE) == f"{moved / length:.3g}"
    assert cell(view, "output", Column.RATE) == ""


def test_that_what_was_not_measured_is_a_dash(view: ParametersView) -> None:
    nan = float("nan")
    frozen = {("output.bias", quantity): nan for quantity in Quantity}
    view.focus_run(measured_run(frozen))
    for column in (Column.RATE, Column.UPDATE, Column.GRADIENT, Column.HEALTH):
        assert cell(view, "output.bias", column) == "–"
    assert "no gradient" in cell(view, "output.bias", Column.NAME, Role.ToolTipRole)


def test_that_all_quiet_is_said_in_words(view: ParametersView) -> None:
    view.focus_run(measured_run())
    assert view.summary.level is Level.GOOD
    assert view.summary.text == "All quiet"


def test_that_the_worst_finding_is_said_with_its_advice(view: ParametersView) -> None:
    run = measured_run(BAD, plan=make_plan(loop={"epochs": 100}))
    view.focus_run(run)
    assert view.summary.level is Level.BAD
    assert view.summary.text.startswith("hidden2.weight moves by 0.2 ")
    assert "Divide the learning rate by 10" in view.summary.text
    assert "more." not in view.summary.text
    add_epochs(run, np.ones(50))
    run.apply(RunFinished(50, 1.0))
    view.refresh()
    assert "And 1 more." in view.summary.text
    assert "train loss has not improved" in view.summary.toolTip()


def test_that_the_light_of_a_row_has_a_word_a_reason_and_advice(
    view: ParametersView,
) -> None:
    view.focus_run(measured_run(BAD))
    for row in ("hidden2", "hidden2.weight"):
        assert cell(view, row, Column.HEALTH) == "bad"
        assert cell(view, row, Column.HEALTH, LEVEL_ROLE) == Level.BAD
        help_text = cell(view, row, Column.HEALTH, Role.ToolTipRole)
        assert "0.2 of its own length" in help_text
        assert "Divide the learning rate" in help_text
        spoken = cell(view, row, Column.HEALTH, Role.AccessibleTextRole)
        assert "0.2 of its own length" in spoken
    assert cell(view, "hidden2.bias", Column.HEALTH) == "good"


def test_that_too_few_measurements_are_not_judged(view: ParametersView) -> None:
    view.focus_run(measured_run(samples=4))
    assert view.summary.level is None
    assert "6 more measurements" in view.summary.text
    assert cell(view, "hidden1.weight", Column.HEALTH) == "–"
    assert "too few" in cell(view, "hidden1.weight", Column.NAME, Role.ToolTipRole)
    assert cell(view, "hidden1.weight", Column.UPDATE) == "0.001"


def test_that_numbers_change_at_most_four_times_a_second(
    view: ParametersView, clock: Clock
) -> None:
    run = measured_run()
    view.focus_run(run)
    add_sample(run, GRADIENT, 7.0)
    clock.now_s += 0.24
    view.refresh()
    assert cell(view, "output.bias", Column.GRADIENT) == "0.5"
    clock.now_s += 0.02
    view.refresh()
    assert cell(view, "output.bias", Column.GRADIENT) == "7"


def test_that_the_last_numbers_of_a_run_are_shown_at_once(view: ParametersView) -> None:
    run = measured_run()
    view.focus_run(run)
    add_sample(run, GRADIENT, 7.0)
    run.apply(RunFinished(41, 1.0))
    view.refresh()
    assert cell(view, "output.bias", Column.GRADIENT) == "7"


def test_that_another_run_is_shown_at_once(view: ParametersView) -> None:
    view.focus_run(measured_run())
    view.focus_run(measured_run(tensors=make_tensors(2)))
    assert "0" in names(view)[0] or "layers" in names(view)[0]
    view.focus_run(None)
    assert "Every tensor" in empty_text(view)


def test_that_choosing_a_row_tells_its_tensor(view: ParametersView, qtbot: QtBot) -> None:
    view.focus_run(measured_run())
    rect = view.table.visualRect(row_of(view, "hidden2.weight"))
    with qtbot.waitSignal(view.tensor_chosen) as chosen:
        qtbot.mouseClick(
            view.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center()
        )
    assert chosen.args == ["hidden2.weight"]
    with qtbot.waitSignal(view.tensor_chosen) as chosen:
        qtbot.keyClick(view.table, Qt.Key.Key_Down)
    assert chosen.args == ["hidden2.bias"]
    with qtbot.assertNotEmitted(view.tensor_chosen):
        qtbot.keyClick(view.table, Qt.Key.Key_Down)  # the next layer


def test_that_a_tensor_chosen_elsewhere_is_shown_and_not_told_again(
    view: ParametersView, qtbot: QtBot
) -> None:
    view.focus_run(measured_run())
    view.table.collapseAll()
    with qtbot.assertNotEmitted(view.tensor_chosen):
        view.choose_tensor("output.bias")
        view.choose_tensor("no such tensor")
    current = view.table.currentIndex()
    assert current == row_of(view, "output.bias")
    assert view.table.visualRect(current).isValid()


def test_that_the_finding_of_the_current_row_can_be_read_without_a_mouse(
    view: ParametersView,
) -> None:
    view.focus_run(measured_run({**BAD, ("output.weight", UPDATE): 0.05}))
    assert not view.detail.isVisible()
    view.choose_tensor("output.weight")
    assert view.detail.isVisible()
    assert "more than 0.03" in view.detail.text
    view.choose_tensor("hidden2.weight")  # the summary says it already
    assert not view.detail.isVisible()
    view.choose_tensor("output.bias")
    assert not view.detail.isVisible()


def test_that_only_findings_can_be_listed(view: ParametersView, qtbot: QtBot) -> None:
    view.focus_run(measured_run(BAD))
    button = view.findChild(QToolButton, "only_findings")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert names(view) == ["hidden2", "hidden2.weight"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(names(view)) == 9


def test_that_the_list_of_findings_follows_the_run(
    view: ParametersView, clock: Clock
) -> None:
    run = measured_run()
    view.focus_run(run)
    view.findChild(QToolButton, "only_findings").click()
    assert names(view) == []
    for _ in range(11):
        add_sample(run, UPDATE, 0.5)
    clock.now_s += 1
    view.refresh()
    assert names(view) == [
        *("hidden1", "hidden1.weight"),
        *("hidden2", "hidden2.weight"),
        *("output", "output.weight"),
    ]


def test_that_the_rate_is_what_was_chosen(view: ParametersView, qtbot: QtBot) -> None:
    view.focus_run(measured_run({("output.bias", Quantity.SIGNAL_SHARE): 0.25}))
    box = view.findChild(QComboBox, "parameters_quantity")
    assert box.count() == len(RATES)
    view.set_quantity(Quantity.SIGNAL_SHARE)
    assert cell(view, "output.bias", Column.RATE) == "0.25"
    header = view.table.header().model()
    horizontal = Qt.Orientation.Horizontal
    assert header.headerData(Column.RATE, horizontal) == "Share"
    tip = header.headerData(Column.RATE, horizontal, Role.ToolTipRole)
    assert "Adam family" in tip
    view.set_quantity(UPDATE)  # has a column of its own
    assert view.quantity is Quantity.SIGNAL_SHARE


def test_that_an_optimizer_without_step_coefficients_shows_realised_rates(
    view: ParametersView,
) -> None:
    plan = make_plan(optimizer={"kind": "lbfgs"})
    levels = {(t.name, Quantity.STEP_COEFFICIENT): float("nan") for t in THREE_LAYERS}
    view.focus_run(measured_run(levels, plan=plan))
    assert view.quantity is Quantity.REALISED_RATE
    view.set_quantity(Quantity.STEP_COEFFICIENT)
    box = view.findChild(QComboBox, "parameters_quantity")
    assert plan.optimizer.no_step_coefficient in box.toolTip()
    view.focus_run(measured_run())
    assert view.quantity is Quantity.STEP_COEFFICIENT


def test_that_many_layers_start_closed_and_few_open(view: ParametersView) -> None:
    view.focus_run(measured_run())
    assert view.table.isExpanded(row_of(view, "hidden1"))
    view.focus_run(measured_run(tensors=make_tensors(100)))
    model = view.table.model()
    assert model.rowCount() == 100
    assert not any(view.table.isExpanded(model.index(row, 0)) for row in range(100))


@pytest.mark.parametrize(
    ("width", "columns"),
    [(900, set(Column)), (280, {Column.NAME, Column.UPDATE, Column.HEALTH})],
)
def test_that_a_narrow_table_keeps_name_update_and_health(
    view: ParametersView, width: int, columns: set[Column]
) -> None:
    view.focus_run(measured_run())
    view.resize(width, 300)
    shown = view.table.shown_columns()
    assert columns <= set(shown)
    assert len(shown) == len(Column) or width < 900
    used = sum(view.table.columnWidth(column) for column in shown)
    assert used == view.table.viewport().width()


def test_that_markup_in_a_name_is_shown_as_it_is(view: ParametersView) -> None:
    facts = (TensorFacts("<b>x</b>.weight", (2, 2), 0, is_bias=False),)
    view.focus_run(measured_run(tensors=facts))
    assert cell(view, "<b>x</b>", Column.NAME) == "<b>x</b>"
    help_text = cell(view, "<b>x</b>.weight", Column.NAME, Role.ToolTipRole)
    assert "&lt;b&gt;x" in help_text


@pytest.mark.parametrize(
    "palette", [light_palette(), dark_palette()], ids=["light", "dark"]
)
def test_that_lights_are_told_apart_in_light_and_dark(
    view: ParametersView, palette: QPalette
) -> None:
    view.setPalette(palette)
    view.focus_run(measured_run({**BAD, ("output.weight", UPDATE): 0.05}))
    seen = []
    for row in ("hidden1.weight", "output.weight", "hidden2.weight"):
        index = row_of(view, row).siblingAtColumn(Column.HEALTH)
        rect = view.table.visualRect(index).adjusted(0, 0, 0, 0)
        image = view.table.viewport().grab(rect).toImage()
        pixels = {
            image.pixelColor(x, y).name() for x in range(18) for y in range(image.height())
        }
        seen.append(pixels)
    assert seen[0] != seen[1] != seen[2] != seen[0]
