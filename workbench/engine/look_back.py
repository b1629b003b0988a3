"""Looks at the last steps before an accident one by one, once it has happened.

This costs nothing while a run trains: the steps are done once more from a state that is
kept anyway, on a model of their own, and each is measured.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from workbench.core.events import NoticeGiven, ReplayEnded, ReplayProgressed
from workbench.core.numbers import format_number
from workbench.core.postmortem import LOOK_BACK
from workbench.core.rates import Rates, RateSeries
from workbench.core.run import History
from workbench.core.series import Floats
from workbench.engine.checkpoint import WholeState
from workbench.engine.experiment import Emit, Experiment
from workbench.engine.failures import is_out_of_memory
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.kept_states import KeptStates
from workbench.engine.replay import Replay, generators_put_back
from workbench.engine.stepper import LossNotFiniteError

_BUDGET_S = 10.0
_TRIAL_STEPS = 3  # that tell how long a step takes; fewer where they take long
_TRIAL_S = 1.0
_TELL_EVERY_S = 0.1
_RECORDED = 20  # of the last steps, for the inspector
_RECORD_BYTES = 64 * 2**20
_RECORD_SIZE = 4  # times the state: what a recorded step takes at most


class _ShortfallError(Exception):
    """Says, as the end of a sentence, why not all of the steps can be looked at."""


class _NotRepeatedError(_ShortfallError):
    """A step came out otherwise than before; up to `sure` they are known to be right."""

    def __init__(self, step: int, how: str, *, sure: int) -> None:
        super().__init__(
            f"done again, step {step:,} {how}, so this device does not repeat its sums "
            "to the last digit"
        )
        self.sure = sure


@dataclass(frozen=True)
class _Task:
    """The steps that are asked for: 200 up to `last`, `done` steps having been done."""

    last: int
    done: int
    is_unwanted: Callable[[], bool]

    @property
    def first(self) -> int:
        """Return the first of them."""
        return max(1, self.last - LOOK_BACK + 1)


class LookBack:
    """Fills the close-up of a history with the last steps before an accident.

    Whatever happens meanwhile, the run is left as it is; what cannot be done is said.
    """

    def __init__(
        self,
        experiment: Experiment,
        history: History,
        kept: KeptStates,
        recorder: StepRecorder,
        emit: Emit,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._experiment = experiment
        self._history = history
        self._kept = kept
        self._recorder = recorder
        self._emit = emit
        self._clock = clock

    def look(self, last: int, done: int, is_unwanted: Callable[[], bool]) -> None:
        """Do the last 200 steps up to `last` once more, the run having done `done`.

        `is_unwanted` is asked after each step and ends the replay. Its progress and its
        end are told, and a notice is given where something is missing. Before the first
        step there is nothing to look at.
        """
        if not last:
            return
        self._history.close_up = RateSeries()
        self._emit(ReplayProgressed(0, min(last, LOOK_BACK)))
        shortfall = self._try(_Task(last, done, is_unwanted))
        self._emit(ReplayEnded(last, shortfall))
        if shortfall:
            text = f"Not all of the last steps up to {last:,} could be looked at"
            self._emit(NoticeGiven(f"{text}: {shortfall}."))

    def _try(self, task: _Task) -> str:
        """Do it and return the shortfall; raises nothing, whatever happens."""
        try:
            return self._look(task)
        except _ShortfallError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - no harm may come to the run
            if is_out_of_memory(error):
                return "there is not enough memory to do them again"
            return f"doing them again failed ({type(error).__name__}: {error})"

    def _look(self, task: _Task) -> str:
        states = [state for state in self._kept.recent if state.step < task.last]
        if not states:
            raise _ShortfallError("no state from before them is in memory")
        with generators_put_back(self._experiment.device):
            replay = Replay(self._experiment)
            start, shortfall = self._choose(replay, states, task)
            room = _RECORD_BYTES // (_RECORD_SIZE * max(1, start.num_bytes))
            replay.record_from = task.last - min(_RECORDED, room) + 1
            self._measure(replay, start, task)
            self._recorder.take_over(replay.recorder)
        return shortfall

    def _choose(
        self, replay: Replay, states: Sequence[WholeState], task: _Task
    ) -> tuple[WholeState, str]:
        """Choose where to begin: as early as needed, as late as time allows."""
        early = [state for state in states if state.step < task.first]
        wanted = early[-1] if early else states[0]
        step_s = self._time(replay, wanted, task)
        for start in states[states.index(wanted) :]:
            if (task.last - start.step) * step_s > _BUDGET_S:
                continue
            if start.step < task.first:
                return start, ""
            if start is wanted:
                return start, f"no state from before step {start.step + 1:,} is in memory"
            return start, f"a step takes {step_s:.2g} s, which left no time for more"
        raise _ShortfallError(f"a step takes {step_s:.2g} s, too long to do enough again")

    def _time(self, replay: Replay, state: WholeState, task: _Task) -> float:
        """Return how many seconds a measured step takes: the shortest of the first few."""
        shortest_s, began_s = math.inf, self._clock()
        before_s = began_s
        with contextlib.suppress(LossNotFiniteError):  # found again when it is compared
            for _ in islice(replay.steps(state, task.last), _TRIAL_STEPS):
                now_s = self._clock()
                shortest_s, before_s = min(shortest_s, now_s - before_s), now_s
                if now_s - began_s > _TRIAL_S or task.is_unwanted():
                    break
        return shortest_s if math.isfinite(shortest_s) else 0.0

    def _measure(self, replay: Replay, start: WholeState, task: _Task) -> None:
        """Do the steps, and put what they were like into the history, however it ends."""
        close_up = RateSeries(replay.tensors)
        progress = _Progress(self._emit, start.step, task.last)
        deadline_s = self._clock() + 2 * _BUDGET_S
        try:
            for step, rates in self._repeated(replay, start, task):
                if step >= task.first:
                    close_up.append(step, rates)
                progress.tell(step)
                if step < task.last and task.is_unwanted():
                    raise _ShortfallError(f"the replay was ended at step {step:,}")
                if step < task.last and self._clock() > deadline_s:
                    raise _ShortfallError(f"time was up at step {step:,}")
        except _NotRepeatedError as error:
            close_up = close_up.copy_until(error.sure)
            raise
        finally:
            self._history.close_up = close_up

    def _repeated(
        self, replay: Replay, start: WholeState, task: _Task
    ) -> Iterator[tuple[int, Rates]]:
        """Give the steps as long as each has the loss that it had before, bit for bit.

        Where the run has not gone on since, its weights are compared, too.

        Raises:
            _NotRepeatedError: where something is different.
        """
        step, losses = start.step, self._history.steps.loss.values()
        try:
            for step, loss, rates in replay.steps(start, task.last):
                _compare(step, loss, losses)
                yield step, rates
        except LossNotFiniteError as error:
            _compare(step + 1, error.loss, losses)
        if step == task.done and not replay.has_weights_of(self._experiment.model):
            raise _NotRepeatedError(step, "left other weights", sure=step - 1)


class _Progress:
    """Tells how far a replay is, ten times a second at most."""

    def __init__(self, emit: Emit, start: int, last: int) -> None:
        self._emit = emit
        self._start, self._total = start, last - start
        self._next_s = 0.0

    def tell(self, step: int) -> None:
        """Tell that this step is done."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + _TELL_EVERY_S
            self._emit(ReplayProgressed(step - self._start, self._total))


def _compare(step: int, loss: float, losses: Floats) -> None:
    """Compare the loss of a step with what it was, which only the step before decides.

    Raises:
        _NotRepeatedError: where it is another one.
    """
    before = float(losses[step - 1])
    if loss != before:
        how = f"has a loss of {format_number(loss)} instead of {format_number(before)}"
        raise _NotRepeatedError(step, how, sure=step - 2)
