"""What is loaded when, from the start of the process to the first loss."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.window_process import end_of, start_window, user_folders

# The libraries that take long, and CUDA's bindings, which only torch has a use for.
_SLOW = ("torch", "torchvision", "sklearn", "scipy", "pytorch_optimizer", "ziamath", "cuda")
# What torch and others import when asked for more than a plain run needs.
_NEVER = ("torch._dynamo", "torch._inductor", "torchvision", "pytorch_optimizer", "scipy")

_START = """
import gc
import json


class FirstLook(QObject):
    def __init__(self, window):
        super().__init__(window)
        self.loaded = None
        window.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == event.Type.Paint and self.loaded is None:
            self.loaded = set(sys.modules)
        return False


def script(window):
    first = FirstLook(window)
    yield lambda: first.loaded is not None
    say(json.dumps([name for name in NAMES if name in first.loaded]))
"""
_LOAD_BEHIND = (
    _START
    + """
    say(json.dumps([gc.isenabled()]))
    yield lambda: gc.isenabled()
    say(json.dumps([name for name in NAMES if name in sys.modules]))
    say(json.dumps([gc.get_freeze_count() > 100_000]))
    window.close()
"""
)
_TRAIN_AT_ONCE = (
    _START
    + """
    window.window_actions["train"].trigger()
    told = []

    def has_begun():
        told.append(window.status.state.text())
        return window.runs._controller.run.num_steps > 0

    yield has_begun
    say(json.dumps(list(dict.fromkeys(told))))
    say(json.dumps([name for name in NEVER if name in sys.modules]))
    window.window_actions["stop"].trigger()
    yield lambda: not window.runs._controller.is_active
    window.close()
"""
)


def told_by(script: str, folder: Path) -> list[list[object]]:
    """Start the program, and return what the script says, line by line."""
    names = f"NAMES, NEVER = {_SLOW}, {_NEVER}\n"
    status, output, errors = end_of(start_window(names + script, **user_folders(folder)))
    assert (status, errors) == (0, "")
    return [json.loads(line) for line in output.splitlines()]


def test_that_the_window_is_painted_first_and_torch_alone_loaded_behind_it(
    tmp_path: Path,
) -> None:
    at_first, is_collecting, behind, is_frozen = told_by(_LOAD_BEHIND, tmp_path)
    assert at_first == []
    assert is_collecting == [False]  # not before all is loaded
    assert set(behind) <= {"torch", "cuda"}
    assert "torch" in behind
    assert is_frozen == [True]


@pytest.mark.slow
def test_that_train_can_be_pressed_at_once_and_says_what_it_waits_for(
    tmp_path: Path,
) -> None:
    at_first, told, needless = told_by(_TRAIN_AT_ONCE, tmp_path)
    assert at_first == []
    assert "preparing: Loading torch" in told
    assert needless == []
