"""Faults in the middle of training: memory, the graphics card, a defect.

Whatever is raised in a step, the run ends with one sentence, keeps what was trained,
lets go of its tensors, and the next run trains.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from workbench.core.errors import DeviceError
from workbench.core.events import (
    Checkpoint,
    CheckpointTaken,
    FinalEvent,
    NoticeGiven,
    RunContinued,
    RunEvent,
    RunFailed,
    RunFinished,
)
from workbench.core.loop import LoopSettings
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import History
from workbench.engine import experiment
from workbench.engine.checkpoint import WholeState, read_state
from workbench.engine.clocks import CheckpointClock
from workbench.engine.devices import choose_device
from workbench.engine.models import build_model
from workbench.engine.runner import ThreadLauncher

Sections = dict[str, dict[str, Any]]

LOOP = {"epochs": 20, "full_batch": False, "batch_size": 8, "device": "cpu", "threads": 1}
PLAN: Sections = {
    "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.2},
    "data": {"kind": "random", "samples": 32, "features": 3},
    "loop": LOOP,
}

CUDA_MEMORY = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total of 1 GiB"
CPU_MEMORY = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate "
    "memory: you tried to allocate 4000000000 bytes. Error code 12"
)
ASSERTED = "CUDA error: device-side assert triggered\nCUDA kernel errors might be"


class Fault(nn.Module):
    """A layer that raises in the forward pass of step `at`, counted from 1.

    A pass without gradients is an evaluation, not a step.
    """

    def __init__(self, at: int, error: Exception) -> None:
        super().__init__()
        self._left, self._error = at, error

    def forward(self, values: Tensor) -> Tensor:
        self._left -= torch.is_grad_enabled()
        if not self._left:
            raise self._error
        return values


class Lab:
    """Runs plans of which the first one meets a fault."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._patch = monkeypatch
        self.models: list[weakref.ref[nn.Module]] = []

    def plant(self, at: int, error: Exception) -> None:
        """Let the next model raise in its step number `at`."""

        def build(*arguments: Any) -> nn.Sequential:
            model = build_model(*arguments)
            model.add_module("fault", Fault(at, error))
            self.models.append(weakref.ref(model))
            self._patch.setattr(experiment, "build_model", build_model)
            return model

        self._patch.setattr(experiment, "build_model", build)

    def run(
        self, start: Start | None = None, history: History | None = None, **sections: Any
    ) -> list[RunEvent]:
        plan = Plan.from_values({**PLAN, **sections})
        handle = ThreadLauncher(self._folder).launch(plan, history or History(), start)
        handle.join()
        return handle.drain()


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(tmp_path, monkeypatch)


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a checkpoint be due before every step."""
    monkeypatch.setattr(CheckpointClock, "is_due", True)


def ending(events: list[RunEvent]) -> RunFailed:
    finals = [event for event in events if isinstance(event, FinalEvent)]
    assert finals == [events[-1]]
    assert isinstance(finals[0], RunFailed)
    return finals[0]


def checkpoints(events: list[RunEvent]) -> list[Checkpoint]:
    return [event.checkpoint for event in events if isinstance(event, CheckpointTaken)]


ERRORS: dict[str, Callable[[], Exception]] = {
    "cuda memory": lambda: torch.OutOfMemoryError(CUDA_MEMORY),
    "cpu memory": lambda: RuntimeError(CPU_MEMORY),
    "python memory": MemoryError,
    "cuda assert": lambda: torch.AcceleratorError(ASSERTED),
    "cuda library": lambda: RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED"),
    "defect": lambda: ZeroDivisionError("planted"),
}


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("error", ERRORS)
def test_that_what_was_trained_is_kept_and_can_be_gone_on_from(
    lab: Lab, error: str
) -> None:
    whole = History()
    assert isinstance(lab.run(history=whole)[-1], RunFinished)

    lab.plant(11, ERRORS[error]())
    history = History()
    events = lab.run(history=history)
    last = checkpoints(events)[-1]
    assert ending(events).step == len(history.steps) == last.step == 10

    again = lab.run(Start(last), history)
    assert isinstance(again[-1], RunFinished)
    (report,) = [event.report for event in again if isinstance(event, RunContinued)]
    assert report.is_exact
    assert history.steps.loss.values().tolist() == whole.steps.loss.values().tolist()


@pytest.mark.parametrize("error", ERRORS)
def test_that_model_and_tensors_are_let_go_of(lab: Lab, error: str) -> None:
    lab.plant(5, ERRORS[error]())
    ending(lab.run())
    gc.collect()

    assert lab.models[0]() is None


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize(
    ("loop", "advice"),
    [
        (LOOP, "Use a smaller batch: 4 samples instead of 8."),
        ({**LOOP, "batch_size": 7}, "Use a smaller batch: 3 samples instead of 7."),
        (
            {**LOOP, "full_batch": True},
            "Use a smaller batch: switch full batch off with a batch size of 16.",
        ),
        ({**LOOP, "batch_size": 1}, "Use a smaller model."),
    ],
)
def test_that_a_lack_of_memory_suggests_half_the_batch(
    lab: Lab, loop: dict[str, Any], advice: str
) -> None:
    lab.plant(6, torch.OutOfMemoryError(CUDA_MEMORY))
    failed = ending(lab.run(loop=loop))

    assert failed.message == (
        "Not enough memory on the graphics card in step 6. Everything up to the checkpoint "
        f"at step 5 is kept. {advice} ({CUDA_MEMORY})"
    )
    assert (failed.report, failed.is_mistake) == ("", False)


@pytest.mark.parametrize("error", ["cpu memory", "python memory"])
def test_that_the_cpus_memory_is_not_called_the_cards(lab: Lab, error: str) -> None:
    lab.plant(6, ERRORS[error]())
    message = ending(lab.run()).message

    assert message.startswith("Not enough memory in step 6. ")
    assert "The losses up to step 5 are kept, but there is no checkpoint." in message


def test_that_memory_that_lacks_in_the_first_step_leaves_nothing_to_keep(lab: Lab) -> None:
    lab.plant(1, MemoryError())

    assert "in step 1. Nothing had been trained." in ending(lab.run()).message


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("error", ["cuda assert", "cuda library"])
def test_that_a_lost_card_is_said_to_need_a_new_start(lab: Lab, error: str) -> None:
    lab.plant(6, ERRORS[error]())
    failed = ending(lab.run())

    reason = str(ERRORS[error]()).splitlines()[0]
    assert failed.message == (
        "CUDA stopped working in step 6 and cannot be used again until the program is "
        "restarted. Everything up to the checkpoint at step 5 is kept. "
        f"({reason})"
    )
    assert (failed.report, failed.is_mistake) == ("", False)


def test_that_a_defect_has_a_report(lab: Lab) -> None:
    lab.plant(6, ZeroDivisionError("planted"))
    failed = ending(lab.run())

    assert failed.message == "ZeroDivisionError: planted"
    assert "Traceback" in failed.report
    assert "forward" in failed.report


def lose_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise torch.AcceleratorError(ASSERTED)

    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", fail)
    monkeypatch.setattr(torch.cuda, "empty_cache", fail)


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_that_later_runs_on_a_lost_card_are_refused_in_words(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    lose_cuda(monkeypatch)
    failed = ending(lab.run(loop={**LOOP, "device": device}))

    assert failed.is_mistake
    assert failed.message == (
        "CUDA has stopped working and cannot be used again until the program is restarted. "
        "Restart it, or set loop.device to cpu. (CUDA error: device-side assert triggered)"
    )


def test_that_later_runs_on_the_cpu_train_beside_a_lost_card(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_cuda(monkeypatch)

    assert isinstance(lab.run()[-1], RunFinished)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_that_a_run_that_began_on_cuda_goes_on_where_there_is_none_and_says_so(
    lab: Lab,
) -> None:
    history = History()
    last = checkpoints(lab.run(history=history))[-1]
    on_cuda = made_on(last, "cuda:0 NVIDIA H200")

    with pytest.raises(DeviceError, match="CUDA is not available"):
        choose_device(LoopSettings(device="cuda"))
    again = lab.run(Start(on_cuda), history, loop={**LOOP, "device": "cuda"})
    assert isinstance(again[-1], RunFinished)
    (report,) = [event.report for event in again if isinstance(event, RunContinued)]
    assert report.differences == ("it computes on cpu instead of cuda:0 NVIDIA H200",)


def made_on(checkpoint: Checkpoint, device: str) -> Checkpoint:
    """Return a checkpoint that says that it was made on another device."""
    state = read_state(checkpoint)
    state["loop"]["environment"]["device"] = device
    return WholeState(checkpoint.step, checkpoint.epoch, state).encode()


@pytest.mark.usefixtures("every_step")
def test_that_a_checkpoint_that_does_not_fit_into_memory_does_not_end_the_run(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = WholeState.encode

    def run_out(self: WholeState) -> Checkpoint:
        if self.step == 3:
            raise MemoryError
        return encode(self)

    monkeypatch.setattr(WholeState, "encode", run_out)
    events = lab.run()

    assert isinstance(events[-1], RunFinished)
    notices = [event.text for event in events if isinstance(event, NoticeGiven)]
    assert notices == ["Not enough memory for a checkpoint at step 3."]
    assert 3 not in [one.step for one in checkpoints(events)]
