"""Runs references as what they stand for: a script in a process of its own.

The workbench keeps the memory that a step frees, and has threads that wait go to sleep.
Both are settings of a process, which a reference beside it would share; here it has what
torch and the system come with.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, Self

from tests.benchmarks.harness import Measurement

P = ParamSpec("P")
# What OpenMP does of its own accord; importing the workbench's engine would change it.
_OF_ITS_OWN_ACCORD = {"GOMP_SPINCOUNT": "300000"}


class Apart:
    """One other process, there from the first call to the end of the `with` block."""

    def __enter__(self) -> Self:
        self._process = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), _begin, (_OF_ITS_OWN_ACCORD,)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown()

    def __call__(
        self, train: Callable[P, Measurement], *args: P.args, **kwargs: P.kwargs
    ) -> Measurement:
        """Return what a function of some module measures there."""
        return self._process.submit(train, *args, **kwargs).result()


def _begin(variables: dict[str, str]) -> None:
    os.environ.update(variables)  # before anything imports torch
