from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from workbench.core.datasets import CsvTable
from workbench.core.errors import SettingsError
from workbench.core.models import LinearModel, MlpModel
from workbench.core.optimizers import Adam, Lbfgs, Rprop
from workbench.core.plan import CATALOGUES, PLAIN_SECTIONS
from workbench.core.settings import FieldKind, FieldSpec, Range, Settings, build, describe
from workbench.ui.forms.bad_text import BadText
from workbench.ui.forms.editor import Editor
from workbench.ui.forms.editors import make_editor, part_of

ALL = [entry for catalogue in CATALOGUES.values() for entry in catalogue]
ALL += list(PLAIN_SECTIONS.values())
FIELDS = [(settings, spec) for settings in ALL for spec in describe(settings)]


def spec_of(settings: type[Settings], name: str) -> FieldSpec:
    return next(spec for spec in describe(settings) if spec.name == name)


def make(qtbot: QtBot, spec: FieldSpec) -> tuple[Editor, list[object]]:
    editor = make_editor(spec)
    editor.describe_to(spec.help, spec.help)
    qtbot.addWidget(editor)
    values: list[object] = []
    editor.value_edited.connect(values.append)
    return editor, values


@pytest.mark.parametrize(
    ("settings", "spec"), FIELDS, ids=[f"{s.__name__}.{f.name}" for s, f in FIELDS]
)
def test_that_every_field_shows_its_default_and_takes_other_values(
    qtbot: QtBot, settings: type[Settings], spec: FieldSpec
) -> None:
    editor, values = make(qtbot, spec)
    assert editor.value() == spec.default
    other = another_value(settings, spec)
    editor.set_value(other)
    assert editor.value() == other
    assert type(editor.value()) is type(other)
    assert values == []


def another_value(settings: type[Settings], spec: FieldSpec) -> object:
    """Find a valid value that is not the default."""
    candidates: dict[FieldKind, list[object]] = {
        FieldKind.FLOAT: [1e-7, 0.3, 2.5, -0.5],
        FieldKind.INT: [7, 11],
        FieldKind.BOOL: [not spec.default],
        FieldKind.CHOICE: list(spec.choices),
        FieldKind.FLOATS: [(0.25, 1.5), (0.25, 0.5), (0.25, 0.5, 0.75)],
        FieldKind.INTS: [(8, 4, 2)],
    }
    for value in candidates.get(spec.kind, ["a text"]):
        try:
            built = build(settings, {"momentum": 0.9, spec.name: value})
        except SettingsError:
            try:
                built = build(settings, {spec.name: value})
            except SettingsError:
                continue
        if value != spec.default:
            return getattr(built, spec.name)
    raise AssertionError(f"no other value for {spec.name}")


def test_that_each_part_of_a_tuple_can_be_typed(qtbot: QtBot) -> None:
    editor, values = make(qtbot, spec_of(Adam, "betas"))
    first = editor.findChild(QLineEdit, "betas_0")
    first.selectAll()
    qtbot.keyClicks(first, "0.5")
    assert values[-1] == (0.5, 0.999)
    assert "β₁" in first.accessibleName()


def test_that_one_bad_part_makes_the_tuple_bad_and_comes_back(qtbot: QtBot) -> None:
    editor, values = make(qtbot, spec_of(Adam, "betas"))
    second = editor.findChild(QLineEdit, "betas_1")
    second.selectAll()
    qtbot.keyClicks(second, "0,9")
    bad = values[-1]
    assert bad == BadText(("0.9", "0,9"), bad.why, None)
    assert bad.instead == (0.9, 0.0)  # "0" was the last text that could be read
    editor.set_value((0.1, 0.2))
    editor.set_value(bad)
    assert second.text() == "0,9"
    assert editor.value() == bad


def test_that_only_the_bad_part_is_outlined(qtbot: QtBot) -> None:
    editor, _ = make(qtbot, spec_of(Adam, "betas"))
    first, second = editor.controls()
    first.setText("x")
    editor.set_outlined(True)
    assert (first.is_outlined(), second.is_outlined()) == (True, False)
    first.setText("1.5")
    editor.set_outlined(True)
    assert (first.is_outlined(), second.is_outlined()) == (True, True)


def test_that_parts_have_ranges_of_their_own() -> None:
    etas = spec_of(Rprop, "etas")
    assert part_of(etas, 0).range == Range(above=0, below=1)
    assert part_of(etas, 1).range == Range(above=1, maximum=100)
    assert part_of(etas, 1).unit == "grow"


def test_that_a_tuple_echoes_which_part_is_extreme(qtbot: QtBot) -> None:
    editor, _ = make(qtbot, spec_of(Rprop, "step_sizes"))
    editor.set_value((1e-6, 4e7))
    assert editor.hint() == "Step sizes largest = 40 million"


def test_that_a_switch_tells_of_clicks_only(qtbot: QtBot) -> None:
    editor, values = make(qtbot, spec_of(LinearModel, "bias"))
    editor.set_value(False)
    assert values == []
    editor.findChild(QCheckBox, "bias").click()
    assert values == [True]


def test_that_a_choice_tells_the_word_of_the_setting(qtbot: QtBot) -> None:
    editor, values = make(qtbot, spec_of(Lbfgs, "line_search_fn"))
    box = editor.findChild(QComboBox, "line_search_fn")
    assert box.itemText(1) == "strong wolfe"
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert values == ["strong_wolfe"]


def test_that_text_is_taken_as_typed(qtbot: QtBot) -> None:
    editor, values = make(qtbot, spec_of(CsvTable, "target"))
    qtbot.keyClicks(editor.findChild(QLineEdit, "target"), "y, m")
    assert values[-1] == "y, m"


def test_that_leaving_a_field_is_told(qtbot: QtBot) -> None:
    editor, _ = make(qtbot, spec_of(MlpModel, "hidden_sizes"))
    with qtbot.waitSignal(editor.editing_finished):
        qtbot.keyClick(editor.controls()[0], Qt.Key.Key_Return)


def test_that_every_control_can_be_named_by_a_screen_reader(qtbot: QtBot) -> None:
    for _, spec in FIELDS:
        editor, _ = make(qtbot, spec)
        for control in editor.controls():
            assert control.accessibleName(), spec.name
            assert control.toolTip(), spec.name
            assert control.objectName(), spec.name
