"""The one entry point: a command goes to the command line, all else opens the window."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import UserError
from workbench.engine.heap import keep_freed_memory

if TYPE_CHECKING:  # nothing is loaded before it is known what is wanted
    from workbench.core.run import Run
    from workbench.core.session import Session


def main() -> int:
    """Run the program with the arguments of the process; return its exit status."""
    keep_freed_memory()
    arguments = sys.argv[1:]
    if arguments:
        from workbench.cli import main as cli

        if arguments[0] in cli.COMMANDS or arguments[0].startswith("-"):
            return cli.main(arguments, write_pictures)
    # Looking for garbage among what is imported would take a seventh of the start, and
    # find none. `app` goes on with it when all is loaded.
    gc.disable()
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
