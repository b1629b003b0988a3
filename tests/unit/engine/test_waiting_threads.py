"""How torch's threads wait for one another."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_SAY = (
    "import os, sys, workbench.engine.devices; "
    "print('torch' in sys.modules, os.environ['OMP_WAIT_POLICY'], "
    "os.environ['GOMP_SPINCOUNT'])"
)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, "True PASSIVE 2500"),
        ({"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "5"}, "True ACTIVE 5"),
    ],
)
def test_that_waiting_threads_leave_the_core_to_others_unless_told_otherwise(
    chosen: dict[str, str], said: str
) -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    rest = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", _SAY],
        capture_output=True,
        text=True,
        check=True,
        env={**rest, **chosen},
    )
    assert done.stdout.strip() == said
