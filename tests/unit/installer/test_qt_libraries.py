"""What Qt misses is found by trying, and installed or named with the exact command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import qt_libraries
from qt_libraries import OFFSCREEN, WAYLAND, XCB
from terminal import SetupError

linux = pytest.mark.skipif(sys.platform != "linux", reason="libraries of Linux")
CURSOR, EGL = "libxcb-cursor.so.0", "libEGL.so.1"


class FakeSystem:
    """A system with some libraries missing until its package manager has run."""

    def __init__(
        self, *, missing: tuple[str, ...] = (), tools: tuple[str, ...] = ()
    ) -> None:
        self.missing = missing
        self.tools = tools
        self.user = 1000
        self.fonts = 12
        self.mends = True
        self.started: list[str] = []

    def listen(self, command, *, env=None):
        if command[0] == "ldd":
            return "".join(f"\t{name} => not found\n" for name in self.missing)
        return f"fonts {self.fonts}\n" if self.fonts is not None else ""

    def start(self, command, _doing, *, env):
        self.started.append(command[-1])
        if self.mends:
            self.missing, self.fonts = (), 1
        return 0

    def which(self, tool):
        return f"/usr/bin/{tool}" if tool in self.tools else None


@pytest.fixture
def system(monkeypatch, tmp_path):
    fake = FakeSystem(tools=("apt-get",))
    monkeypatch.setattr(qt_libraries, "listen", fake.listen)
    monkeypatch.setattr(qt_libraries, "start", fake.start)
    monkeypatch.setattr(qt_libraries.shutil, "which", fake.which)
    monkeypatch.setattr(qt_libraries.os, "geteuid", lambda: fake.user, raising=False)
    return fake


@pytest.fixture
def python(tmp_path):
    (tmp_path / "lib/python3.12/site-packages/PySide6").mkdir(parents=True)
    return tmp_path / "bin" / "python"


def test_that_nothing_is_started_where_nothing_is_missing(system, python):
    qt_libraries.ensure(python, [OFFSCREEN, XCB])
    assert system.started == []


def test_that_root_installs_what_is_missing(system, python):
    system.missing, system.user = (CURSOR, EGL), 0
    qt_libraries.ensure(python, [XCB])
    (command,) = system.started
    assert command == (
        "apt-get update && "
        "apt-get install -y --no-install-recommends libegl1 libxcb-cursor0"
    )


def test_that_anybody_else_is_told_the_exact_command(system, python):
    system.missing = (CURSOR,)
    with pytest.raises(SetupError) as refused:
        qt_libraries.ensure(python, [XCB])
    assert "sudo apt-get update && sudo apt-get install" in str(refused.value)
    assert "libxcb-cursor0" in str(refused.value)
    assert system.started == []


def test_that_a_package_that_did_not_help_is_said(system, python):
    system.missing, system.user, system.mends = (CURSOR,), 0, False
    with pytest.raises(SetupError, match=f"still misses {CURSOR}"):
        qt_libraries.ensure(python, [XCB])


def test_that_a_system_without_fonts_gets_one(system, python):
    system.fonts, system.user = 0, 0
    qt_libraries.ensure(python, [OFFSCREEN])
    assert system.started[0].endswith("fonts-dejavu-core")


def test_that_qt_failing_for_another_reason_is_said(system, python):
    system.fonts = None
    with pytest.raises(SetupError, match="QT_DEBUG_PLUGINS=1"):
        qt_libraries.ensure(python, [OFFSCREEN])


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("apt-get", "apt-get install -y --no-install-recommends libegl1 libxcb-cursor0"),
        ("dnf", "sudo dnf install 'libxcb-cursor.so.0()(64bit)' 'libEGL.so.1()(64bit)'"),
        ("zypper", "sudo zypper install 'libxcb-cursor.so.0()(64bit)'"),
        ("pacman", "sudo pacman -S --needed libglvnd xcb-util-cursor"),
        ("none", "with this system's package manager) libxcb-cursor.so.0, libEGL.so.1"),
    ],
)
def test_that_each_distribution_has_its_command(system, tool, command):
    system.tools = (tool,)
    assert command in qt_libraries.install_command([CURSOR, EGL])


def test_that_a_library_nobody_listed_is_named_as_it_is(system):
    assert "libnew.so.9" in qt_libraries.install_command(["libnew.so.9"])


def test_that_an_environment_without_qt_says_how_to_mend_it(system, tmp_path):
    with pytest.raises(SetupError, match=r"delete the folder \.venv"):
        qt_libraries.missing_libraries(tmp_path / "bin" / "python", [XCB])


def test_that_the_window_needs_the_platforms_of_this_desktop(system, monkeypatch):
    monkeypatch.setattr(qt_libraries.sys, "platform", "linux")
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert qt_libraries.platforms_for(verb_opens_window=True) == [OFFSCREEN, XCB]
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert WAYLAND in qt_libraries.platforms_for(verb_opens_window=True)


def test_that_a_platform_chosen_by_the_reader_is_the_one_that_counts(monkeypatch):
    monkeypatch.setattr(qt_libraries.sys, "platform", "linux")
    monkeypatch.setenv("QT_QPA_PLATFORM", "vnc:size=800x600")
    assert qt_libraries.platforms_for(verb_opens_window=True) == [OFFSCREEN, "vnc"]


def test_that_tests_need_a_screen_only_where_there_is_a_virtual_one(system, monkeypatch):
    monkeypatch.setattr(qt_libraries.sys, "platform", "linux")
    assert qt_libraries.platforms_for(verb_opens_window=False) == [OFFSCREEN]
    system.tools = ("Xvfb",)
    assert qt_libraries.platforms_for(verb_opens_window=False) == [OFFSCREEN, XCB]


@pytest.mark.parametrize("name", ["darwin", "win32"])
def test_that_other_systems_miss_nothing(monkeypatch, name):
    monkeypatch.setattr(qt_libraries.sys, "platform", name)
    assert qt_libraries.platforms_for(verb_opens_window=True) == []


@linux
@pytest.mark.skipif(shutil.which("ldd") is None, reason="needs ldd")
def test_that_the_qt_that_runs_these_tests_misses_nothing_to_draw_offscreen():
    assert qt_libraries.missing_libraries(Path(sys.executable), [OFFSCREEN]) == []
