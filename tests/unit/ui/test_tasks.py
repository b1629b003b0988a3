"""Coroutines started from slots."""

from __future__ import annotations

import asyncio
import gc

import pytest
from pytestqt.qtbot import QtBot

from workbench.core.errors import CancelledError, DataError
from workbench.ui.tasks import TaskRunner

Loop = asyncio.AbstractEventLoop


class Heard:
    """What a runner reported."""

    def __init__(self, runner: TaskRunner) -> None:
        self.problems: list[str] = []
        self.defects: list[BaseException] = []
        runner.problem_found.connect(self.problems.append)
        runner.defect_found.connect(self.defects.append)


@pytest.fixture
def runner(qtbot: QtBot) -> TaskRunner:
    return TaskRunner()


async def fail(error: BaseException) -> None:
    raise error


async def until_idle(runner: TaskRunner) -> None:
    await asyncio.gather(*runner._tasks, return_exceptions=True)
    await asyncio.sleep(0)  # their callbacks come next


@pytest.mark.parametrize(
    ("error", "problems", "num_defects"),
    [
        (DataError("The file is gone."), ["The file is gone."], 0),
        (CancelledError("stopped"), [], 0),
        (ValueError("oops"), [], 1),
    ],
)
def test_that_each_error_goes_its_way(
    loop: Loop, runner: TaskRunner, error: Exception, problems: list[str], num_defects: int
) -> None:
    heard = Heard(runner)

    async def main() -> None:
        runner.start(fail(error))
        await until_idle(runner)

    loop.run_until_complete(main())
    assert heard.problems == problems
    assert heard.defects == [error] * num_defects


def test_that_a_task_is_kept_though_nobody_holds_it(loop: Loop, runner: TaskRunner) -> None:
    done: list[str] = []

    async def main() -> None:
        gate = asyncio.get_running_loop().create_future()

        async def work() -> None:
            await gate
            done.append("work")

        runner.start(work())
        await asyncio.sleep(0)
        gc.collect()
        assert runner.is_busy
        gate.set_result(None)
        await until_idle(runner)

    loop.run_until_complete(main())
    assert done == ["work"]


def test_that_closing_cancels_what_is_under_way_and_waits_for_it(
    loop: Loop, runner: TaskRunner
) -> None:
    heard, cleaned = Heard(runner), []

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)
            cleaned.append("yes")

    async def main() -> None:
        runner.start(work())
        await asyncio.sleep(0)
        await runner.close()
        await until_idle(runner)

    loop.run_until_complete(main())
    assert cleaned == ["yes"]
    assert (heard.problems, heard.defects) == ([], [])


def test_that_a_task_may_close_the_runner_that_runs_it(
    loop: Loop, runner: TaskRunner
) -> None:
    heard, done = Heard(runner), []

    async def quit_all() -> None:
        await runner.close()
        done.append("closed")

    async def main() -> None:
        runner.start(asyncio.sleep(3600))
        runner.start(quit_all())
        await until_idle(runner)

    loop.run_until_complete(main())
    assert done == ["closed"]
    assert heard.defects == []
