"""Reads the command line, calls the command, and turns errors into exit statuses."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from workbench import __version__
from workbench.cli import list_command, resume_command, run_command, session_commands
from workbench.cli.status import Status
from workbench.core.errors import UserError
from workbench.core.ports import PictureWriter

COMMANDS = ("run", "resume", "list", "show", "check", "export")


def main(arguments: Sequence[str], write_pictures: PictureWriter) -> int:
    """Run one command and return the exit status; `write_pictures` makes the PNG files."""
    _open_missing_streams()
    options = _parser().parse_args(arguments)
    try:
        status: Status = options.command(options, write_pictures)
        sys.stdout.flush()
    except UserError as error:
        _tell(str(error))
        return Status.USER_ERROR
    except KeyboardInterrupt:
        return Status.INTERRUPTED  # outside of a run there is nothing to save
    except BrokenPipeError:
        return Status.DONE  # the reader of our output is gone: nobody to tell
    except OSError as error:
        if error.filename is not None:  # of a file, which nobody has foreseen
            raise
        _tell(f"the output cannot be written: {error.strerror}")
        return Status.USER_ERROR
    finally:
        for stream in (sys.stdout, sys.stderr):
            _forget_unwritten(stream)
    return status


def _open_missing_streams() -> None:
    """Send the output nowhere where the program was started without, as services are."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - for good


def _tell(problem: str) -> None:
    with contextlib.suppress(OSError):  # its disk may be full as well
        print(f"workbench: {problem}", file=sys.stderr)


def _forget_unwritten(stream: TextIO) -> None:
    """Send nowhere what cannot be written, else Python ends with a status of its own."""
    try:
        stream.flush()
    except OSError:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="workbench",
        description="Train small networks and watch every parameter's effective learning "
        "rate. Without a command, or with a session file, the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    run_command.add_parser(commands)
    resume_command.add_parser(commands)
    list_command.add_parser(commands)
    session_commands.add_parsers(commands)
    return parser
