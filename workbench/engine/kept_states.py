"""Whole states of the last steps, kept in memory so that a run can be rewound.

Copies of the live tensors, turned into bytes only when one is asked for: the last 200
steps are covered by five states, or by fewer where they are large. States from after
an accident are no good to go back to, but the last steps can be done again from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from workbench.core.errors import UserError
from workbench.core.events import Checkpoint
from workbench.core.postmortem import LOOK_BACK
from workbench.engine.checkpoint import WholeState

_COVERED = LOOK_BACK  # steps
_AT_MOST = 5
_BUDGET_BYTES = 256 * 2**20


class KeptStates:
    """Keeps the states of one run; read by any thread, changed by the training thread.

    `due` is the number of steps done from which the next state is wanted.
    """

    def __init__(
        self, tell: Callable[[str], None], budget_bytes: int = _BUDGET_BYTES
    ) -> None:
        self.due: float = 0
        self._tell = tell
        self._budget_bytes = budget_bytes
        self._capacity = _AT_MOST
        # Replaced in one piece, never changed: other threads read it without a lock.
        self._states: tuple[WholeState, ...] = ()
        self._last_good: WholeState | None = None
        self._aside: tuple[WholeState, ...] = ()  # of the last steps, but not good

    @property
    def steps(self) -> tuple[int, ...]:
        """Return the steps after which the state is kept, in order."""
        return tuple(state.step for state in self._states)

    @property
    def recent(self) -> tuple[WholeState, ...]:
        """Return all states that are kept, good or not, in order of their steps."""
        return tuple(sorted((*self._states, *self._aside), key=_step_of))

    def checkpoint(self, step: int) -> Checkpoint:
        """Return the state after a kept step.

        Raises:
            UserError: where the state of that step is not kept.
        """
        for state in self._states:
            if state.step == step:
                return state.encode()
        raise UserError(
            f"The state after step {step:,} is not in memory; "
            f"choose one of these steps: {', '.join(map(str, self.steps)) or 'none'}."
        )

    def keep(self, live: WholeState, *, is_good: bool = True) -> None:
        """Copy a state of live tensors; the oldest makes room for it.

        A state that is not good can be done steps again from, but not gone back to; it
        takes the place of no good one.
        """
        num_bytes = live.num_bytes
        self._fit(num_bytes)
        if not self._capacity:
            self.due = math.inf
            return
        stride = -(-_COVERED // max(1, self._capacity - 1))
        self.due = (live.step // stride + 1) * stride
        if is_good:
            self._drop_oldest()
        room = self._budget_bytes // max(1, num_bytes) - len(self._states) - 1
        self._clear_aside(live.step, room)
        if is_good:
            self._states = (*self._states, live.copy())
        elif room >= 0:
            self._aside = (*self._aside, live.copy())

    def protect(self, last_good: int) -> None:
        """Drop what came after the last good step, and keep the newest state up to it.

        That one stays, however long the run goes on, until another is protected.
        """
        self._aside += tuple(state for state in self._states if state.step > last_good)
        self._states = tuple(state for state in self._states if state.step <= last_good)
        if self._states:
            self._last_good = self._states[-1]

    def forget_bad(self) -> None:
        """Drop the states that are not good: no steps will be done again from them."""
        self._aside = ()

    def _clear_aside(self, step: int, room: int) -> None:
        """Drop what the last 200 steps up to `step` do not need, or has no room."""
        ends = [state.step for state in self.recent if state.step <= step - _COVERED]
        first = max(ends, default=0)  # these steps can be done again from there on
        needed = sorted(
            (state for state in self._aside if state.step >= first), key=_step_of
        )
        self._aside = tuple(needed[max(0, len(needed) - max(0, room)) :])

    def _drop_oldest(self) -> None:
        """Leave room for one more, the dropped ones aside; the protected one goes last."""
        too_many = max(0, len(self._states) - self._capacity + 1)
        in_turn = sorted(self._states, key=lambda state: state is self._last_good)
        dropped = in_turn[:too_many]
        self._states = tuple(state for state in self._states if state not in dropped)
        self._aside = (*self._aside, *dropped)

    def _fit(self, num_bytes: int) -> None:
        """Lower the number of states where they have become too large for it."""
        capacity = min(self._capacity, self._budget_bytes // max(1, num_bytes))
        if capacity == self._capacity:
            return
        self._capacity = capacity
        size = f"its state takes {num_bytes / 2**20:,.0f} MiB"
        if capacity:
            self._tell(f"Only {capacity} of the last states can be kept: {size}.")
        else:
            self._states = ()
            self._tell(f"This run cannot be rewound to its last steps: {size}.")


def _step_of(state: WholeState) -> int:
    return state.step
