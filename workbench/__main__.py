"""The one entry point: a command goes to the command line, all else opens the window."""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.cli.main import COMMANDS
from workbench.cli.main import main as run_command
from workbench.core.errors import UserError
from workbench.core.run import Run
from workbench.core.session import Session


def main() -> int:
    """Run the program with the arguments of the process; return its exit status."""
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        return run_command(arguments, write_pictures)
    try:
        from workbench.app import open_window
    except ImportError as error:
        print(f"workbench: {_without_qt(error)}", file=sys.stderr)  # noqa: T201 - no window
        return 2
    return open_window(arguments)


def write_pictures(session: Session, run: Run, folder: Path) -> list[Path]:
    """Write PNG files of a run; Qt is needed for that, and loaded only here.

    Raises:
        UserError: where Qt cannot be loaded.
    """
    try:
        from workbench.ui.pictures import write_pictures as write
    except ImportError as error:
        raise UserError(_without_qt(error)) from error
    return write(session, run, folder)


def _without_qt(error: ImportError) -> str:
    return (
        f"windows and pictures need Qt, which cannot be loaded here ({error}). Set the "
        "workbench up again as the README says; the other commands work without it."
    )


if __name__ == "__main__":
    sys.exit(main())
