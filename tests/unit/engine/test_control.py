from __future__ import annotations

import threading

from workbench.engine.control import RunControl


def waits(control: RunControl) -> bool:
    """Say whether `wait` blocks: whether a thread inside it is still there at the end."""
    thread = threading.Thread(target=control.wait)
    thread.start()
    thread.join(0.05)
    blocked = thread.is_alive()
    control.stop()
    thread.join()
    return blocked


def test_that_an_untouched_control_wants_nothing() -> None:
    control = RunControl()

    assert not control.wanted
    assert not waits(control)


def test_that_a_paused_control_blocks_until_it_is_resumed_or_stopped() -> None:
    control = RunControl()
    control.pause()

    assert control.wanted
    assert waits(control)


def test_that_resuming_takes_the_pause_back() -> None:
    control = RunControl()
    control.pause()
    control.resume()

    assert not control.wanted
    assert not waits(control)


def test_that_each_single_step_is_used_up_once() -> None:
    control = RunControl()
    control.pause()
    control.step_once()
    control.step_once()

    assert not control.is_paused
    assert [control.take_step() for _ in range(3)] == [True, True, False]
    assert control.is_paused


def test_that_a_single_step_means_nothing_while_running() -> None:
    control = RunControl()
    control.step_once()
    control.pause()

    assert control.is_paused


def test_that_a_stop_survives_a_resume() -> None:
    control = RunControl()
    control.stop()
    control.resume()

    assert control.wanted
    assert control.is_stopped
