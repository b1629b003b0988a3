"""Getting uv, the tool that makes environments and fills them, by the pip that is here.

Runs under Python 3.8 and newer, with the standard library alone.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from terminal import SetupError, listen, say, start

# The reader's own settings of pip must not redirect a --target installation.
_PIP_ENV = {
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
}
_INDEX = re.compile(r"^(?:global|install|:env:)\.index-url='(.+)'", re.MULTILINE)


class Uv:
    """uv of the locked version, in a folder of its own."""

    def __init__(self, folder: Path, requirements: Path) -> None:
        self._folder = folder
        self._requirements = requirements

    def command(self) -> str:
        """Return the path of the program; get it first where it is not there yet."""
        program = self._program()
        if program is None:
            self._install()
            program = self._program()
        if program is None:
            raise SetupError(f"pip put no uv into {self._folder}.")
        return str(program)

    def _program(self) -> Path | None:
        names = ("bin/uv", "bin/uv.exe", "Scripts/uv.exe")
        return next((p for p in map(self._folder.joinpath, names) if p.is_file()), None)

    def _install(self) -> None:
        """Install it beside and rename, so that half of it is never taken for it."""
        say("Getting uv, the tool that installs everything else (about 20 MB) ...")
        half = self._folder.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        command = [*pip(self._folder.parent), "install", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--target", str(half)]
        command += ["-r", str(self._requirements)]
        if start(command, "getting uv", env={**os.environ, **_PIP_ENV}) != 0:
            raise SetupError("pip could not get uv; its message above says why.")
        half.replace(self._folder)


def pip(scratch: Path) -> list[str]:
    """Return the command of a pip: of this Python, or of an environment in `scratch`.

    Raises:
        SetupError: where there is none, with what to install.
    """
    if listen([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip"]
    folder = scratch / "pip"
    if (
        start([sys.executable, "-m", "venv", "--clear", str(folder)], "looking for pip")
        == 0
    ):
        place = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        return [str(folder / place), "-m", "pip"]
    raise SetupError(
        "This Python has no pip. Install it and start again; on Debian and Ubuntu: "
        "sudo apt-get install -y python3-pip"
    )


def settings() -> dict[str, str]:
    """Return the variables that make uv work where pip works.

    It trusts the certificates that the system trusts, and takes the package index that
    pip is set to, so that a company's mirror serves both.
    """
    chosen = {"UV_SYSTEM_CERTS": "1", "UV_HTTP_TIMEOUT": "120"}
    index = _INDEX.findall(listen([sys.executable, "-m", "pip", "config", "list"]))
    if index:
        chosen["UV_DEFAULT_INDEX"] = index[-1]
    return {**chosen, **os.environ}
