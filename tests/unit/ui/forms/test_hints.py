from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from workbench.core.optimizers import Adam, RmsProp, Rprop
from workbench.core.plan import Plan
from workbench.core.schedules import CosineSchedule
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.forms.hint import Hint, HintLevel
from workbench.ui.forms.marks import NoteLabel, problem_colour, watch_colour

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

WORDS = "2/λ = 0.83 for these data"
PATH = "optimizer.lr"


@pytest.fixture
def panel(qtbot: QtBot) -> ExperimentPanel:
    panel = ExperimentPanel()
    qtbot.addWidget(panel)
    panel.resize(336, 700)
    panel.set_plan(Plan(optimizer=Adam()))
    panel.show()
    return panel


def notes(panel: ExperimentPanel) -> list[str]:
    """List the words that can be seen beneath learning rates."""
    labels = panel.findChildren(QLabel, "lr_note")
    return [label.text() for label in labels if label.isVisible()]


def test_that_a_hint_stands_beneath_its_field(panel: ExperimentPanel) -> None:
    assert notes(panel) == []
    panel.set_hint(PATH, WORDS)
    assert notes(panel) == [WORDS]
    assert panel.hint(PATH) == Hint(WORDS, HintLevel.INFO)


def test_that_a_hint_survives_edits_and_another_kind(panel: ExperimentPanel) -> None:
    panel.set_hint(PATH, WORDS)
    panel.set_plan(Plan(optimizer=Adam(lr=0.5)), undoable=True)
    assert notes(panel) == [WORDS]
    panel.set_plan(Plan(optimizer=RmsProp()), undoable=True)
    assert notes(panel) == [WORDS]
    panel.undo_stack.undo()
    assert notes(panel) == [WORDS]


def test_that_a_cleared_hint_is_gone_everywhere(panel: ExperimentPanel) -> None:
    panel.set_hint(PATH, WORDS)
    panel.set_plan(Plan(optimizer=RmsProp()), undoable=True)
    panel.clear_hint(PATH)
    panel.clear_hint(PATH)  # none is there any more
    assert notes(panel) == []
    panel.undo_stack.undo()
    assert notes(panel) == []
    assert panel.hint(PATH) is None


def test_that_a_hint_leaves_the_plan_and_its_problems_alone(panel: ExperimentPanel) -> None:
    plan = panel.plan()
    panel.set_hint(PATH, WORDS, "watch")
    assert panel.plan() == plan
    assert panel.problems() == []
    assert not panel.undo_stack.canUndo()


def test_that_only_known_levels_are_taken(panel: ExperimentPanel) -> None:
    with pytest.raises(ValueError, match="loud"):
        panel.set_hint(PATH, WORDS, "loud")


@pytest.mark.parametrize(
    ("problem", "level", "mark"),
    [
        ("", HintLevel.INFO, None),
        ("", HintLevel.WATCH, watch_colour),
        ("It is wrong.", HintLevel.WATCH, problem_colour),
    ],
)
def test_that_what_is_to_be_watched_has_a_bar_and_problems_come_first(
    qtbot: QtBot, problem: str, level: HintLevel, mark: object
) -> None:
    label = NoteLabel()
    qtbot.addWidget(label)
    label.show_words(problem, "a hint", Hint(WORDS, level))
    label.resize(200, 40)
    assert label.text().split("\n")[-2:] == ["a hint", WORDS]
    assert (label.text().split("\n")[0] == problem) is bool(problem)
    bar = label.grab().toImage().pixelColor(0, 20)
    wanted = mark(label.palette()) if callable(mark) else None
    ground = label.palette().color(label.backgroundRole())
    assert bar.name() == (wanted or ground).name()


def kind_note(panel: ExperimentPanel, section: str) -> str:
    """Return the words that can be seen beneath the choice of a section."""
    label = panel.findChild(QLabel, f"{section}_kind_note")
    return label.text() if label.isVisible() else ""


def test_that_a_schedule_without_effect_is_told_beside_both_choices(
    panel: ExperimentPanel,
) -> None:
    panel.findChild(object, "schedule_group").set_open(True)
    panel.set_plan(Plan(optimizer=Rprop()), undoable=True)
    assert (kind_note(panel, "optimizer"), kind_note(panel, "schedule")) == ("", "")
    panel.set_plan(Plan(optimizer=Rprop(), schedule=CosineSchedule()), undoable=True)
    for section in ("optimizer", "schedule"):
        assert "the schedule Cosine changes nothing" in kind_note(panel, section)
    assert panel.problems() == []  # it may be trained all the same
    panel.set_value("optimizer", "lr", -1.0)  # no plan any more, yet as true as before
    assert "Cosine" in kind_note(panel, "schedule")
    panel.undo_stack.undo()
    panel.undo_stack.undo()
    assert (kind_note(panel, "optimizer"), kind_note(panel, "schedule")) == ("", "")
