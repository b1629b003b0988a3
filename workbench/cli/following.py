"""Follows a run on the terminal until it is over, whoever or whatever ends it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from workbench.cli.progress import ProgressLine
from workbench.core.errors import UserError
from workbench.core.events import (
    LossExploded,
    NoticeGiven,
    RunContinued,
    RunEvent,
    RunFailed,
)
from workbench.core.ports import RunHandle
from workbench.core.resuming import describe_resume
from workbench.core.run import Run, describe_explosion

_POLL_S = 0.05
_ENDS = [
    signal.Signals[name]
    for name in ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    if name in signal.Signals.__members__
]


def follow(
    handle: RunHandle, run: Run, line: ProgressLine, after_poll: Callable[[], None]
) -> None:
    """Take in events until the run is over; an interrupt stops it in good order.

    `after_poll` is called about twenty times a second.

    Raises:
        UserError: where the plan cannot be carried out, saying why.
    """
    with _termination_as_interrupt():
        while not run.state.is_over:
            try:
                handle.join(_POLL_S)
                for event in handle.drain():
                    run.apply(event)
                    _tell(event, line)
                line.show(run)
                after_poll()
            except KeyboardInterrupt:
                handle.stop()
    line.clear()


def _tell(event: RunEvent, line: ProgressLine) -> None:
    """Print what is worth a line; end where the plan cannot be carried out.

    Raises:
        UserError: saying what is wrong with the plan.
    """
    match event:
        case NoticeGiven(text=text):
            line.print(text)
        case LossExploded():
            line.print(describe_explosion(event))
        case RunContinued(report=report):
            line.print(describe_resume(report))
        case RunFailed(is_mistake=True, message=message):
            line.clear()
            raise UserError(message)
        case _:
            pass


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM and a closed terminal like Ctrl+C: everything up to there is saved.

    What is ignored stays so: nohup means it.
    """

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in _ENDS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
