from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.core.paths import resources
from workbench.ui.icons import IconKeeper, app_icon, icon, icon_names
from workbench.ui.plots.colours import NUM_RUN_COLOURS, contrast
from workbench.ui.theme import (
    PlotTheme,
    Scheme,
    ThemeWatcher,
    dark_palette,
    is_dark,
    light_palette,
    scaled,
    soft_selection,
    tabular,
)

Role = QPalette.ColorRole
PALETTES = [light_palette(), dark_palette()]


@pytest.fixture
def watcher(qapp: QApplication):
    before = QPalette(qapp.palette())
    watcher = ThemeWatcher(qapp)
    yield watcher
    watcher.set_scheme(Scheme.SYSTEM)
    watcher.deleteLater()
    qapp.setPalette(before)


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (Role.Text, Role.Base),
        (Role.WindowText, Role.Window),
        (Role.ButtonText, Role.Button),
        (Role.HighlightedText, Role.Highlight),
        (Role.ToolTipText, Role.ToolTipBase),
        (Role.PlaceholderText, Role.Base),
        (Role.Link, Role.Base),
    ],
)
def test_that_all_text_can_be_read(
    palette: QPalette, ink: QPalette.ColorRole, ground: QPalette.ColorRole
) -> None:
    assert contrast(palette.color(ink), palette.color(ground)) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
def test_that_axis_text_can_be_read_and_the_grid_stays_behind(palette: QPalette) -> None:
    theme = PlotTheme.from_palette(palette)
    assert contrast(theme.muted, theme.background) >= 4.5
    assert contrast(theme.grid, theme.background) < 1.6


@pytest.mark.parametrize("palette", PALETTES)
def test_that_heat_begins_at_the_background_and_grows_evenly(palette: QPalette) -> None:
    theme = PlotTheme.from_palette(palette)
    assert theme.heat(0).name() == theme.background.name()
    steps = [contrast(theme.heat(i / 5), theme.background) for i in range(6)]
    assert steps == sorted(steps)
    assert steps[-1] >= 6.5


def test_that_a_forced_scheme_recolours_the_application_at_once(
    watcher: ThemeWatcher, qapp: QApplication, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(watcher.theme_changed):
        watcher.set_scheme(Scheme.DARK)
    assert is_dark(qapp.palette())
    with qtbot.waitSignal(watcher.theme_changed):
        watcher.set_scheme(Scheme.LIGHT)
    assert not is_dark(qapp.palette())
    assert qapp.palette().base().color() == light_palette().base().color()


def test_that_the_system_is_followed_live(
    watcher: ThemeWatcher, qapp: QApplication, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(watcher.theme_changed):
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert watcher.scheme is Scheme.SYSTEM


def test_that_every_icon_exists(qapp: QApplication) -> None:
    for name in icon_names():
        assert not icon(name).pixmap(16, 16).isNull(), name


def test_that_icons_follow_the_theme(watcher: ThemeWatcher, qapp: QApplication) -> None:
    from PySide6.QtGui import QAction

    watcher.set_scheme(Scheme.LIGHT)
    action = QAction("Train", watcher)
    IconKeeper(watcher).give(action, "train")
    light = action.icon().pixmap(32, 32).toImage()
    watcher.set_scheme(Scheme.DARK)
    dark = action.icon().pixmap(32, 32).toImage()
    middle = light.rect().center()
    assert light.pixelColor(middle).lightness() < 80
    assert dark.pixelColor(middle).lightness() > 180


def test_that_a_deleted_action_is_forgotten(watcher: ThemeWatcher) -> None:
    import shiboken6
    from PySide6.QtGui import QAction

    action = QAction("Train", watcher)
    IconKeeper(watcher).give(action, "train")
    shiboken6.delete(action)
    watcher.set_scheme(Scheme.DARK)  # would touch the deleted action


def test_that_tabular_digits_are_asked_for() -> None:
    assert tabular(QFont()).isFeatureSet(QFont.Tag("tnum"))


@pytest.mark.parametrize("unit", ["points", "pixels"])
def test_that_fonts_scale_in_either_unit(unit: str) -> None:
    font = QFont()
    if unit == "pixels":
        font.setPixelSize(20)
        assert scaled(font, 0.5).pixelSize() == 10
    else:
        font.setPointSizeF(20)
        assert scaled(font, 0.5).pointSizeF() == 10


@pytest.mark.parametrize("palette", [light_palette, dark_palette])
def test_that_a_soft_selection_leaves_text_and_run_colours_readable(
    palette: Callable[[], QPalette],
) -> None:
    soft = soft_selection(palette())
    ground = soft.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight)
    text = soft.color(QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText)
    assert contrast(text, ground) >= 7
    theme = PlotTheme.from_palette(palette())
    assert ground != theme.background
    for index in range(NUM_RUN_COLOURS):
        assert contrast(theme.run(index), ground) >= 2


def test_that_the_window_has_an_icon_of_its_own(qapp: QApplication) -> None:
    image = app_icon(resources()).pixmap(32, 32).toImage()
    colours = {image.pixelColor(x, y).name() for x in range(32) for y in range(32)}
    assert len(colours) > 3
