"""The window itself: docks and their layout, themes, menus, what is hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QMenu,
    QPlainTextEdit,
    QTableWidget,
    QWidget,
)

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from workbench.core.paths import settings_file
from workbench.ui.theme import is_dark

_LITTLE_PX = 10
OpenDesk = Callable[[], Desk]


def docks(desk: Desk) -> dict[str, QDockWidget]:
    """Return the docks by name."""
    return {dock.objectName(): dock for dock in desk.window.findChildren(QDockWidget)}


def arrangement(desk: Desk) -> dict[str, tuple[bool, bool]]:
    """Return which docks are open, and which float."""
    return {
        name: (not dock.isHidden(), dock.isFloating()) for name, dock in docks(desk).items()
    }


def places(desk: Desk) -> dict[str, tuple[int, int, int, int]]:
    """Return where the docks in front are: left, top, width and height in pixels."""
    all_places = {name: dock.geometry() for name, dock in docks(desk).items()}
    # Docks behind others in tabs are moved to where nobody looks.
    return {n: p.getRect() for n, p in all_places.items() if p.left() >= 0}


def are_alike(
    one: dict[str, tuple[int, int, int, int]], other: dict[str, tuple[int, int, int, int]]
) -> bool:
    """Say whether docks stand in the same places, give or take a row of pixels or two."""
    return one.keys() == other.keys() and all(
        abs(a - b) <= _LITTLE_PX
        for name in one
        for a, b in zip(one[name], other[name], strict=True)
    )


def shown_points(desk: Desk) -> int:
    return max((len(c.x) for c in desk.window.views.loss.plot.curves()), default=0)


# ---- docks


def test_that_every_dock_can_be_hidden_and_shown_from_the_view_menu(
    quick_desk: Desk,
) -> None:
    desk = quick_desk
    found = docks(desk)
    assert {"experiment_dock", "loss_dock", "rates_dock", "runs_dock", "log_dock"} <= set(
        found
    )
    for dock in found.values():
        toggle = dock.toggleViewAction()
        was_open = not dock.isHidden()
        for is_open in (not was_open, was_open):
            desk.pick("docks_menu", toggle)
            desk.wait(lambda d=dock, o=is_open: d.isHidden() is not o)
            assert toggle.isChecked() is is_open


def test_that_layout_and_theme_are_remembered_over_a_restart(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk()
    usual = arrangement(desk)
    desk.pick("docks_menu", docks(desk)["rates_dock"].toggleViewAction())
    docks(desk)["picture_dock"].setFloating(True)
    desk.pick("theme_menu", "theme_dark")
    changed = arrangement(desk)
    assert changed != usual
    desk.close()

    again = open_desk()
    again.wait(lambda: arrangement(again) == changed)
    assert is_dark(QApplication.palette())
    assert [
        a.objectName() for a in again.open_menu("theme_menu").actions() if a.isChecked()
    ]
    again.find(QMenu, "theme_menu").close()
    again.pick("view_menu", again.action("reset_layout"))
    again.wait(lambda: arrangement(again) == usual)
    again.pick("theme_menu", "theme_system")


def test_that_reset_layout_brings_every_dock_home(quick_desk: Desk) -> None:
    desk = quick_desk
    usual = arrangement(desk)
    before = places(desk)
    for number, dock in enumerate(docks(desk).values()):
        if number % 2:
            dock.close()
        else:
            dock.setFloating(True)
    desk.pick("view_menu", desk.action("reset_layout"))
    desk.wait(lambda: arrangement(desk) == usual)
    desk.wait(lambda: are_alike(places(desk), before))  # docks glide home


def test_that_settings_that_make_no_sense_are_passed_over(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk()
    usual = arrangement(desk)
    desk.close()
    settings = QSettings(str(settings_file()), QSettings.Format.IniFormat)
    assert settings.allKeys()
    for key in settings.allKeys():
        settings.setValue(key, "nonsense")
    settings.sync()
    again = open_desk()
    assert arrangement(again) == usual


def test_that_a_window_which_stood_on_a_screen_that_is_gone_is_brought_back(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk()
    desk.window.move(-5000, -5000)
    desk.close()
    again = open_desk()
    assert again.window.screen().availableGeometry().intersects(again.window.geometry())


def test_that_a_dock_hidden_and_shown_again_and_again_leaves_nothing_behind(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([3.0, 2.0])
    desk.wait(lambda: shown_points(desk) == 2)
    loss = docks(desk)["loss_dock"]
    counts: list[int] = []
    for _ in range(20):
        for is_hidden in (True, False):
            desk.pick("docks_menu", loss.toggleViewAction())
            desk.wait(lambda wanted=is_hidden: loss.isHidden() is wanted)
        counts.append(len(desk.window.findChildren(QObject)))
    launcher.run.advance([1.0])
    desk.wait(lambda: shown_points(desk) == 3)
    assert counts[-1] == counts[9]  # since the first few, which lay things out


def test_that_a_view_that_was_hidden_shows_everything_once_it_is_shown(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    loss = docks(desk)["loss_dock"]
    desk.pick("docks_menu", loss.toggleViewAction())
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([3.0, 2.0, 1.0])
    launcher.run.finish()
    desk.wait_for_end()
    desk.pick("docks_menu", loss.toggleViewAction())
    desk.wait(lambda: shown_points(desk) == 3)
    assert desk.window.views.loss.plot.message == ""


def test_that_a_floating_dock_goes_on_following_the_run(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    docks(desk)["loss_dock"].setFloating(True)
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([3.0, 2.0])
    desk.wait(lambda: shown_points(desk) == 2)
    launcher.run.advance([1.0])
    desk.wait(lambda: shown_points(desk) == 3)


# ---- themes


@pytest.fixture
def _system_theme(qapp: QApplication) -> object:
    """Give the application its own palette back, whatever a test chose."""
    yield
    qapp.styleHints().setColorScheme(Qt.ColorScheme.Unknown)
    qapp.setPalette(QPalette())


@pytest.mark.usefixtures("_system_theme")
def test_that_the_theme_changes_while_a_run_goes_on(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([3.0, 2.0])
    desk.wait(lambda: shown_points(desk) == 2)
    plot = desk.window.views.loss.plot
    grounds = {}
    for scheme in ("dark", "light", "dark"):
        desk.pick("theme_menu", f"theme_{scheme}")
        launcher.run.advance([1.0])
        desk.wait(lambda: shown_points(desk) == desk.run.num_steps)
        image = plot.grab().toImage()
        ground = image.pixelColor(image.width() // 2, image.height() - 2).lightness()
        grounds[scheme] = ground
        assert is_dark(desk.window.palette()) is (scheme == "dark")
        assert is_dark(plot.palette()) is (scheme == "dark")
    assert grounds["dark"] < 64
    assert grounds["light"] > 192
    assert desk.state == "training"


# ---- the rest


def test_that_the_window_opens_ready_to_train_a_preset_that_needs_no_download(
    quick_desk: Desk,
) -> None:
    desk = quick_desk
    assert desk.window.windowTitle() == "Untitled[*] – Training Workbench"
    assert not desk.window.isWindowModified()
    assert desk.find(QComboBox, "preset").currentData() == "quickstart-mlp"
    assert desk.button("train").isEnabled()
    assert desk.state == "idle"
    assert desk.notice == ""
    assert "Train (Space)" in desk.window.views.loss.plot.message


def test_that_nothing_is_cut_off_in_a_window_of_1280_by_800(quick_desk: Desk) -> None:
    desk = quick_desk
    assert (desk.window.width(), desk.window.height()) == (1280, 800)
    for action in desk.window.toolbar.actions():
        widget = desk.window.toolbar.widgetForAction(action)
        if widget is not None and action.isVisible():
            assert widget.isVisible(), action.text()
            assert widget.geometry().right() <= 1280


@pytest.mark.parametrize(
    ("key", "name"), [("shortcuts", "shortcutsDialog"), ("about", "aboutDialog")]
)
def test_that_help_opens_beside_a_run_that_goes_on(
    quick_desk: Desk, launcher: FakeLauncher, key: str, name: str
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.start()
    desk.pick("help_menu", desk.action(key))
    dialog = desk.question(name)
    launcher.run.advance([2.0])
    desk.wait(lambda: len(desk.run.epochs) == 1)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.wait(lambda: not desk.is_asking())
    desk.wait(lambda: desk.state == "training")


def test_that_the_shortcuts_list_undo_by_what_it_always_does(quick_desk: Desk) -> None:
    desk = quick_desk
    desk.choose_kind("optimizer", "lbfgs")
    assert "L-BFGS" in desk.action("undo").text()
    desk.pick("help_menu", desk.action("shortcuts"))
    dialog = desk.question("shortcutsDialog")
    table = dialog.findChild(QTableWidget, "shortcuts")
    listed = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert {"Undo", "Redo"} <= set(listed)
    assert not any("L-BFGS" in words for words in listed)
    dialog.reject()
    desk.wait(lambda: not desk.is_asking())


def test_that_every_control_has_a_name_and_an_explanation(quick_desk: Desk) -> None:
    desk = quick_desk
    for section in ("model", "data", "loss", "optimizer", "schedule", "loop"):
        desk.open_group(section)
    kinds = (QAbstractButton, QComboBox)
    silent = [
        widget.objectName() or repr(widget)
        for kind in kinds
        for widget in desk.window.findChildren(kind)
        if widget.isVisible() and _is_ours(widget) and not _explains_itself(widget)
    ]
    assert silent == []


def _is_ours(widget: QWidget) -> bool:
    return not widget.objectName().startswith("qt_")


def _explains_itself(widget: QWidget) -> bool:
    has_name = bool(widget.accessibleName()) or bool(
        isinstance(widget, QAbstractButton) and widget.text()
    )
    return has_name and bool(widget.toolTip())


def test_that_a_sentence_in_the_notice_bar_is_kept_in_the_log_and_shown_as_text(
    quick_desk: Desk,
) -> None:
    desk = quick_desk
    sentence = "<img src=x> & <b>bold</b>"
    desk.window.tell_problem(sentence)
    assert desk.notice == sentence
    assert sentence in desk.find(QPlainTextEdit, "logText").toPlainText()
    assert isinstance(desk.window, QWidget)
    assert not desk.window.findChildren(QDialog, "errorDialog")[0].isVisible()


def test_that_a_new_window_and_its_title_fit_the_screen(fake_desk: Desk) -> None:
    memory = fake_desk.window._parts.memory
    memory._settings.remove("window/geometry")
    memory.restore_place(fake_desk.window)
    room = fake_desk.window.screen().availableSize()
    assert fake_desk.window.size().height() <= room.height() - 40
