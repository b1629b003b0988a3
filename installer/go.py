"""Two commands from a fresh clone: `go.py open` opens the window, `go.py test` tests.

Each makes the environment in `.venv` first where it is missing or stale, says what it
does, and does nothing of that the second time. Runs under Python 3.8 and newer, with
the standard library alone; the environment itself gets a Python that fits.
"""

# Python 3.7 and older must get as far as the sentence below: nothing newer above it.
import argparse
import os
import sys
from pathlib import Path
from typing import Callable, Dict, List, Sequence

if sys.version_info < (3, 8):  # noqa: UP036 - this file alone starts under older ones
    sys.exit("Training Workbench needs Python 3.11 to 3.13; this is older than 3.8.")

import qt_libraries
import uv_tool
from environment import DEV, RUN, Environment, clean_variables
from terminal import SetupError, become, say, start

PROJECT = Path(__file__).resolve().parent.parent
USERS_MISTAKE, INTERRUPTED = 2, 130

_NO_DISPLAY = (
    "There is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). "
    "Start this from a desktop, or train without a window: "
    "python3 installer/go.py cli run quickstart-mlp"
)
_COMPILE = ("--universal", "--generate-hashes", "--no-header", "--quiet")
_AS_LOCKED = ("--constraint", "installer/requirements.txt")
# Each file, the Python it starts at, and what goes into it; the second follows the first.
_LOCKS = (
    ("requirements.txt", "3.11", ("pyproject.toml", "--group", "editable")),
    (
        "requirements-dev.txt",
        "3.11",
        ("pyproject.toml", "--group", "editable", "--group", "dev", *_AS_LOCKED),
    ),
    ("requirements-uv.txt", "3.8", ("--group", "bootstrap")),
)
_CHECKS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "types of the installer": ("mypy", "--strict", "installer"),
    "layers": ("lint-imports",),
}


def open_window(arguments: List[str]) -> int:
    """Open the window; a session file may follow."""
    if _has_no_display():
        raise SetupError(_NO_DISPLAY)
    environment = _ready(RUN, qt_libraries.platforms_for(verb_opens_window=True))
    return become(_module(environment, "workbench", *arguments), clean_variables())


def command_line(arguments: List[str]) -> int:
    """Run the command line, which needs neither a screen nor Qt's libraries."""
    environment = _ready(RUN, [])
    return become(_module(environment, "workbench", *arguments), clean_variables())


def test(arguments: List[str]) -> int:
    """Run the tests; arguments go to pytest."""
    platforms = qt_libraries.platforms_for(verb_opens_window=False)
    environment = _ready(DEV, platforms)
    defaults = {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
    env = {**defaults, **clean_variables()}
    os.chdir(PROJECT)
    return become(_module(environment, "pytest", *arguments), env)


def check(arguments: List[str]) -> int:
    """Check format, lint, types and layers, all of them even where one fails."""
    _refuse(arguments)
    environment = _ready(DEV, [])
    failed = []
    for name, (tool, *rest) in _CHECKS.items():
        say(f"== {name}")
        command = [str(environment.python.with_name(tool)), *rest]
        if start(command, env=clean_variables(), folder=PROJECT) != 0:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def setup(arguments: List[str]) -> int:
    """Only make the environment, with what the tests need too."""
    _refuse(arguments)
    _ready(DEV, qt_libraries.platforms_for(verb_opens_window=True))
    say("Ready: python3 installer/go.py open")
    return 0


def lock(arguments: List[str]) -> int:
    """Write the requirement files anew from pyproject.toml; arguments go to uv."""
    uv = Environment(PROJECT).uv()
    for name, python, sources in _LOCKS:
        say(f"Locking installer/{name} ...")
        command = [uv, "pip", "compile", *_COMPILE, "--python-version", python, *sources]
        command += ["--output-file", f"installer/{name}", *arguments]
        status = start(command, "resolving", env=uv_tool.settings(), folder=PROJECT)
        if status != 0:
            return status
    return 0


_VERBS: Dict[str, Callable[[List[str]], int]] = {
    "open": open_window,
    "test": test,
    "cli": command_line,
    "setup": setup,
    "check": check,
    "lock": lock,
}


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says; without one, open the window."""
    parser = argparse.ArgumentParser(
        prog="python3 installer/go.py",
        description="Set up Training Workbench in .venv, once, and start it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:6} {_first_line(do)}" for name, do in _VERBS.items()),
    )
    parser.add_argument("verb", nargs="?", default="open", choices=_VERBS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed on")
    chosen = parser.parse_args(arguments)
    try:
        return _VERBS[chosen.verb](chosen.arguments)
    except SetupError as error:
        say(f"error: {error}")
        return USERS_MISTAKE
    except KeyboardInterrupt:
        say("Interrupted. Start again to go on.")
        return INTERRUPTED


def _first_line(verb: Callable[[List[str]], int]) -> str:
    return (verb.__doc__ or "").splitlines()[0]


def _refuse(arguments: List[str]) -> None:
    if arguments:
        raise SetupError(f"Nothing may follow this verb, not even {arguments[0]}.")


def _has_no_display() -> bool:
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith("linux") and not any(map(os.environ.get, names))


def _ready(level: str, platforms: List[str]) -> Environment:
    """Make the environment ready, and Qt's platforms that were not found well before."""
    environment = Environment(PROJECT)
    environment.ensure(level)
    checked = environment.facts().get("platforms", [])
    if not set(platforms) <= set(checked):
        qt_libraries.ensure(environment.python, platforms)
        environment.note(platforms=sorted({*checked, *platforms}))
    return environment


def _module(environment: Environment, module: str, *arguments: str) -> List[str]:
    return [str(environment.python), "-m", module, *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
