"""Loads torch ahead of the first run, so that Train does not have to wait for it."""

from __future__ import annotations

from workbench.core.ports import DeviceFacts


def load_torch() -> list[DeviceFacts]:
    """Import all that a first run needs, and return which devices there are.

    The first optimizer that is built makes torch import its compiler, which takes
    longer than torch itself. Blocks for seconds; belongs on a thread of its own.
    """
    import sklearn.datasets  # noqa: F401 - for the data that need no download
    import torch

    from workbench.engine import trainer  # noqa: F401 - imported for its imports
    from workbench.engine.devices import find_devices

    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    return find_devices()
