"""Cells in colours on the area of a plot: the rows and columns of a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from workbench.core.series import Floats
from workbench.ui.plots.colour_bar import hatch
from workbench.ui.plots.colour_scale import (
    NO_VALUE,
    ColourScale,
    Indices,
    colour_table,
    indexed_image,
)
from workbench.ui.plots.items import Bounds, Look
from workbench.ui.plots.sampling import LEAST_APART_PX
from workbench.ui.theme import PlotTheme

_LEAST_ROW_PX = 4  # rows lower than this get no lines between their groups
_FRAME_PX = 1.5  # from the cells to the middle of the line around them


@dataclass(frozen=True)
class Block:
    """Columns `first` up to `last` side by side, all equally wide, from x to x."""

    first: int
    last: int
    left: float
    right: float


def blocks_of(lefts: Floats, rights: Floats) -> list[Block]:
    """Put columns that are equally wide and touch each other together."""
    if not len(lefts):
        return []
    widths = rights - lefts
    same = np.isclose(widths[1:], widths[:-1]) & (lefts[1:] == rights[:-1])
    firsts = [0, *(np.flatnonzero(~same) + 1).tolist(), len(lefts)]
    return [Block(a, b, float(lefts[a]), float(rights[b - 1])) for a, b in pairwise(firsts)]


class MeshItem(QGraphicsObject):
    """Paints the cells; row i lies between y = i and y = i + 1."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: PlotTheme | None = None
        self.image = QImage()
        self.lines: Sequence[float] = ()  # rows below which a group ends
        self.divides = False  # wide columns by lines
        self.frame = QRectF()  # of what is selected
        self._blocks: Sequence[Block] = ()
        self._has_holes = False
        self._pieces: dict[tuple[int, int, int], QImage] = {}
        self._rect = QRectF()

    def set_image(self, image: QImage, blocks: Sequence[Block], *, holes: bool) -> None:
        """Show these cells; `holes`: some have no value."""
        self.image, self._blocks, self._has_holes = image, blocks, holes
        self._pieces.clear()
        rect = QRectF()
        if blocks:
            left, right = blocks[0].left, blocks[-1].right
            rect = QRectF(left, 0, right - left, image.height())
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.update()

    @override
    def boundingRect(self) -> QRectF:
        return self._rect

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        if self.theme is None or self.image.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        device = painter.deviceTransform()
        for block in self._blocks:
            area = QRectF(block.left, 0, block.right - block.left, self.image.height())
            if self._has_holes:
                brush = hatch(self.theme)
                brush.setTransform(painter.worldTransform().inverted()[0])
                painter.fillRect(area, brush)
            piece = self._piece(block, device)
            painter.drawImage(area, piece, QRectF(piece.rect()))
        self._draw_lines(painter, abs(device.m22()))
        if self.divides:
            self._draw_divisions(painter, abs(device.m11()))
        self._draw_frame(painter)

    def _piece(self, block: Block, device: QTransform) -> QImage:
        """Return the cells of a block, as few as there are pixels: their mean colours."""
        columns, rows = block.last - block.first, self.image.height()
        width = max(1, round((block.right - block.left) * abs(device.m11())))
        height = max(1, round(rows * abs(device.m22())))
        key = (block.first, min(width, columns), min(height, rows))
        if key not in self._pieces:
            piece = self.image.copy(QRect(block.first, 0, columns, rows))
            if key[1:] != (columns, rows):
                piece = piece.scaled(
                    key[1],
                    key[2],
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            self._pieces[key] = piece
        return self._pieces[key]

    def _draw_lines(self, painter: QPainter, row_px: float) -> None:
        if self.theme is None or row_px < _LEAST_ROW_PX:
            return
        pen = QPen(self.theme.background, 0)
        painter.setPen(pen)
        left, right = self._rect.left(), self._rect.right()
        painter.drawLines([QLineF(left, y, right, y) for y in self.lines])

    def _draw_divisions(self, painter: QPainter, step_px: float) -> None:
        """Draw a line where each column ends, as far as columns are wide."""
        if self.theme is None:
            return
        painter.setPen(QPen(self.theme.background, 0))
        bottom = self._rect.bottom()
        for block in self._blocks:
            width = (block.right - block.left) / (block.last - block.first)
            if width * step_px >= LEAST_APART_PX * painter.device().devicePixelRatio():
                ends = np.arange(block.left + width, block.right + width / 2, width)
                painter.drawLines([QLineF(x, 0, x, bottom) for x in ends.tolist()])

    def _draw_frame(self, painter: QPainter) -> None:
        if self.theme is None or self.frame.isNull():
            return
        device = painter.deviceTransform()
        across, up = (_FRAME_PX / abs(m) for m in (device.m11(), device.m22()))
        around = self.frame.adjusted(-across, -up, across, up)  # it hides no cell
        for colour, width in ((self.theme.background, 3.0), (self.theme.text, 1.0)):
            pen = QPen(colour, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(around)


class Mesh:
    """The cells of a heat map, as one of the items of a plot."""

    def __init__(self, look: Look) -> None:
        self.item = MeshItem()
        self.bounds: Bounds | None = None
        self.leads = True  # whether the height of the plot follows it
        self.scale = ColourScale()
        self._look = look
        self._indices: Indices = np.empty((0, 0), dtype=np.uint8)
        self._blocks: list[Block] = []
        self.restyle(look)

    @property
    def is_visible(self) -> bool:
        """Say whether the cells are drawn."""
        return bool(self.item.isVisible())

    @property
    def image(self) -> QImage:
        """Return the picture: a pixel for each cell."""
        return self.item.image

    def set_cells(
        self, indices: Indices, scale: ColourScale, lefts: Floats, rights: Floats
    ) -> None:
        """Show cells, shape (rows, columns), by their places on the scale.

        `lefts` and `rights` are where each column begins and ends.
        """
        self._indices, self.scale = indices, scale
        self._blocks = blocks_of(lefts, rights)
        self._draw()

    def set_lines(self, rows: Sequence[float]) -> None:
        """Draw a line below each of these rows: where a group ends."""
        self.item.lines = rows
        self.item.update()

    def frame(self, rect: QRectF) -> None:
        """Draw a frame around what is selected; a null rectangle takes it away."""
        self.item.frame = rect
        self.item.update()

    def restyle(self, look: Look) -> None:
        """Take new colours."""
        self._look = look
        self.item.theme = look.theme
        self._draw()

    def _draw(self) -> None:
        if not self._blocks or not self._indices.size:
            self.bounds = None
            self.item.set_image(QImage(), (), holes=False)
            return
        table = colour_table(self._look.theme, diverging=self.scale.diverging)
        image = indexed_image(self._indices, table)
        holes = bool((self._indices == NO_VALUE).any())
        self.item.set_image(image, self._blocks, holes=holes)
        rows = float(self._indices.shape[0])
        self.bounds = (self._blocks[0].left, self._blocks[-1].right, 0.0, rows)
