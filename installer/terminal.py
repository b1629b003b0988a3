"""What the installer says and how it starts other programs: nothing hidden, never silent.

Runs under Python 3.8 and newer, with the standard library alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Sequence


class SetupError(Exception):
    """The environment cannot be made; the message says why and how to mend it."""


def say(text: str) -> None:
    """Print one line at once, between the lines of the programs that are started."""
    print(text, flush=True)


def start(
    command: Sequence[str],
    doing: str = "",
    *,
    env: dict[str, str] | None = None,
    folder: Path | None = None,
    heartbeat_s: float = 5.0,
) -> int:
    """Run a program that shows its own output; return its exit status.

    Programs draw progress bars on terminals only. Elsewhere, such as in a build's log,
    a line says every `heartbeat_s` seconds what it is `doing`, if that is given.
    """
    every_s = heartbeat_s if doing and not sys.stdout.isatty() else None
    began = time.monotonic()
    with subprocess.Popen(command, env=env, cwd=folder) as process:
        try:
            while _is_running(process, every_s):
                say(f"  ... {doing}, {time.monotonic() - began:.0f} s so far")
        except KeyboardInterrupt:
            process.wait()  # it was interrupted too and ends by itself
            raise
    return process.returncode


def _is_running(process: subprocess.Popen[bytes], wait_s: float | None) -> bool:
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        return True
    return False


def become(command: Sequence[str], env: dict[str, str]) -> int:
    """Give this process over to a program, so that signals and its status are its own.

    Windows cannot; there this waits for the program and returns its exit status.
    """
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the program to decide about
        return subprocess.call(command, env=env)
    sys.stdout.flush()
    return os.execve(command[0], list(command), env)  # noqa: S606 - a path, no shell


def listen(command: Sequence[str], *, env: dict[str, str] | None = None) -> str:
    """Return what a quick program prints; empty where it fails or does not exist."""
    try:
        done = subprocess.run(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode("utf-8", "replace")
