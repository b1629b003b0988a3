from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QScrollArea, QToolButton
from pytestqt.qtbot import QtBot

from tests.helpers.runs import partial_run, start_run
from tests.helpers.steps import FakeSteps, momentum_terms
from workbench.core.events import (
    ReplayEnded,
    ReplayProgressed,
    RunPaused,
    RunResumed,
    RunStopped,
)
from workbench.core.run import Run
from workbench.ui.docks.index_edit import IndexEdit
from workbench.ui.docks.inspector_view import InspectorView
from workbench.ui.docks.step_sheet import as_text
from workbench.ui.docks.term_row import Emphasis, TermRow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> InspectorView:
    view = InspectorView()
    qtbot.addWidget(view)
    view.resize(360, 700)
    return view


@pytest.fixture
def run() -> Run:
    return partial_run(steps=12, paused=True)


def show(view: InspectorView, run: Run, source: FakeSteps) -> None:
    view.focus_run(run)
    view.set_source(source)


def row(view: InspectorView, symbol: str) -> TermRow:
    return next(row for row in view.sheet.rows() if row.term.symbol == symbol)


def press(qtbot: QtBot, view: InspectorView, key: Qt.Key) -> None:
    qtbot.keyClick(view.findChild(QScrollArea, "step_scroll"), key)


def test_that_an_empty_view_says_how_to_get_a_step(view: InspectorView, run: Run) -> None:
    assert "Pause a run (Space)" in view.message
    show(view, run, FakeSteps())
    assert "term by term" in view.message


def test_that_a_run_without_recorded_steps_says_that_it_is_too_late(
    view: InspectorView, run: Run
) -> None:
    run.apply(RunStopped(12, 1.0))
    view.focus_run(run)
    assert "can be read any more" in view.message


def test_that_the_newest_step_is_shown_term_by_term(view: InspectorView, run: Run) -> None:
    show(view, run, FakeSteps(11, 12))
    assert view.message == ""
    assert view.step == 12
    assert [row.term for row in view.sheet.rows()] == list(momentum_terms(12))
    assert row(view, "b_t").value_text == "−5.775"
    assert row(view, "b_t").numbers == r"0.9\cdot 0.25+({-6})"


def test_that_the_new_weight_stands_out_and_decay_stands_apart(
    view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(12))
    rows = view.sheet.rows()
    assert rows[-1].term.symbol == r"\theta_t"
    assert rows[-1].emphasis is Emphasis.RESULT
    apart = [row.term.symbol for row in rows if row.emphasis is Emphasis.APART]
    assert apart == [r"\mathrm{decay}_t"]


def test_that_the_pull_of_lookahead_is_a_block_of_its_own(
    view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(11, 12, pulls=(12,)))
    view.show()
    heading = view.sheet.findChild(object, "lookahead_heading")
    assert heading.isVisible()
    last = view.sheet.rows()[-1]
    assert last.term.symbol == r"\phi_t"
    assert last.emphasis is Emphasis.RESULT
    assert last.numbers  # θ comes from the step above
    assert row(view, r"\theta_t").emphasis is Emphasis.NONE
    view.go(-1)
    assert not heading.isVisible()
    assert len(view.sheet.rows()) == len(momentum_terms(11))


def test_that_changes_are_those_since_the_recorded_step_before(
    view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(6, 12))
    assert row(view, "g_t").change_text == "↑ ×2"
    assert row(view, r"\mathrm{lr}").change_text == ""
    assert "-6.0" in row(view, "g_t").exact_text()
    assert "-3.0" in row(view, "g_t").exact_text()
    view.go(-1)
    assert row(view, "g_t").change_text == ""


def test_that_the_keys_go_through_the_steps_and_ask_for_one_at_the_end(
    qtbot: QtBot, view: InspectorView, run: Run
) -> None:
    asked: list[bool] = []
    view.step_requested.connect(lambda: asked.append(True))
    show(view, run, FakeSteps(3, 7, 12))
    press(qtbot, view, Qt.Key.Key_Left)
    press(qtbot, view, Qt.Key.Key_Left)
    press(qtbot, view, Qt.Key.Key_Left)
    assert view.step == 3
    press(qtbot, view, Qt.Key.Key_Right)
    press(qtbot, view, Qt.Key.Key_Right)
    assert view.step == 12
    assert not asked
    press(qtbot, view, Qt.Key.Key_Right)
    assert asked == [True]


def test_that_the_view_keeps_left_and_right_from_the_shortcuts_of_the_window(
    view: InspectorView,
) -> None:
    for key, taken in ((Qt.Key.Key_Right, True), (Qt.Key.Key_S, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(view, event)
        assert event.isAccepted() is taken


def test_that_a_new_step_is_shown_when_it_is_there(view: InspectorView, run: Run) -> None:
    source = FakeSteps(11, 12)
    show(view, run, source)
    view.go(-1)
    view.refresh()
    assert view.step == 11  # nothing new
    source.steps = (11, 12, 13)
    run.history.steps.append(0.1, 0.001)
    run.apply(RunPaused(13))
    view.refresh()
    assert view.step == 13


def test_that_only_a_paused_run_can_do_another_step(view: InspectorView, run: Run) -> None:
    do = view.findChild(QPushButton, "inspector_do")
    show(view, run, FakeSteps(12))
    assert do.isEnabled()
    run.apply(RunResumed(12))
    view.refresh()
    assert not do.isEnabled()
    assert view.step == 12  # still to be read while the run goes on


def test_that_a_training_run_is_not_asked_at_every_refresh(view: InspectorView) -> None:
    run = partial_run(steps=12)
    source = FakeSteps(5)
    show(view, run, source)
    source.refusal = "asked again"
    run.history.steps.append(0.1, 0.001)
    view.refresh()
    assert view.problem == ""


def test_that_an_element_chosen_elsewhere_is_shown(view: InspectorView, run: Run) -> None:
    show(view, run, FakeSteps(11, 12))
    view.go(-1)
    view.choose("layers.2.weight", (3, 5))
    report = view.sheet.report
    assert report is not None
    assert (report.tensor, report.index, report.step) == ("layers.2.weight", (3, 5), 11)
    assert view.findChild(IndexEdit, "inspector_index").text() == "3, 5"


def test_that_an_element_can_be_chosen_before_the_view_was_ever_refreshed(
    view: InspectorView,
) -> None:
    run = start_run()
    view.focus_run(run)
    run.history.rates.begin(partial_run().history.rates.tensors)
    view.choose("layers.1.bias", (63,))
    assert view.problem == ""
    assert view.bar.tensor == "layers.1.bias"


@pytest.mark.parametrize(
    ("tensor", "index"),
    [("nothing", (0,)), ("layers.0.weight", (64, 0)), ("layers.0.bias", ())],
)
def test_that_a_weight_that_is_not_there_is_named(
    view: InspectorView, run: Run, tensor: str, index: tuple[int, ...]
) -> None:
    show(view, run, FakeSteps(12))
    view.choose(tensor, index)
    assert tensor in view.problem
    assert view.bar.tensor == "layers.0.weight"
    assert view.bar.index == (0, 0)


def test_that_the_choice_of_a_tensor_starts_at_its_first_element(
    qtbot: QtBot, view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(12))
    view.choose("layers.0.weight", (3, 5))
    qtbot.keyClick(view.findChild(QComboBox, "inspector_tensor"), Qt.Key.Key_Down)
    report = view.sheet.report
    assert report is not None
    assert (report.tensor, report.index) == ("layers.0.bias", (0,))


def test_that_a_typed_index_is_shown_and_a_wrong_one_told(
    qtbot: QtBot, view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(12))
    edit = view.findChild(IndexEdit, "inspector_index")
    edit.selectAll()
    qtbot.keyClicks(edit, "7, 31")
    report = view.sheet.report
    assert report is not None
    assert report.index == (7, 31)
    qtbot.keyClicks(edit, "9")
    assert "goes from 0 to 31" in view.problem
    qtbot.keyClick(edit, Qt.Key.Key_Backspace)
    assert view.problem == ""


def test_that_a_step_can_be_chosen_from_the_list(
    qtbot: QtBot, view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(3, 7, 12))
    qtbot.keyClick(view.findChild(QComboBox, "inspector_steps"), Qt.Key.Key_Up)
    assert view.step == 7


def test_that_a_refusal_is_told_in_a_line(view: InspectorView, run: Run) -> None:
    source = FakeSteps(12)
    source.refusal = "Step 12 is no longer kept; do another one."
    show(view, run, source)
    assert view.problem == source.refusal


def test_that_another_run_is_read_from_its_own_source(
    view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(11, 12))
    view.focus_run(None)
    view.set_source(None)
    assert view.step is None
    assert "Pause a run" in view.message


def test_that_words_and_numbers_can_be_left_out(
    qtbot: QtBot, view: InspectorView, run: Run
) -> None:
    show(view, run, FakeSteps(12))
    view.show()
    before = row(view, "b_t").heightForWidth(360)
    for name in ("inspector_numbers", "inspector_explain"):
        qtbot.mouseClick(view.findChild(QToolButton, name), Qt.MouseButton.LeftButton)
        now = row(view, "b_t").heightForWidth(360)
        assert now < before
        before = now
    assert row(view, "b_t").numbers == ""


@pytest.mark.parametrize("width", [360, 520, 700])
def test_that_nothing_is_cut_off(
    qtbot: QtBot, view: InspectorView, run: Run, width: int
) -> None:
    view.resize(width, 500)
    show(view, run, FakeSteps(11, 12))
    view.show()
    assert view.width() == width
    rows = view.sheet.rows()
    qtbot.waitUntil(lambda: all(r.height() == r.heightForWidth(r.width()) for r in rows))
    for shown in rows:
        layout = shown._layout_in(shown.width())
        assert layout.right <= shown.width()
        for line, baseline in layout.formula:
            assert line.width <= shown.width() - 32
            assert baseline + line.descent <= shown.height()
        assert layout.words.bottom() <= shown.height()


def test_that_a_step_can_be_copied_with_all_digits(view: InspectorView, run: Run) -> None:
    show(view, run, FakeSteps(12))
    view.sheet.copy()
    report = view.sheet.report
    assert report is not None
    text = QGuiApplication.clipboard().text()
    assert text == as_text(report)
    assert text.startswith("SGD, step 12, layers.0.weight[0, 0]\n")
    assert "b_t\t\\mu\\,b_{t-1} + g_t\t-5.775\n" in text


def test_that_every_control_has_a_name_and_a_tooltip(view: InspectorView) -> None:
    for control in view.bar.children():
        if control.objectName().startswith("inspector_") and control.objectName() != (
            "inspector_note"
        ):
            assert control.toolTip(), control.objectName()
            assert control.accessibleName(), control.objectName()


def test_that_the_steps_of_a_replay_are_there_once_it_has_ended(
    view: InspectorView, run: Run
) -> None:
    source = FakeSteps(12)
    show(view, run, source)
    source.steps = (10, 11, 12)
    run.apply(ReplayProgressed(1, 2))
    view.refresh()
    run.apply(ReplayEnded(11))
    view.refresh()

    assert view.step == 12  # what is being read stays
    view.go(-1)
    assert view.step == 11
    view.go(-1)
    assert view.step == 10


def test_that_a_key_before_the_next_refresh_finds_the_steps_of_a_replay(
    view: InspectorView, run: Run, qtbot: QtBot
) -> None:
    source = FakeSteps(12)
    show(view, run, source)
    source.steps = (10, 11, 12)
    run.apply(ReplayProgressed(1, 2))
    run.apply(ReplayEnded(11))
    press(qtbot, view, Qt.Key.Key_Left)
    assert view.step == 11
