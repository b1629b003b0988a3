"""The exit statuses of the command line."""

from __future__ import annotations

from enum import IntEnum

from workbench.core.run import RunState


class Status(IntEnum):
    """What the caller's script gets to know."""

    DONE = 0
    DAMAGED = 1  # `check` found damage
    USER_ERROR = 2
    DIVERGED = 3
    FAILED = 4
    INTERRUPTED = 130


def status_of(state: RunState) -> Status:
    """Return the exit status of a run that is over."""
    return {
        RunState.STOPPED: Status.INTERRUPTED,
        RunState.DIVERGED: Status.DIVERGED,
        RunState.FAILED: Status.FAILED,
    }.get(state, Status.DONE)
