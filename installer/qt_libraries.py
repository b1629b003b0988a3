"""The system libraries that Qt needs on Linux: found missing by trying, then installed.

Everything else comes with the locked packages; on Windows and macOS nothing is missing.
Runs under Python 3.8 and newer, with the standard library alone.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Iterable, NamedTuple, Sequence

from environment import clean_variables
from terminal import SetupError, listen, say, start

OFFSCREEN, XCB, WAYLAND = "offscreen", "xcb", "wayland"

_MISSING = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)
# The parts of Qt that the window uses, beside the plugin that draws.
_MODULES = ("QtWidgets", "QtSvg", "QtOpenGLWidgets", "QtPrintSupport", "QtTest")
_FIND_FONTS = """
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
app = QApplication([])
print("fonts", len(QFontDatabase.families()))
"""
_FONT = "a font"


class Package(NamedTuple):
    """What brings a library, by family of distributions."""

    debian: str
    arch: str


_PACKAGES: dict[str, Package] = {
    "libEGL.so.1": Package("libegl1", "libglvnd"),
    "libGL.so.1": Package("libgl1", "libglvnd"),
    "libX11.so.6": Package("libx11-6", "libx11"),
    "libX11-xcb.so.1": Package("libx11-xcb1", "libx11"),
    "libdbus-1.so.3": Package("libdbus-1-3", "dbus"),
    "libfontconfig.so.1": Package("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": Package("libfreetype6", "freetype2"),
    "libglib-2.0.so.0": Package("libglib2.0-0", "glib2"),
    "libgthread-2.0.so.0": Package("libglib2.0-0", "glib2"),
    "libwayland-client.so.0": Package("libwayland-client0", "wayland"),
    "libwayland-cursor.so.0": Package("libwayland-cursor0", "wayland"),
    "libwayland-egl.so.1": Package("libwayland-egl1", "wayland"),
    "libxcb-cursor.so.0": Package("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": Package("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": Package("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": Package("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-randr.so.0": Package("libxcb-randr0", "libxcb"),
    "libxcb-render-util.so.0": Package("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-render.so.0": Package("libxcb-render0", "libxcb"),
    "libxcb-shape.so.0": Package("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": Package("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": Package("libxcb-sync1", "libxcb"),
    "libxcb-util.so.1": Package("libxcb-util1", "xcb-util"),
    "libxcb-xfixes.so.0": Package("libxcb-xfixes0", "libxcb"),
    "libxcb-xinerama.so.0": Package("libxcb-xinerama0", "libxcb"),
    "libxcb-xkb.so.1": Package("libxcb-xkb1", "libxcb"),
    "libxcb.so.1": Package("libxcb1", "libxcb"),
    "libxkbcommon-x11.so.0": Package("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libxkbcommon.so.0": Package("libxkbcommon0", "libxkbcommon"),
    _FONT: Package("fonts-dejavu-core", "ttf-dejavu"),
}


def ensure(python: Path, platforms: Sequence[str]) -> None:
    """Make sure that Qt can draw on these of its platforms, on Linux.

    As root on Debian and its relatives what is missing is installed; elsewhere the
    exact command is in the error.

    Raises:
        SetupError: naming what is missing and the command that installs it.
    """
    missing = missing_libraries(python, platforms)
    if missing:
        _provide(missing)
        missing = missing_libraries(python, platforms)
    if missing:
        raise SetupError(f"Qt still misses {', '.join(missing)}.")
    if not _has_fonts(python):
        _provide([_FONT])


def missing_libraries(python: Path, platforms: Iterable[str]) -> list[str]:
    """List the names of libraries that Qt's files ask for and the system lacks."""
    found = set()
    for file in _qt_files(python, platforms):
        found.update(_MISSING.findall(listen(["ldd", str(file)])))
    return sorted(found)


def _qt_files(python: Path, platforms: Iterable[str]) -> list[Path]:
    qt = next(python.parent.parent.glob("lib/python3*/site-packages/PySide6"), None)
    if qt is None:
        raise SetupError("PySide6 is not installed; delete the folder .venv, start again.")
    plugins = [qt / "Qt/plugins/platforms" / f"libq{name}.so" for name in platforms]
    return [*(qt / f"{module}.abi3.so" for module in _MODULES), *plugins]


def _has_fonts(python: Path) -> bool:
    env = {**clean_variables(), "QT_QPA_PLATFORM": OFFSCREEN}
    answer = listen([str(python), "-c", _FIND_FONTS], env=env)
    if not answer.startswith("fonts"):
        raise SetupError(
            "Qt does not start although its libraries are there. This shows why: "
            f"QT_QPA_PLATFORM=offscreen QT_DEBUG_PLUGINS=1 {python} -c "
            "'from PySide6.QtWidgets import QApplication; QApplication([])'"
        )
    return answer.split() != ["fonts", "0"]


def _provide(missing: Sequence[str]) -> None:
    say(f"Qt needs from the system: {', '.join(missing)}.")
    command = install_command(missing)
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise SetupError(f"Install what Qt needs and start again: {command}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say(f"Installing it: {command}")
    if start(["sh", "-c", command], "installing libraries", env=env) != 0:
        raise SetupError(f"This command failed, and its message says why: {command}")


def install_command(missing: Sequence[str]) -> str:
    """Write the command that installs libraries on this distribution."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    if shutil.which("apt-get"):
        names = " ".join(_names(missing, "debian"))
        install = f"{sudo}apt-get install -y --no-install-recommends {names}"
        return f"{sudo}apt-get update && {install}"
    if shutil.which("pacman"):
        return f"{sudo}pacman -S --needed {' '.join(_names(missing, 'arch'))}"
    for tool in ("dnf", "zypper"):
        if shutil.which(tool):
            return f"{sudo}{tool} install {' '.join(_capabilities(missing))}"
    return f"(with this system's package manager) {', '.join(missing)}"


def _names(missing: Iterable[str], family: str) -> list[str]:
    """Look the packages up; a library that is not in the table stands for itself."""
    known = {name: getattr(package, family) for name, package in _PACKAGES.items()}
    return sorted({known.get(name, name) for name in missing})


def _capabilities(missing: Iterable[str]) -> list[str]:
    """RPM finds packages by the library that they provide."""
    return [
        "dejavu-sans-fonts" if name == _FONT else f"'{name}()(64bit)'" for name in missing
    ]


def platforms_for(verb_opens_window: bool) -> list[str]:
    """List the platforms of Qt that are in use here; none outside Linux."""
    if not sys.platform.startswith("linux"):
        return []
    if not verb_opens_window:
        return [OFFSCREEN, XCB] if shutil.which("Xvfb") else [OFFSCREEN]
    chosen = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if chosen:
        return [OFFSCREEN, chosen]
    wayland = [WAYLAND] if os.environ.get("WAYLAND_DISPLAY") else []
    return [OFFSCREEN, XCB, *wayland]
