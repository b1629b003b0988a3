from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QPalette, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from workbench.core.loop import LoopSettings
from workbench.core.models import MlpModel
from workbench.core.optimizers import Adafactor, Adam, Sgd
from workbench.core.settings import FieldSpec, Settings, describe
from workbench.ui.forms.bad_text import BadText
from workbench.ui.forms.number_edit import NumberEdit


def spec_of(settings: type[Settings], name: str) -> FieldSpec:
    return next(spec for spec in describe(settings) if spec.name == name)


LR = spec_of(Adam, "lr")
EPOCHS = spec_of(LoopSettings, "epochs")


@pytest.fixture(params=["C", "de_DE"])
def locale(request: pytest.FixtureRequest) -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield
    QLocale.setDefault(before)


def make(qtbot: QtBot, spec: FieldSpec = LR, suffix: str = "") -> NumberEdit:
    edit = NumberEdit(spec, suffix)
    qtbot.addWidget(edit)
    return edit


def type_into(qtbot: QtBot, edit: NumberEdit, text: str) -> None:
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def wheel(edit: QWidget, angle: int) -> QWheelEvent:
    event = QWheelEvent(
        QPointF(5, 5),
        edit.mapToGlobal(QPointF(5, 5)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(edit, event)
    return event


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize(
    ("text", "value"),
    [("0.001", 0.001), ("1e-3", 0.001), ("1.500", 1.5), ("1e-7", 1e-7), ("4e07", 4e7)],
)
def test_that_numbers_mean_the_same_in_every_locale(
    qtbot: QtBot, text: str, value: float
) -> None:
    edit = make(qtbot)
    type_into(qtbot, edit, text)
    assert edit.value() == value
    assert isinstance(edit.value(), float)


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize("text", ["0,001", "1,500", "1.500,5"])
def test_that_a_comma_is_refused_in_words(qtbot: QtBot, text: str) -> None:
    edit = make(qtbot)
    reasons: list[str] = []
    edit.text_rejected.connect(reasons.append)
    type_into(qtbot, edit, text)
    assert isinstance(edit.value(), BadText)
    assert "comma" in reasons[-1]
    assert edit.is_outlined()


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "0x10", "1 000", "1_0"])
def test_that_what_is_no_finite_number_is_refused(qtbot: QtBot, text: str) -> None:
    edit = make(qtbot)
    edit.setText(text)
    assert isinstance(edit.value(), BadText)


def test_that_each_valid_edit_is_told_and_setting_is_silent(qtbot: QtBot) -> None:
    edit = make(qtbot)
    values: list[object] = []
    edit.value_edited.connect(values.append)
    edit.set_value(0.5)
    type_into(qtbot, edit, "12")
    assert values == [1.0, 12.0]


def test_that_text_stays_as_typed_until_the_person_goes_on(qtbot: QtBot) -> None:
    edit = make(qtbot)
    type_into(qtbot, edit, "1e-3")
    edit.set_value(0.001)  # what the form answers
    assert edit.text() == "1e-3"
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "0.001"


@pytest.mark.parametrize("value", [1e-7, 0.1 + 0.2, 1e-3, 1.0, 5e-324, 12345678.9])
def test_that_a_number_is_shown_so_that_it_reads_back_exactly(
    qtbot: QtBot, value: float
) -> None:
    edit = make(qtbot)
    edit.set_value(value)
    assert edit.value() == value
    assert float(edit.text()) == value


def test_that_bad_text_comes_back_as_it_was(qtbot: QtBot) -> None:
    edit = make(qtbot)
    type_into(qtbot, edit, "0.5x")
    bad = edit.value()
    edit.set_value(0.25)
    edit.set_value(bad)
    assert edit.text() == "0.5x"
    assert isinstance(bad, BadText)
    assert bad.instead == 0.5


def test_that_arrows_step_and_tell(qtbot: QtBot) -> None:
    edit = make(qtbot)
    values: list[object] = []
    edit.value_edited.connect(values.append)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
        qtbot.keyClick(edit, key)
    assert values == [0.002, 0.005, 0.002, 0.0002]
    assert edit.text() == "2e-4"


def test_that_whole_numbers_step_by_one_and_ten(qtbot: QtBot) -> None:
    edit = make(qtbot, EPOCHS)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp):
        qtbot.keyClick(edit, key)
    assert edit.value() == 111
    edit.set_value(1)
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert edit.value() == 1


def test_that_nothing_steps_where_there_is_no_number(qtbot: QtBot) -> None:
    lists = make(qtbot, spec_of(MlpModel, "hidden_sizes"))
    empty = make(qtbot, spec_of(Adafactor, "eps1"))
    bad = make(qtbot)
    bad.setText("x")
    for edit in (lists, empty, bad):
        qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert (lists.text(), empty.text(), bad.text()) == ("64 64", "", "x")


def test_that_the_wheel_steps_only_with_the_focus(qtbot: QtBot) -> None:
    edit, other = make(qtbot), make(qtbot)
    edit.show()
    other.show()
    assert not wheel(edit, 120).isAccepted()
    assert edit.value() == 0.001
    with qtbot.waitActive(edit):
        edit.activateWindow()
    edit.setFocus()
    assert wheel(edit, 120).isAccepted()
    assert edit.value() == 0.002
    wheel(edit, -60)
    assert edit.value() == 0.002  # half a notch
    wheel(edit, -60)
    assert edit.value() == 0.001


def test_that_a_list_is_one_line_and_empty_means_automatic(qtbot: QtBot) -> None:
    sizes = make(qtbot, spec_of(MlpModel, "hidden_sizes"))
    type_into(qtbot, sizes, "128 64 8")
    assert sizes.value() == (128, 64, 8)
    optional = make(qtbot, spec_of(Adafactor, "eps1"))
    assert optional.value() is None
    assert optional.placeholderText()
    type_into(qtbot, optional, "1e-30")
    assert optional.value() == 1e-30


@pytest.mark.parametrize(
    ("text", "hint"),
    [("4e07", "= 40 million"), ("4e-07", "= 400 billionths"), ("0.01", ""), ("x", "")],
)
def test_that_extreme_numbers_are_echoed_in_words(
    qtbot: QtBot, text: str, hint: str
) -> None:
    edit = make(qtbot)
    edit.setText(text)
    assert edit.hint() == hint


def test_that_the_default_is_never_echoed(qtbot: QtBot) -> None:
    assert make(qtbot, spec_of(Adam, "eps")).hint() == ""


def test_that_the_suffix_gives_way_to_long_text(qtbot: QtBot) -> None:
    edit = make(qtbot, spec_of(Sgd, "momentum"), "a suffix")
    edit.resize(160, 24)
    edit.set_value(0.5)
    assert edit.suffix_width() > 0
    assert edit.textMargins().right() > edit.suffix_width()
    edit.set_value(0.12345678901234567)
    assert edit.suffix_width() == 0
    assert edit.textMargins().right() == 0


def test_that_undo_is_left_to_the_form(qtbot: QtBot) -> None:
    seen: list[Any] = []

    class Outer(QWidget):
        @override
        def keyPressEvent(self, event: Any) -> None:
            seen.append(event.key())

    outer = Outer()
    qtbot.addWidget(outer)
    edit = NumberEdit(LR, parent=outer)
    type_into(qtbot, edit, "5")
    qtbot.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert seen[-1] == Qt.Key.Key_Z
    assert edit.text() == "5"


@pytest.mark.parametrize("background", [Qt.GlobalColor.white, Qt.GlobalColor.black])
def test_that_bad_text_stands_out_in_light_and_dark(
    qtbot: QtBot, background: Qt.GlobalColor
) -> None:
    edit = make(qtbot)
    edit.setPalette(QPalette(background))
    edit.resize(120, 24)
    sound = edit.grab().toImage().pixelColor(60, 1)
    edit.setText("x")
    marked = edit.grab().toImage().pixelColor(60, 1)
    assert marked != sound
    assert marked.red() > marked.green() + 60
    base = edit.palette().color(QPalette.ColorRole.Base)
    assert abs(marked.lightness() - base.lightness()) > 60
