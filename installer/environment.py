"""The environment in `.venv`: made once, checked in a blink, mended when it is stale.

Runs under Python 3.8 and newer, with the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import interpreter
import uv_tool
from lock import only_one
from terminal import SetupError, say, start

RUN, DEV = "run", "dev"
_REQUIREMENTS = {RUN: "requirements.txt", DEV: "requirements-dev.txt"}
_GB = 1e9
# Installed size in GB; torch for Linux brings CUDA's libraries.
_SIZE_GB = {"linux": 6.5}
_SIZE_ELSEWHERE_GB = 2.0


class Environment:
    """The environment of one checkout of the project.

    `level` below is RUN, what the program needs, or DEV, which adds what its tests and
    checks need. DEV includes RUN, and an environment never falls back from DEV to RUN.
    """

    def __init__(self, project: Path) -> None:
        self._project = project
        self._folder = project / ".venv"
        self._tools = project / "build" / "installer"
        self._stamp = self._folder / "setup.json"
        self._unfinished = self._folder / "setup-unfinished"

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        windows = sys.platform == "win32"
        return self._folder / ("Scripts/python.exe" if windows else "bin/python")

    def uv(self) -> str:
        """Return the path of uv, getting it first if need be."""
        requirements = self._project / "installer" / "requirements-uv.txt"
        version = hashlib.sha256(requirements.read_bytes()).hexdigest()[:8]
        return uv_tool.Uv(self._tools / f"uv-{version}", requirements).command()

    def ensure(self, level: str) -> None:
        """Make or mend the environment unless it is already as it should be.

        Raises:
            SetupError: saying what is missing.
        """
        if self._is_ready(level):
            return
        with only_one(self._tools / "lock"):
            if not self._is_ready(level):
                self._install(level)

    def facts(self) -> dict[str, Any]:
        """Return what was noted when the environment was finished; empty before."""
        try:
            noted: dict[str, Any] = json.loads(self._stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return noted

    def note(self, **facts: Any) -> None:
        """Add to the facts; a reader sees the old ones or the new ones, nothing else."""
        half = self._stamp.with_suffix(".part")
        half.write_text(json.dumps({**self.facts(), **facts}, indent=1), "utf-8")
        half.replace(self._stamp)

    def _is_ready(self, level: str) -> bool:
        facts = self.facts()
        return (
            facts.get("fingerprint") == self._fingerprint()
            and facts.get("project") == str(self._project)
            and facts.get("level") in (level, DEV)
            and self.python.exists()
        )

    def _fingerprint(self) -> str:
        """Digest all that decides what belongs in the environment."""
        digest = hashlib.sha256()
        for name in ("pyproject.toml", *(f"installer/{f}" for f in _REQUIREMENTS.values())):
            digest.update((self._project / name).read_bytes())
        return digest.hexdigest()

    def _install(self, level: str) -> None:
        level = DEV if self.facts().get("level") == DEV else level
        if not self._folder.exists():
            self._check_space()
        env = uv_tool.settings()
        uv = self.uv()
        if not self._is_usable():
            self._create(uv, env)
        self._unfinished.touch()
        self._fill(uv, level, env)
        facts = {"fingerprint": self._fingerprint(), "project": str(self._project)}
        self.note(**facts, level=level)
        self._unfinished.unlink()
        say("Everything is installed.")

    def _is_usable(self) -> bool:
        """Say whether there is an environment to build on.

        What an interrupted start left behind looks installed and may not be; it is
        made anew, which is quick, since what it had downloaded is kept.
        """
        here = str(self._project)
        return (
            self.python.exists()
            and not self._unfinished.exists()
            and self.facts().get("project", here) == here  # scripts know their folder
            and self._version_fits()
        )

    def _version_fits(self) -> bool:
        try:
            config = (self._folder / "pyvenv.cfg").read_text("utf-8")
        except OSError:
            return False
        found = re.search(r"^version(?:_info)? = 3\.(\d+)", config, re.MULTILINE)
        _, minors = interpreter.required(self._project)
        return found is not None and int(found.group(1)) in minors

    def _check_space(self) -> None:
        """Say what is coming; refuse where it cannot fit: here, or in uv's cache."""
        need = _SIZE_GB.get(sys.platform, _SIZE_ELSEWHERE_GB)
        say(
            f"First start: installing into {self._folder}. This downloads about "
            f"{need / 2:.0f} GB, takes about {need:.0f} GB of disk, and happens once."
        )
        for place in (self._project, Path.home()):
            free = shutil.disk_usage(place).free / _GB
            if free < need:
                raise SetupError(
                    f"Only {free:.1f} GB are free on the disk of {place}; {need:.1f} GB "
                    "are needed. Make room and start again."
                )

    def _create(self, uv: str, env: dict[str, str]) -> None:
        _, minors = interpreter.required(self._project)
        if not interpreter.suits(minors):
            say(
                f"{interpreter.in_words(minors)} is needed; this is Python "
                f"{sys.version.split()[0]}. Looking for a suitable one, on this machine "
                "first, then to download (about 35 MB) ..."
            )
        command = [uv, "venv", "--quiet", "--clear", "--python-preference", "system"]
        command += ["--python", interpreter.choose(self._project), str(self._folder)]
        if start(command, "making the environment", env=env) != 0:
            raise SetupError(
                f"{self._folder} could not be made; the message above says why. Training "
                f"Workbench needs {interpreter.in_words(minors)}: install one, and start "
                "again with it."
            )

    def _fill(self, uv: str, level: str, env: dict[str, str]) -> None:
        say("Installing what is locked in installer/" + _REQUIREMENTS[level] + " ...")
        locked = str(self._project / "installer" / _REQUIREMENTS[level])
        self._pip(uv, ["sync", "--require-hashes", locked], env)
        own = ["install", "--quiet", "--offline", "--no-deps", "--no-build-isolation"]
        self._pip(uv, [*own, "--editable", str(self._project)], env)

    def _pip(self, uv: str, arguments: list[str], env: dict[str, str]) -> None:
        command = [uv, "pip", *arguments, "--python", str(self.python)]
        if start(command, "installing", env=env) != 0:
            raise SetupError(
                "The installation stopped; the message above says why. Mend that (often "
                "the network) and start again: it goes on with what it has."
            )


def clean_variables() -> dict[str, str]:
    """Return the variables for programs of the environment, without foreign packages.

    PYTHONPATH and PYTHONHOME would mix another installation's packages into it.
    """
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
