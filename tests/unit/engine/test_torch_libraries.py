"""torch's C++ libraries, loaded ahead of torch."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="for Linux only")

_LOAD = """
import sys
from pathlib import Path
from workbench.engine.torch_libraries import load_libraries

load_libraries()
print("torch" in sys.modules, "libtorch_cpu.so" in Path("/proc/self/maps").read_text())
load_libraries()
import torch
print(torch.ones(3).sum().item())
load_libraries()
"""


def load(**variables: str) -> list[str]:
    """Load the libraries, then torch, in a process of its own; return what it prints."""
    gone = {"LD_LIBRARY_PATH"}
    env = {name: value for name, value in os.environ.items() if name not in gone}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _LOAD],
        env=env | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_that_the_libraries_are_there_before_torch_and_torch_works_with_them() -> None:
    assert load() == ["False True", "3.0"]


def test_that_torch_finds_its_own_libraries_where_a_path_is_set_for_them() -> None:
    assert load(LD_LIBRARY_PATH="/nowhere") == ["False False", "3.0"]
