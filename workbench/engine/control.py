"""What a person may ask of a running loop, passed safely between two threads."""

from __future__ import annotations

import threading


class RunControl:
    """Pause, single step and stop.

    The loop reads `wanted`, a plain flag, in every step, and only where it is set
    looks at the rest, so that an undisturbed loop takes no lock. `is_attended` says
    whether somebody is there to let the loop go on after it has paused by itself.
    """

    def __init__(self, *, is_attended: bool = True) -> None:
        self.wanted = False
        self.is_attended = is_attended
        self._condition = threading.Condition()
        self._paused = False
        self._pauses = 0
        self._stopped = False
        self._single_steps = 0

    @property
    def is_stopped(self) -> bool:
        """Say whether the run is to end."""
        return self._stopped

    @property
    def is_paused(self) -> bool:
        """Say whether the loop is to wait, with no single step left to do."""
        return self._paused and not self._single_steps

    @property
    def pauses(self) -> int:
        """Count the pauses asked for; the loop tells of one, then waits for its end."""
        return self._pauses

    def pause(self) -> None:
        """Ask the loop to wait before the next step; single steps left are dropped."""
        with self._condition:
            if not self.is_paused:
                self._pauses += 1
            self._change(paused=True)

    def resume(self) -> None:
        """Let the loop go on."""
        with self._condition:
            self._change(paused=False)

    def step_once(self) -> None:
        """Let a paused loop do one more step."""
        with self._condition:
            if self._paused:
                self._single_steps += 1
                self._condition.notify_all()

    def stop(self) -> None:
        """Ask the loop to end; cannot be taken back."""
        with self._condition:
            self._stopped = self.wanted = True
            self._condition.notify_all()

    def take_step(self) -> bool:
        """Use up one single step; False where the loop runs freely."""
        with self._condition:
            if not self._single_steps:
                return False
            self._single_steps -= 1
            return True

    def is_over(self, pause: int) -> bool:
        """Say whether this pause, by its count, is over, even where another followed.

        Else a loop that was let go and stopped again in haste would not have moved, and
        whoever asked for the second pause would wait for word of it forever.
        """
        return self._stopped or not self.is_paused or self._pauses != pause

    def wait(self, pause: int) -> None:
        """Block until this pause is over."""
        with self._condition:
            self._condition.wait_for(lambda: self.is_over(pause))

    def _change(self, *, paused: bool) -> None:
        self._paused = paused
        self._single_steps = 0
        self.wanted = paused or self._stopped
        self._condition.notify_all()
