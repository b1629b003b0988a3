"""The sessions that were used last."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from workbench.ui.recent_files import MAX_FILES, RecentFiles


@pytest.fixture
def recent(ini: QSettings, qtbot: QtBot) -> RecentFiles:
    return RecentFiles(ini)


@pytest.fixture
def menu(qtbot: QtBot, recent: RecentFiles) -> QMenu:
    menu = QMenu()
    qtbot.addWidget(menu)
    recent.build_menu(menu)
    return menu


def make(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch()
    return paths


def entries(menu: QMenu) -> list[str]:
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_that_the_newest_file_comes_first_and_only_once(
    recent: RecentFiles, tmp_path: Path
) -> None:
    a, b = make(tmp_path, "a.wbs", "b.wbs")
    for path in (a, b, a):
        recent.add(path)
    assert recent.paths() == [a, b]


def test_that_only_so_many_are_kept(recent: RecentFiles, tmp_path: Path) -> None:
    paths = make(tmp_path, *[f"{number}.wbs" for number in range(MAX_FILES + 5)])
    for path in paths:
        recent.add(path)
    assert recent.paths() == paths[: -MAX_FILES - 1 : -1]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_that_they_come_back_at_the_next_start(
    recent: RecentFiles, ini: QSettings, tmp_path: Path, count: int
) -> None:
    paths = make(tmp_path, *["a,b.wbs", "ü 1.wbs"][:count])
    for path in paths:
        recent.add(path)
    ini.sync()
    again = QSettings(ini.fileName(), QSettings.Format.IniFormat)
    assert RecentFiles(again).paths() == paths[::-1]


def test_that_a_relative_path_is_remembered_as_what_it_meant(
    recent: RecentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = make(tmp_path, "a.wbs")
    monkeypatch.chdir(tmp_path)
    recent.add(Path("a.wbs"))
    assert recent.paths() == [path]


def test_that_a_file_that_is_gone_is_left_out(recent: RecentFiles, tmp_path: Path) -> None:
    a, b = make(tmp_path, "a.wbs", "b.wbs")
    recent.add(a)
    recent.add(b)
    b.unlink()
    assert recent.paths() == [a]


@pytest.mark.parametrize(
    "value",
    ["", "text", 5, ["", "relative", "a\0b", "x" * 100_000], {"a": 1}, [1, None], b"\xff"],
)
def test_that_a_damaged_list_is_survived(
    recent: RecentFiles, ini: QSettings, tmp_path: Path, value: object
) -> None:
    ini.setValue("recent/files", value)
    assert recent.paths() == []
    (path,) = make(tmp_path, "a.wbs")
    recent.add(path)
    assert recent.paths() == [path]


def test_that_a_damaged_file_of_settings_is_survived(tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "damaged.ini"
    file.write_bytes(b"\x00\xff[[recent\nfiles=@Variant(\x00\x00)\n" * 10)
    settings = QSettings(str(file), QSettings.Format.IniFormat)
    assert RecentFiles(settings).paths() == []


def test_that_the_menu_lists_the_files_when_it_is_shown(
    recent: RecentFiles, menu: QMenu, tmp_path: Path
) -> None:
    assert entries(menu) == ["No files yet"]
    for path in make(tmp_path, "a.wbs", "Q&A.wbs"):
        recent.add(path)
    assert entries(menu) == ["&1 Q&&A.wbs", "&2 a.wbs", "&Clear"]


def test_that_files_of_one_name_are_told_apart_by_their_folders(
    recent: RecentFiles, menu: QMenu, tmp_path: Path
) -> None:
    for path in make(tmp_path, "one/a.wbs", "two/a.wbs", "b.wbs"):
        recent.add(path)
    shown = entries(menu)
    assert shown[0] == "&1 b.wbs"
    assert shown[1].endswith(str(tmp_path / "two"))
    assert shown[2].endswith(str(tmp_path / "one"))


def test_that_choosing_an_entry_tells_its_path(
    recent: RecentFiles, menu: QMenu, tmp_path: Path, qtbot: QtBot
) -> None:
    (path,) = make(tmp_path, "a.wbs")
    recent.add(path)
    entries(menu)
    with qtbot.waitSignal(recent.file_chosen) as signal:
        menu.actions()[0].trigger()
    assert signal.args == [path]


def test_that_clear_forgets_all(recent: RecentFiles, menu: QMenu, tmp_path: Path) -> None:
    recent.add(make(tmp_path, "a.wbs")[0])
    entries(menu)
    menu.actions()[-1].trigger()
    assert recent.paths() == []
    assert entries(menu) == ["No files yet"]
