"""How the elements of a tensor of any shape lie in a plane, and which lies where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Flat = npt.NDArray[np.int64]
Index = tuple[int, ...]

_MOST_CELLS = 2048  # a side; of longer ones every n-th row or column is drawn
_NO_ELEMENT = -1


@dataclass(frozen=True, eq=False)
class ElementGrid:
    """A matrix as it is written; kernels of a convolution as tiles with gaps of a cell.

    `cells` has the flat index of the element of each cell, −1 in gaps; `tile` is the
    size of a tile with its gap in rows and columns, (1, 1) for a matrix. Kernels are
    `turned` where outputs go along x.
    """

    shape: Index
    cells: Flat
    tile: tuple[int, int] = (1, 1)
    turned: bool = False
    every: tuple[int, int] = (1, 1)  # which rows and columns are drawn

    @property
    def is_whole(self) -> bool:
        """Say whether every element has a cell."""
        return self.every == (1, 1)

    def index_at(self, row: int, column: int) -> Index | None:
        """Return the index of the element in a cell, None in gaps and outside."""
        rows, columns = self.cells.shape
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        flat = int(self.cells[row, column])
        if flat == _NO_ELEMENT:
            return None
        return tuple(int(part) for part in np.unravel_index(flat, self.shape or (1,)))

    def cell_of(self, index: Index) -> tuple[int, int] | None:
        """Return row and column of an element, None where it is not drawn."""
        flat = np.ravel_multi_index(index, self.shape) if self.shape else 0
        found = np.argwhere(self.cells == flat)
        return (int(found[0, 0]), int(found[0, 1])) if len(found) else None

    def spread(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Return the values of a tensor in their cells; those of gaps mean nothing."""
        return values.reshape(-1)[self.cells]

    def gaps(self) -> npt.NDArray[np.bool_]:
        """Return which cells lie between the tiles."""
        between: npt.NDArray[np.bool_] = self.cells == _NO_ELEMENT
        return between


def grid_of(shape: Index, *, wide: bool = True) -> ElementGrid:
    """Return how a tensor of this shape is laid out.

    Of kernels, the larger number of channels goes along x where there is more room.
    """
    size = int(np.prod(shape, dtype=np.int64))
    flat = np.arange(size, dtype=np.int64)
    if len(shape) > 2:
        return _tiles(shape, flat, turned=(shape[0] > shape[1]) == wide)
    cells = flat.reshape(shape if len(shape) == 2 else (1, size))
    every = (_stride(cells.shape[0]), _stride(cells.shape[1]))
    return ElementGrid(shape, cells[:: every[0], :: every[1]], every=every)


def _tiles(shape: Index, flat: Flat, *, turned: bool) -> ElementGrid:
    outputs, inputs, width = shape[0], shape[1], shape[-1]
    kernels = flat.reshape(outputs, inputs, -1, width)
    if turned:
        kernels = kernels.swapaxes(0, 1)
    down, along, height, _ = kernels.shape
    most = _MOST_CELLS // (height + 1), _MOST_CELLS // (width + 1)
    every = _stride(down, max(1, most[0])), _stride(along, max(1, most[1]))
    kernels = kernels[:: every[0], :: every[1]]
    down, along = kernels.shape[:2]
    framed = np.full((down, along, height + 1, width + 1), _NO_ELEMENT, dtype=np.int64)
    framed[:, :, :height, :width] = kernels
    size = down * (height + 1), along * (width + 1)
    cells = framed.swapaxes(1, 2).reshape(size)[:-1, :-1]
    return ElementGrid(shape, cells, (height + 1, width + 1), turned, every)


def _stride(count: int, most: int = _MOST_CELLS) -> int:
    return max(1, -(-count // most))
