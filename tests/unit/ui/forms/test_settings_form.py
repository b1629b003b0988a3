from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.errors import Problem
from workbench.core.loop import LoopSettings
from workbench.core.optimizers import Adam, Lookahead, Rprop, Sgd
from workbench.core.plan import CATALOGUES, PLAIN_SECTIONS
from workbench.core.settings import FieldKind, Settings, build
from workbench.ui.forms.bad_text import BadText
from workbench.ui.forms.number_edit import NumberEdit
from workbench.ui.forms.settings_form import SettingsForm

ALL = [entry for catalogue in CATALOGUES.values() for entry in catalogue]
ALL += list(PLAIN_SECTIONS.values())


def make(qtbot: QtBot, settings: type[Settings], **options: Any) -> SettingsForm:
    form = SettingsForm(settings, **options)
    qtbot.addWidget(form)
    return form


def type_into(qtbot: QtBot, form: QWidget, name: str, text: str) -> QLineEdit:
    edit = form.findChild(QLineEdit, name)
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    return edit


def is_shown(form: QWidget, name: str) -> bool:
    return bool(form.findChild(QWidget, name).isVisibleTo(form))


@pytest.mark.parametrize("settings", ALL, ids=lambda entry: entry.__name__)
def test_that_every_form_starts_with_defaults_that_build(
    qtbot: QtBot, settings: type[Settings]
) -> None:
    values = make(qtbot, settings).values()
    assert build(settings, values) == settings()


@pytest.mark.parametrize("settings", ALL, ids=lambda entry: entry.__name__)
def test_that_a_number_as_small_as_1e_7_is_stored_exactly_in_each_field(
    qtbot: QtBot, settings: type[Settings]
) -> None:
    form = make(qtbot, settings)
    form.set_values({"full_batch": False, "clipping": "norm", "enabled": True})
    for edit in form.findChildren(NumberEdit):
        is_whole = edit.spec.kind in {FieldKind.INT, FieldKind.INTS}
        edit.selectAll()
        qtbot.keyClicks(edit, "1e-7")
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        assert edit.text() == "1e-7"
        assert edit.value() == 1e-7 or is_whole
        assert isinstance(edit.value(), BadText) is is_whole
    for value in form.values().values():
        assert not isinstance(value, float) or value == 1e-7


def test_that_an_edit_is_told_with_its_name(qtbot: QtBot) -> None:
    form = make(qtbot, Adam)
    edits: list[tuple[str, object]] = []
    form.field_edited.connect(lambda name, value: edits.append((name, value)))
    type_into(qtbot, form, "lr", "2")
    form.findChild(QCheckBox, "amsgrad").click()
    assert edits == [("lr", 2.0), ("amsgrad", True)]


def test_that_setting_values_is_silent_and_leaves_the_others(qtbot: QtBot) -> None:
    form = make(qtbot, Adam)
    edits: list[object] = []
    form.field_edited.connect(lambda *edit: edits.append(edit))
    form.set_values({"lr": 0.5, "no_such_field": 1})
    assert form.values() == {**Adam(lr=0.5).model_dump(exclude={"kind"})}
    assert edits == []


def test_that_the_way_back_appears_with_a_change_and_goes_back(qtbot: QtBot) -> None:
    form = make(qtbot, Adam)
    assert not is_shown(form, "lr_reset")
    type_into(qtbot, form, "lr", "0.5")
    assert is_shown(form, "lr_reset")
    button = form.findChild(QToolButton, "lr_reset")
    assert "0.001" in button.toolTip()
    edits: list[object] = []
    form.field_edited.connect(lambda *edit: edits.append(edit))
    button.click()
    assert edits == [("lr", 0.001)]
    assert not is_shown(form, "lr_reset")


def test_that_bad_text_is_named_beneath_the_field(qtbot: QtBot) -> None:
    form = make(qtbot, Adam)
    type_into(qtbot, form, "lr", "0,001")
    value = form.values()["lr"]
    assert isinstance(value, BadText)
    assert is_shown(form, "lr_note")
    assert form.findChild(QLabel, "lr_note").text() == value.why
    type_into(qtbot, form, "lr", "0.001")
    assert not is_shown(form, "lr_note")


def test_that_problems_are_named_beneath_their_fields_until_they_are_gone(
    qtbot: QtBot,
) -> None:
    form = make(qtbot, Adam)
    form.show_problems([Problem("optimizer.lr", "Learning rate must be above 0")])
    assert form.findChild(QLabel, "lr_note").text() == "Learning rate must be above 0"
    assert form.findChild(QLineEdit, "lr").is_outlined()
    form.show_problems([])
    assert not is_shown(form, "lr_note")
    assert not form.findChild(QLineEdit, "lr").is_outlined()


def test_that_fields_without_effect_are_greyed(qtbot: QtBot) -> None:
    form = make(qtbot, LoopSettings)
    batch = form.findChild(QLineEdit, "batch_size")
    assert not batch.isEnabled()
    form.findChild(QCheckBox, "full_batch").click()
    assert batch.isEnabled()
    form.set_values({"full_batch": True})
    assert not batch.isEnabled()


def test_that_a_field_with_a_problem_can_be_mended_even_without_effect(
    qtbot: QtBot,
) -> None:
    form = make(qtbot, LoopSettings)
    form.show_problems([Problem("loop.batch_size", "too large")])
    assert form.findChild(QLineEdit, "batch_size").isEnabled()
    form.show_problems([])
    assert not form.findChild(QLineEdit, "batch_size").isEnabled()


def test_that_a_part_that_is_off_hides_its_fields(qtbot: QtBot) -> None:
    form = make(qtbot, Lookahead, hide_idle=True)
    assert not is_shown(form, "k")
    assert not is_shown(form, "more")
    form.findChild(QCheckBox, "enabled").click()
    assert is_shown(form, "k")
    assert is_shown(form, "more")


def test_that_advanced_fields_stand_under_more(qtbot: QtBot) -> None:
    form = make(qtbot, Sgd)
    more = form.findChild(QToolButton, "more")
    assert not is_shown(form, "dampening")
    more.click()
    assert is_shown(form, "dampening")
    more.click()
    assert not is_shown(form, "dampening")
    assert not is_shown(make(qtbot, Adam), "more")


def test_that_more_says_how_many_hidden_fields_were_changed(qtbot: QtBot) -> None:
    form = make(qtbot, Sgd)
    form.set_values({"dampening": 0.5})
    assert "1" in form.findChild(QToolButton, "more").text()


def test_that_a_problem_opens_more(qtbot: QtBot) -> None:
    form = make(qtbot, Sgd)
    form.show_problems([Problem("optimizer.dampening", "Dampening must be at most 1")])
    assert is_shown(form, "dampening_note")


def test_that_a_click_on_a_title_toggles_its_switch(qtbot: QtBot) -> None:
    form = make(qtbot, Adam)
    qtbot.mouseClick(form.findChild(QLabel, "amsgrad_title"), Qt.MouseButton.LeftButton)
    assert form.values()["amsgrad"] is True


def test_that_tooltips_name_help_default_range_and_unit(qtbot: QtBot) -> None:
    adam, loop, rprop = (make(qtbot, each) for each in (Adam, LoopSettings, Rprop))
    lr = adam.findChild(QLineEdit, "lr")
    assert "nominal length of a step" in lr.toolTip()
    assert "0.001" in lr.toolTip()
    assert "greater than 0" in lr.toolTip()
    assert lr.accessibleDescription()
    every = loop.findChild(QLineEdit, "evaluate_every")
    assert "epochs" in every.toolTip()
    etas = rprop.findChild(QLineEdit, "etas_0")
    assert "grow: greater than 1, at most 100" in etas.toolTip()


def test_that_an_extreme_rate_is_echoed_beneath(qtbot: QtBot) -> None:
    form = make(qtbot, Adam)
    type_into(qtbot, form, "lr", "4e-07")
    assert form.findChild(QLabel, "lr_note").text() == "= 400 billionths"
    assert not form.findChild(QLineEdit, "lr").is_outlined()
