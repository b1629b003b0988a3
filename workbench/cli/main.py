"""Reads the command line, calls the command, and turns errors into exit statuses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from workbench import __version__
from workbench.cli import list_command, resume_command, run_command, session_commands
from workbench.cli.status import Status
from workbench.core.errors import UserError
from workbench.core.ports import PictureWriter

COMMANDS = ("run", "resume", "list", "show", "check", "export")


def main(arguments: Sequence[str], write_pictures: PictureWriter) -> int:
    """Run one command and return the exit status; `write_pictures` makes the PNG files."""
    options = _parser().parse_args(arguments)
    try:
        status: Status = options.command(options, write_pictures)
    except UserError as error:
        print(f"workbench: {error}", file=sys.stderr)
        return Status.USER_ERROR
    except KeyboardInterrupt:
        return Status.INTERRUPTED  # outside of a run there is nothing to save
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output is gone: nobody to tell
        return Status.DONE
    return status


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
