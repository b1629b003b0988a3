"""Takes the checkpoints of a run: when it is told to, and by itself in between."""

from __future__ import annotations

import time
from collections.abc import Callable

from workbench.core.events import CheckpointTaken, NoticeGiven
from workbench.engine.checkpoint import WholeState
from workbench.engine.clocks import CheckpointClock
from workbench.engine.experiment import Emit
from workbench.engine.failures import is_out_of_memory
from workbench.engine.heap import give_back_freed_memory


class Checkpointer:
    """Tells the state of a run as often as that costs it next to nothing.

    To be asked before each step whether one `is_due`. `state` returns the state as it is
    between two steps. `step` is that of the newest checkpoint, None before the first.
    """

    def __init__(
        self,
        state: Callable[[], WholeState],
        emit: Emit,
        clock: CheckpointClock | None = None,
    ) -> None:
        self.step: int | None = None
        self._state = state
        self._emit = emit
        self._clock = clock or CheckpointClock()
        self._taken: tuple[int, int] | None = None

    @property
    def is_due(self) -> bool:
        """Say whether it is time to take one."""
        return self._clock.is_due

    def take(self) -> None:
        """Take a checkpoint now, unless the newest one is of this very place.

        None is taken of weights that are not finite: the one before is worth more. A
        state that is too large for the memory is told, and training goes on.
        """
        started_s = time.monotonic()
        state = self._state()
        if (state.step, state.epoch) != self._taken and state.is_sound:
            self._tell(state)
        give_back_freed_memory()  # now and then: free pieces of it would scatter and grow
        self._clock.was_taken(time.monotonic() - started_s)

    def _tell(self, state: WholeState) -> None:
        try:
            checkpoint = state.encode()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            self._emit(
                NoticeGiven(f"Not enough memory for a checkpoint at step {state.step:,}.")
            )
            return
        self._emit(CheckpointTaken(checkpoint))
        self.step, self._taken = state.step, (state.step, state.epoch)
