from __future__ import annotations

import threading

from workbench.engine.control import RunControl


def waits(control: RunControl) -> bool:
    """Say whether `wait` blocks: whether a thread inside it is still there at the end."""
    thread = threading.Thread(target=control.wait, args=(control.pauses,))
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


def test_that_a_pause_that_follows_in_haste_still_lets_the_loop_go() -> None:
    control = RunControl()
    control.pause()
    told = control.pauses
    control.resume()
    control.pause()

    control.wait(told)  # returns
    assert control.is_paused
    assert waits(control)  # for the end of the second one


def test_that_a_pause_takes_single_steps_back_but_not_the_word_of_it() -> None:
    control = RunControl()
    control.pause()
    told = control.pauses
    control.step_once()
    control.pause()

    control.wait(told)  # returns
    assert not control.take_step()


def test_that_a_pause_of_a_paused_loop_changes_nothing() -> None:
    control = RunControl()
    control.pause()
    told = control.pauses
    control.pause()

    assert control.pauses == told
    assert waits(control)
