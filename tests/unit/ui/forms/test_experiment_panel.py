from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from workbench.core.errors import Problem, SettingsError
from workbench.core.loop import LoopSettings
from workbench.core.models import MlpModel
from workbench.core.optimizers import OPTIMIZERS, Adam, Lookahead, RmsProp
from workbench.core.plan import CATALOGUES, Plan
from workbench.core.presets import DEFAULT_PRESET, load_presets
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.forms.group_header import GroupHeader

# The plugin without a screen says so of every window with a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

PRESETS = load_presets()
SECTIONS = ("model", "data", "loss", "optimizer", "schedule", "loop")
Changes = Callable[[], int]


@pytest.fixture
def panel(qtbot: QtBot) -> ExperimentPanel:
    made = ExperimentPanel(PRESETS)
    qtbot.addWidget(made)
    made.set_plan(Plan())
    return made


def field(panel: QWidget, section: str, name: str) -> QLineEdit:
    """Find the line edit of a field in the form that its section shows."""
    group = panel.findChild(QWidget, f"{section}_group")
    group_fields = group.findChildren(QLineEdit, name)
    return next(edit for edit in group_fields if not is_put_away(edit, group))


def is_put_away(widget: QWidget, group: QWidget) -> bool:
    """Say whether a widget belongs to a kind that is not the chosen one."""
    form = widget
    while form.parentWidget().parentWidget() is not group:
        form = form.parentWidget()
    return form.isHidden()


def type_into(qtbot: QtBot, edit: QLineEdit, text: str) -> None:
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def choose(qtbot: QtBot, panel: QWidget, name: str, key: str) -> None:
    """Choose an entry of a combo box with the arrow keys."""
    box = panel.findChild(QComboBox, name)
    wanted = box.findData(key)
    assert wanted >= 0, f"{key} is not offered"
    while box.currentIndex() != wanted:
        down = box.currentIndex() < wanted
        qtbot.keyClick(box, Qt.Key.Key_Down if down else Qt.Key.Key_Up)


def offered(panel: QWidget, name: str) -> list[str]:
    box = panel.findChild(QComboBox, name)
    return [box.itemData(index) for index in range(box.count())]


def counter(panel: ExperimentPanel) -> Changes:
    changes: list[None] = []
    panel.plan_changed.connect(lambda: changes.append(None))
    return lambda: len(changes)


def test_that_the_form_opens_on_the_preset_that_needs_no_download(qtbot: QtBot) -> None:
    fresh = ExperimentPanel()
    qtbot.addWidget(fresh)
    assert fresh.plan() == PRESETS[DEFAULT_PRESET].plan
    assert fresh.findChild(QComboBox, "preset").currentData() == DEFAULT_PRESET


@pytest.mark.parametrize("key", PRESETS)
def test_that_choosing_a_preset_fills_in_its_plan(
    qtbot: QtBot, panel: ExperimentPanel, key: str
) -> None:
    choose(qtbot, panel, "preset", key)
    assert panel.plan() == PRESETS[key].plan
    assert panel.problems() == []
    assert panel.findChild(QComboBox, "preset").currentData() == key


def test_that_an_edit_makes_a_preset_custom_and_undo_names_it_again(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    box = panel.findChild(QComboBox, "preset")
    choose(qtbot, panel, "preset", "linear-adam")
    type_into(qtbot, field(panel, "optimizer", "lr"), "0.5")
    assert box.currentData() is None
    assert box.placeholderText() == "Custom"
    panel.undo_stack.undo()
    assert box.currentData() == "linear-adam"


@pytest.mark.parametrize("section", CATALOGUES)
def test_that_every_choice_can_be_made_and_round_trips(
    qtbot: QtBot, panel: ExperimentPanel, section: str
) -> None:
    for model in ("mlp", "cnn"):
        choose(qtbot, panel, "model_kind", model)
        for key in offered(panel, f"{section}_kind"):
            choose(qtbot, panel, f"{section}_kind", key)
            settings = getattr(panel.plan(), section)
            assert settings == CATALOGUES[section][key]()
            panel.set_plan(panel.plan())
            assert getattr(panel.plan(), section) == settings


def test_that_each_keystroke_reaches_the_plan(qtbot: QtBot, panel: ExperimentPanel) -> None:
    changes = counter(panel)
    type_into(qtbot, field(panel, "optimizer", "lr"), "1e-7")
    assert changes() == 4
    assert panel.plan().optimizer == Adam(lr=1e-7)


def test_that_setting_a_plan_is_no_edit(panel: ExperimentPanel) -> None:
    changes = counter(panel)
    plan = Plan(model=MlpModel(hidden_sizes=(7,)), optimizer=RmsProp(centered=True))
    panel.set_plan(plan)
    assert panel.plan() == plan
    assert changes() == 0
    assert not panel.undo_stack.canUndo()


def test_that_a_plan_can_be_set_as_an_edit(panel: ExperimentPanel) -> None:
    changes = counter(panel)
    panel.set_plan(Plan(optimizer=RmsProp()), undoable=True)
    assert changes() == 1
    panel.undo_stack.undo()
    assert panel.plan() == Plan()


def test_that_invalid_values_are_named_and_give_no_plan(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    told: list[list[Problem]] = []
    panel.problems_changed.connect(told.append)
    type_into(qtbot, field(panel, "optimizer", "lr"), "0,001")
    type_into(qtbot, field(panel, "loop", "epochs"), "0")
    assert [problem.path for problem in panel.problems()] == [
        "optimizer.lr",
        "loop.epochs",
    ]
    assert told[-1] == panel.problems()
    with pytest.raises(SettingsError, match=r"comma.*Epochs must be"):
        panel.plan()
    notes = [panel.findChild(QLabel, f"{name}_note").text() for name in ("lr", "epochs")]
    assert "comma" in notes[0]
    assert "at least 1" in notes[1]
    type_into(qtbot, field(panel, "optimizer", "lr"), "1")
    type_into(qtbot, field(panel, "loop", "epochs"), "1")
    assert told[-1] == []


def test_that_a_folded_group_tells_of_its_problem(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    header = panel.findChild(GroupHeader, "loop_header")
    assert header.summary() == "100 epochs, full batch"
    type_into(qtbot, field(panel, "loop", "epochs"), "0")
    assert header.summary() == "1 problem"


def test_that_the_header_says_the_choice_in_short(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    header = panel.findChild(GroupHeader, "optimizer_header")
    assert header.summary() == "Adam, lr 0.001"
    panel.findChild(QCheckBox, "enabled").click()
    assert header.summary() == "Adam, lr 0.001, Lookahead"


def test_that_values_are_remembered_when_the_kind_changes_and_returns(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    type_into(qtbot, field(panel, "optimizer", "lr"), "0.5")
    choose(qtbot, panel, "optimizer_kind", "rmsprop")
    assert field(panel, "optimizer", "lr").text() == "0.01"
    choose(qtbot, panel, "optimizer_kind", "adam")
    assert field(panel, "optimizer", "lr").text() == "0.5"


def test_that_only_fitting_data_and_losses_are_offered(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    choose(qtbot, panel, "model_kind", "cnn")
    assert offered(panel, "data_kind") == ["digits", "generated", "cifar10", "folder"]
    assert offered(panel, "loss_kind") == ["cross_entropy"]
    plan = panel.plan()
    assert (plan.data.kind, plan.loss.kind) == ("digits", "cross_entropy")
    choose(qtbot, panel, "model_kind", "linear")
    assert "digits" not in offered(panel, "data_kind")
    assert (panel.plan().data.kind, panel.plan().loss.kind) == ("diabetes", "mse")


def test_that_typing_is_one_step_of_undo(qtbot: QtBot, panel: ExperimentPanel) -> None:
    edit = field(panel, "optimizer", "lr")
    type_into(qtbot, edit, "0.25")
    assert panel.undo_stack.count() == 1
    assert panel.undo_stack.undoText() == "Learning rate"
    panel.undo_stack.undo()
    assert panel.plan() == Plan()
    assert edit.text() == "0.001"
    panel.undo_stack.redo()
    assert panel.plan().optimizer == Adam(lr=0.25)


def test_that_typing_after_leaving_the_field_is_a_step_of_its_own(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    edit = field(panel, "optimizer", "lr")
    type_into(qtbot, edit, "0.25")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    type_into(qtbot, edit, "0.5")
    assert panel.undo_stack.count() == 2


def test_that_typing_back_to_what_was_there_leaves_no_step(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    type_into(qtbot, field(panel, "optimizer", "lr"), "0.001")
    assert panel.undo_stack.count() == 0


def test_that_bad_text_can_be_undone_and_redone(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    edit = field(panel, "optimizer", "lr")
    type_into(qtbot, edit, "1,5")
    panel.undo_stack.undo()
    assert panel.problems() == []
    assert edit.text() == "0.001"
    panel.undo_stack.redo()
    assert edit.text() == "1,5"
    assert [problem.path for problem in panel.problems()] == ["optimizer.lr"]


def test_that_choices_switches_and_presets_are_undone_one_by_one(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    panel.findChild(QCheckBox, "amsgrad").click()
    panel.findChild(QCheckBox, "enabled").click()
    panel.findChild(QCheckBox, "enabled").click()
    panel.set_plan(panel.plan(), undoable=True)  # nothing changes: no step
    assert panel.undo_stack.count() == 3
    panel.undo_stack.undo()
    assert panel.plan().lookahead == Lookahead(enabled=True)
    panel.undo_stack.undo()
    panel.undo_stack.undo()
    assert panel.plan() == Plan()


def test_that_undo_of_a_model_brings_back_its_data(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    panel.set_plan(Plan(data=CATALOGUES["data"]["make_regression"](samples=77)))
    before = panel.plan()
    choose(qtbot, panel, "model_kind", "cnn")
    while panel.undo_stack.canUndo():
        panel.undo_stack.undo()
    assert panel.plan() == before


def test_that_the_keys_of_undo_work_from_inside_a_field(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    panel.show()
    edit = field(panel, "optimizer", "lr")
    type_into(qtbot, edit, "0.25")
    qtbot.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.plan() == Plan()


def test_that_undo_opens_the_group_that_it_changes(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    header = panel.findChild(GroupHeader, "loop_header")
    type_into(qtbot, field(panel, "loop", "epochs"), "7")
    header.setChecked(False)
    panel.undo_stack.undo()
    assert header.isChecked()


def test_that_defaults_set_back_the_optimizer_with_its_lookahead(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    button = panel.findChild(QToolButton, "optimizer_defaults")
    assert not button.isVisibleTo(panel)
    type_into(qtbot, field(panel, "optimizer", "lr"), "0.5")
    panel.findChild(QCheckBox, "enabled").click()
    assert button.isVisibleTo(panel)
    button.click()
    assert panel.plan() == Plan()
    assert not button.isVisibleTo(panel)


def test_that_the_defaults_of_a_group_leave_the_others_alone(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    type_into(qtbot, field(panel, "loop", "epochs"), "7")
    type_into(qtbot, field(panel, "optimizer", "lr"), "0.5")
    panel.findChild(QToolButton, "loop_defaults").click()
    assert panel.plan() == Plan(optimizer=Adam(lr=0.5))


def test_that_every_field_goes_back_to_its_default(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    type_into(qtbot, field(panel, "optimizer", "lr"), "x")
    panel.findChild(QToolButton, "lr_reset").click()
    assert panel.plan() == Plan()
    panel.undo_stack.undo()
    assert field(panel, "optimizer", "lr").text() == "x"


def test_that_the_batch_size_is_greyed_with_full_batches(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    edit = field(panel, "loop", "batch_size")
    assert not edit.isEnabled()
    panel.findChild(QCheckBox, "full_batch").click()
    assert edit.isEnabled()


def test_that_the_wheel_over_an_unfocused_editor_scrolls_the_page(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    for section in SECTIONS:
        panel.findChild(GroupHeader, f"{section}_header").setChecked(True)
    panel.resize(320, 400)
    panel.show()
    with qtbot.waitActive(panel):
        panel.activateWindow()
    QApplication.focusWidget().clearFocus()
    area = panel.findChild(QScrollArea, "experiment_scroll")
    bar = area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    editors = [*panel.findChildren(QLineEdit), *panel.findChildren(QComboBox)]
    before = panel.plan()
    for editor in (editor for editor in editors if editor.isVisible()):
        area.ensureWidgetVisible(editor)
        at = bar.value()
        assert not editor.hasFocus()
        where = editor.mapTo(panel, editor.rect().center())
        turn = QPoint(0, 120 if at == bar.maximum() else -120)
        QTest.wheelEvent(panel.windowHandle(), where, turn)
        assert bar.value() != at, editor.objectName()
    assert panel.plan() == before


@pytest.mark.parametrize("key", OPTIMIZERS.keys())
@pytest.mark.parametrize(("model", "width"), [("cnn", 300), ("mlp", 330)])
def test_that_nothing_is_cut_off_at_the_width_of_the_dock(
    qtbot: QtBot, panel: ExperimentPanel, key: str, model: str, width: int
) -> None:
    panel.set_plan(Plan(optimizer=OPTIMIZERS[key](), loop=LoopSettings(epochs=5)))
    choose(qtbot, panel, "model_kind", model)
    for section in SECTIONS:
        panel.findChild(GroupHeader, f"{section}_header").setChecked(True)
    for more in panel.findChildren(QToolButton, "more"):
        if more.isVisibleTo(panel):
            more.click()
    panel.resize(width, 600)
    panel.show()
    area = panel.findChild(QScrollArea, "experiment_scroll")
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()
    qtbot.waitUntil(lambda: cut_off(area) == [])
    for label in area.widget().findChildren(QLabel):
        if label.isVisible() and label.text():
            word = max(label.text().split(), key=len)
            room = label.contentsRect().width()
            assert label.fontMetrics().horizontalAdvance(word) <= room, label.text()


def cut_off(area: QScrollArea) -> list[str]:
    """List the visible widgets that stick out of the page."""
    return [
        widget.objectName()
        for widget in area.widget().findChildren(QWidget)
        if widget.isVisible()
        and widget.mapTo(area.widget(), QPoint(widget.width(), 0)).x()
        > area.viewport().width()
    ]


def test_that_tab_walks_from_top_to_bottom_also_through_a_new_form(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    for section in SECTIONS:
        panel.findChild(GroupHeader, f"{section}_header").setChecked(True)
    choose(qtbot, panel, "optimizer_kind", "sgd")
    choose(qtbot, panel, "model_kind", "cnn")
    panel.resize(320, 800)
    panel.show()
    with qtbot.waitActive(panel):
        panel.activateWindow()
    content = panel.findChild(QScrollArea, "experiment_scroll").widget()
    first = panel.findChild(QComboBox, "preset")
    first.setFocus()
    heights: list[int] = []
    while not heights or QApplication.focusWidget() is not first:
        focused = QApplication.focusWidget()
        heights.append(focused.mapTo(content, focused.rect().center()).y())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert len(heights) > 30
    steps_up = [before - after for before, after in pairwise(heights) if after < before]
    assert max(steps_up, default=0) <= 4  # widgets of one line


def test_that_all_that_takes_the_keyboard_has_a_name_and_a_tooltip(
    panel: ExperimentPanel,
) -> None:
    controls = [*panel.findChildren(QAbstractButton), *panel.findChildren(QLineEdit)]
    for control in [*controls, *panel.findChildren(QComboBox)]:
        is_ours = bool(control.objectName()) and "qt_" not in control.objectName()
        is_ours = is_ours and control.objectName() != "loop_kind"  # no choice: not shown
        if is_ours and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
            name = control.accessibleName()
            if isinstance(control, QAbstractButton):
                name = name or control.text()
            assert name, control.objectName()
            assert control.toolTip(), control.objectName()


def test_that_headers_open_and_fold_with_the_keyboard(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    header = panel.findChild(GroupHeader, "data_header")
    body = panel.findChild(QComboBox, "data_kind")
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Left):
        qtbot.keyClick(header, key)
        wanted = key in {Qt.Key.Key_Right, Qt.Key.Key_Space}
        assert body.isVisibleTo(panel) is wanted
