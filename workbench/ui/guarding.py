"""Keeps defects in what Qt calls by itself, such as event handlers, where they belong."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


def guarded(handler: Callable[P, None]) -> Callable[P, None]:
    """Report an exception of an overridden event handler as that of any slot.

    Qt cannot take an exception: PySide raises it in whatever Python code comes next,
    and the window closes although `closeEvent` failed.
    """

    @functools.wraps(handler)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            handler(*args, **kwargs)
        except Exception:  # noqa: BLE001 - the hook is the one place for defects
            sys.excepthook(*sys.exc_info())

    return call
