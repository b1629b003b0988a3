"""Turns a plot into a PNG file of any size, with pens and fonts enlarged alike.

The plot itself is laid out as large as the picture is in its own pixels, and painted
onto an image with that many device pixels to each, as on a screen that fine.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QSize
from PySide6.QtGui import QImage, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from workbench.core.errors import ExportError
from workbench.ui.theme import Scheme, dark_palette, light_palette

DEFAULT_SIZE = QSize(1600, 1000)
DEFAULT_SCALE = 2.0
LARGEST_PX = 16_000
_INCH_M = 0.0254
_DPI = 96


class Exportable(Protocol):
    """What can be painted in another size and other colours."""

    def exporting(
        self, size: QSize, scale: float, palette: QPalette | None
    ) -> AbstractContextManager[QWidget]:
        """Lay out for a picture of `size` logical pixels for as long as it is entered.

        Gives the widget to paint.
        """


def render(
    plot: Exportable,
    width_px: int,
    height_px: int,
    scale: float = DEFAULT_SCALE,
    scheme: Scheme = Scheme.SYSTEM,
) -> QImage:
    """Return a picture of exactly `width_px` × `height_px` pixels.

    `scale` says how many of its pixels make up one on screen: lines and letters grow
    with it. `scheme` makes it light or dark; SYSTEM: as the plot is shown.

    Raises:
        ExportError: where there is no memory for a picture of that size.
    """
    image = QImage(width_px, height_px, QImage.Format.Format_RGB32)
    if image.isNull():
        raise ExportError(
            f"A picture of {width_px:,} × {height_px:,} pixels needs more memory than "
            "there is; choose a smaller one."
        )
    size = QSize(max(1, round(width_px / scale)), max(1, round(height_px / scale)))
    palette = {Scheme.LIGHT: light_palette, Scheme.DARK: dark_palette}.get(scheme)
    with plot.exporting(size, scale, palette() if palette else None) as sheet:
        _paint(sheet, image, size)
    image.setDotsPerMeterX(round(_DPI * scale / _INCH_M))
    image.setDotsPerMeterY(round(_DPI * scale / _INCH_M))
    return image


def save_png(
    plot: Exportable,
    path: Path,
    width_px: int = DEFAULT_SIZE.width(),
    height_px: int = DEFAULT_SIZE.height(),
    scale: float = DEFAULT_SCALE,
    scheme: Scheme = Scheme.SYSTEM,
) -> None:
    """Write a picture of the plot, see `render`; an old file stays until it is whole.

    Raises:
        ExportError: where the file cannot be written.
    """
    write_atomically(path, _png(render(plot, width_px, height_px, scale, scheme)))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file beside its place, then move it there.

    Raises:
        ExportError: where the folder is missing or cannot be written to.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _refusal(path, error) from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        part.chmod(0o644)  # mkstemp's files are the owner's alone
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _refusal(path, error) from None


def _paint(sheet: QWidget, image: QImage, size: QSize) -> None:
    """Paint so that `size` logical pixels fill the image to the last pixel."""
    image.fill(0)
    painter = QPainter(image)
    painter.scale(image.width() / size.width(), image.height() / size.height())
    sheet.render(painter, QPoint())
    painter.end()


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes
    return bytes(buffer.data().data())


def _refusal(path: Path, error: OSError) -> ExportError:
    return ExportError(
        f"The picture {path.name} cannot be written to {path.parent}: "
        f"{error.strerror or error}; choose another folder."
    )
