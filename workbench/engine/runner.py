"""A run in a thread of its own: the engine's side of `core.ports.RunHandle`."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import CancelledError, UserError
from workbench.core.events import (
    Checkpoint,
    FinalEvent,
    PreparationProgressed,
    RunEvent,
    RunFailed,
    RunStopped,
)
from workbench.core.inspection import StepReport
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import History
from workbench.engine.control import RunControl
from workbench.engine.failures import (
    Failure,
    Kind,
    Whereabouts,
    describe_lack_of_memory,
    describe_lost_device,
    failure_of,
    let_go,
)
from workbench.engine.heap import give_back_freed_memory
from workbench.engine.torch_libraries import load_libraries

if TYPE_CHECKING:
    from workbench.engine.inspection.recorder import StepRecorder
    from workbench.engine.kept_states import KeptStates
    from workbench.engine.trainer import Trainer


class ThreadedRun:
    """Prepares and trains in a plain thread, which is joined, never killed.

    torch is imported inside the thread, so that launching returns at once.
    """

    def __init__(
        self,
        plan: Plan,
        history: History,
        data_folder: Path,
        start: Start | None = None,
        *,
        is_attended: bool = True,
    ) -> None:
        self._plan = plan
        self._history = history
        self._data_folder = data_folder
        self._start = start
        self._control = RunControl(is_attended=is_attended)
        self._events: deque[RunEvent] = deque()
        self._trainer: Trainer | None = None
        self._kept: KeptStates | None = None
        self._recorder: StepRecorder | None = None
        self._thread = threading.Thread(target=self._work, name="training")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def pause(self) -> None:
        """Ask the loop to wait after the current step; `RunPaused` follows."""
        self._control.pause()

    def resume(self) -> None:
        """Let a paused loop go on; `RunResumed` follows."""
        self._control.resume()

    def step_once(self) -> None:
        """Let a paused loop do one step; `RunPaused` follows."""
        self._control.step_once()

    def stop(self) -> None:
        """End the run after the current step, or its preparation; keeps all results."""
        self._control.stop()

    def drain(self) -> list[RunEvent]:
        """Take the events reported since the last call, in order."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def recorded_steps(self, tensor: str) -> tuple[int, ...]:
        """List the steps that `inspect` can explain for this tensor, in order."""
        return () if self._recorder is None else self._recorder.steps(tensor)

    def inspect(self, tensor: str, index: tuple[int, ...], step: int) -> StepReport:
        """Explain what a recorded step did to one weight; also after the run has ended.

        Raises:
            UserError: where there is no such tensor, index or recorded step.
        """
        if self._recorder is None:
            raise UserError("No step is recorded yet: the run has not begun to train.")
        return self._recorder.inspect(tensor, index, step)

    def kept_steps(self) -> tuple[int, ...]:
        """List the steps after which the whole state is kept in memory, in order."""
        return () if self._kept is None else self._kept.steps

    def kept_state(self, step: int) -> Checkpoint:
        """Return the state after a kept step; also after the run has ended.

        Raises:
            UserError: where the state of that step is not kept.
        """
        if self._kept is None:
            raise UserError("No state is kept yet: the run has not begun to train.")
        return self._kept.checkpoint(step)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the thread has ended; False where the time was too short."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        ending = self._run()
        self._release()  # first, so that whoever sees the end sees the memory free
        self._events.append(ending)

    def _run(self) -> FinalEvent:
        """Carry out the plan; whatever happens becomes one final event."""
        self._events.append(PreparationProgressed("Loading torch"))
        try:
            return self._train()
        except CancelledError:
            return RunStopped(len(self._history.steps), elapsed_s=0.0)
        except Exception as error:  # noqa: BLE001 - the thread's one way out
            failure = failure_of(error)
            let_go(error)
        return self._failed(failure)  # out here, where the error is gone as well

    def _train(self) -> FinalEvent:
        load_libraries()
        from workbench.engine.experiment import RunContext, prepare
        from workbench.engine.trainer import Trainer

        context = RunContext(self._data_folder, self._control, self._events.append)
        experiment = prepare(self._plan, context, self._start)
        self._trainer = Trainer(
            experiment, self._history, self._control, self._events.append
        )
        self._kept = self._trainer.kept_states
        self._recorder = self._trainer.recorder
        return self._trainer.run()

    def _failed(self, failure: Failure) -> RunFailed:
        where, elapsed_s = self._whereabouts(), 0.0
        if self._trainer is not None:
            elapsed_s = self._trainer.elapsed_s
        message = failure.message
        if failure.kind is Kind.MEMORY:
            message = describe_lack_of_memory(failure, self._plan.loop, where)
        elif failure.kind is Kind.DEVICE:
            message = describe_lost_device(failure, where)
        is_mistake = failure.kind is Kind.MISTAKE
        return RunFailed(where.step, elapsed_s, message, failure.report, is_mistake)

    def _whereabouts(self) -> Whereabouts:
        step, trainer = len(self._history.steps), self._trainer
        kept = None if self._start is None else self._start.checkpoint.step
        if trainer is None:
            return Whereabouts(step, kept, samples=0)
        newest = trainer.checkpoint_step
        return Whereabouts(step, kept if newest is None else newest, trainer.num_samples)

    def _release(self) -> None:
        """Let go of model and data, and give CUDA's memory back.

        Kept states and recorded steps stay.
        """
        self._trainer = self._start = None
        if self._recorder is not None:
            self._recorder.close()
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            with contextlib.suppress(RuntimeError):  # of a card that was lost
                torch.cuda.empty_cache()
        give_back_freed_memory()


class ThreadLauncher:
    """Starts runs in threads; implements `core.ports.RunLauncher`.

    Where nobody is there to answer, `is_attended` is False: a run then never pauses by
    itself.
    """

    def __init__(self, data_folder: Path, *, is_attended: bool = True) -> None:
        self._data_folder = data_folder
        self._is_attended = is_attended

    def launch(
        self, plan: Plan, history: History, start: Start | None = None
    ) -> ThreadedRun:
        """Start a run of the plan in a new thread, which appends to `history`.

        With `start` it goes on from that state; see `core.ports.RunLauncher`.

        Raises:
            ValueError: where the history does not end with the step of `start`.
        """
        begins_after = 0 if start is None else start.checkpoint.step
        if len(history.steps) != begins_after:
            raise ValueError(
                f"the history has {len(history.steps)} steps, the run starts after "
                f"{begins_after}"
            )
        run = ThreadedRun(
            plan, history, self._data_folder, start, is_attended=self._is_attended
        )
        run.start()
        return run
