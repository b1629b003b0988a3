"""Loads torch ahead of the first run, so that Train does not have to wait for it.

What is loaded comes in parts: an import cannot be interrupted, so whoever leaves the
program meanwhile has to wait for the end of one part, not of all.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.ports import DeviceFacts
from workbench.engine.torch_libraries import load_libraries


def load_torch() -> None:
    """Import torch itself."""
    import torch  # noqa: F401 - imported to be there


def load_trainer() -> None:
    """Import what trains, and what the window's first median would import."""
    import numpy.ma  # noqa: F401 - imported to be there

    from workbench.engine import trainer  # noqa: F401 - imported for its imports


PARTS = (load_libraries, load_torch, load_trainer)


def find_devices() -> Sequence[DeviceFacts]:
    """Return which devices there are; call it after all `PARTS`."""
    from workbench.engine import devices

    return devices.find_devices()
