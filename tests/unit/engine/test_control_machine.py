"""Whatever a person asks of a loop, in whatever order and haste, it answers and ends."""

from __future__ import annotations

import threading
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.helpers.recorder import Recorder
from workbench.core.events import RunEvent, RunPaused, RunResumed, RunStopped

TIMEOUT_S = 20.0
BURSTS = st.lists(st.sampled_from(["pause", "resume", "step_once"]), min_size=1, max_size=4)


class HeardRecorder(Recorder):
    """Lets others wait for what it reports."""

    heard = threading.Condition()

    def receive(self, event: RunEvent) -> None:
        with self.heard:
            super().receive(event)
            self.heard.notify_all()


class AskedRun(RuleBasedStateMachine):
    """Asks a loop that never ends by itself, several things at once without waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.run = HeardRecorder(Path("no-data"), loop={"epochs": 10**7})
        self.thread = threading.Thread(target=self.run.run)
        self.thread.start()
        self.is_paused = False  # as asked last
        self.is_stopped = False

    def teardown(self) -> None:
        self.run.control.stop()
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()
        assert isinstance(self.run.events[-1], RunStopped)
        assert len(self.run.of(RunStopped)) == 1

    @precondition(lambda self: not self.is_stopped)
    @rule(burst=BURSTS)
    def ask(self, burst: list[str]) -> None:
        """Ask; where the loop is to wait at the end, it tells that it does."""
        before, is_owed = len(self.run.events), False
        for wish in burst:
            getattr(self.run.control, wish)()
            if wish == "resume":
                self.is_paused = is_owed = False
            elif wish == "pause":
                is_owed |= not self.is_paused
                self.is_paused = True
            else:
                is_owed |= self.is_paused
        if is_owed:
            self.wait_for_pause(before)

    @precondition(lambda self: not self.is_stopped)
    @rule(hurry=st.sampled_from([(), ("pause",), ("resume",), ("step_once",)]))
    def stop(self, hurry: tuple[str, ...]) -> None:
        """Stop, also right after something else: it cannot be taken back."""
        for wish in (*hurry, "stop", *hurry):
            getattr(self.run.control, wish)()
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()
        self.is_stopped = True

    @precondition(lambda self: self.is_stopped)
    @rule(burst=BURSTS)
    def ask_in_vain(self, burst: list[str]) -> None:
        """Ask a run that has ended; teardown sees that it stays ended."""
        for wish in burst:
            getattr(self.run.control, wish)()

    @invariant()
    def pauses_are_told_at_steps_that_grow(self) -> None:
        told = [event for event in self.run.events if isinstance(event, Told)]
        steps = [event.step for event in told]
        assert steps == sorted(steps)
        pauses = [event.step for event in told if isinstance(event, RunPaused)]
        assert len(pauses) == len(set(pauses))

    def wait_for_pause(self, since: int) -> None:
        def is_told() -> bool:
            return any(isinstance(event, RunPaused) for event in self.run.events[since:])

        with self.run.heard:
            assert self.run.heard.wait_for(is_told, TIMEOUT_S), "no pause was told"


Told = RunPaused | RunResumed

TestAskedRun = AskedRun.TestCase
TestAskedRun.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
