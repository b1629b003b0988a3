"""Which Python the environment is made with: this one, another one here, or a new one.

Runs under Python 3.8 and newer, with the standard library alone.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path

from terminal import SetupError

_REQUIRES = re.compile(r'^requires-python = "(>=3\.(\d+),<3\.(\d+))"', re.MULTILINE)


def required(project: Path) -> tuple[str, range]:
    """Read the Python versions that the project supports from its pyproject.toml.

    Returns:
        The specifier as it stands there, and the minor versions of Python 3 that fit.
    """
    found = _REQUIRES.search((project / "pyproject.toml").read_text("utf-8"))
    if found is None:
        raise SetupError("pyproject.toml says no range of Python versions.")
    return found.group(1), range(int(found.group(2)), int(found.group(3)))


def in_words(minors: range) -> str:
    """Say a range of versions as people do."""
    return f"Python 3.{minors[0]} to 3.{minors[-1]}"


def suits(minors: range) -> bool:
    """Say whether the Python that runs this can run the project."""
    return (
        sys.version_info[0] == 3
        and sys.version_info[1] in minors
        and sys.implementation.name == "cpython"
        and sys.maxsize > 2**32  # torch and Qt come for 64 bits only
        and not sysconfig.get_config_var("Py_GIL_DISABLED")  # Qt does not come for it
    )


def choose(project: Path) -> str:
    """Return what to ask uv for: this interpreter, or any that fits.

    uv then looks for one on this machine and downloads one where there is none.
    """
    specifier, minors = required(project)
    return sys.executable if suits(minors) else specifier
