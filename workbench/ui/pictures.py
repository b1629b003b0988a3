"""Writes the pictures of a run without a window: the same views, never shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from workbench.core.errors import ExportError
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.ui.docks.loss_view import LossView
from workbench.ui.docks.picture_view import PictureView
from workbench.ui.docks.rates_view import RatesView
from workbench.ui.docks.view import RunView
from workbench.ui.plots.export import save_png
from workbench.ui.theme import Scheme


def write_pictures(_session: Session, run: Run, folder: Path) -> list[Path]:
    """Write loss.png, effective_lr.png, effective_lr_map.png and the final picture.

    That is predictions.png or confusion.png.
    What the run has no data for is left out. The folder is made where it is missing.
    The pictures are light and 1600 × 1000 pixels. See `core.ports.PictureWriter`.

    Raises:
        ExportError: where a file cannot be written.
    """
    _make_folder(folder)
    with _application():
        views: tuple[RunView, ...] = (LossView(), RatesView(), PictureView())
        return [path for view in views for path in _write_view(view, run, folder)]


def _write_view(view: RunView, run: Run, folder: Path) -> Iterator[Path]:
    view.show_runs([run])
    view.focus_run(run)
    view.refresh()
    for name, plot in view.plots().items():
        if plot.message:
            continue
        path = folder / f"{name}.png"
        save_png(plot, path, scheme=Scheme.LIGHT)
        yield path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"The folder {folder} cannot be made: {error.strerror or error}; "
            "choose another one."
        ) from None


@contextmanager
def _application() -> Iterator[QObject]:
    """Use the application that runs, or one of our own for as long as it is needed."""
    present = QApplication.instance()
    if present is not None:
        yield present
        return
    own = QApplication(["workbench", *_platform()])
    try:
        yield own
    finally:
        own.shutdown()


def _platform() -> list[str]:
    """Return the option that makes Qt draw without a display where there is none."""
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform in {"win32", "darwin"} or any(os.environ.get(d) for d in displays):
        return []
    return ["-platform", "offscreen"]
