import numpy as np
import pytest

from workbench.ui.plots.element_grid import grid_of


def test_that_a_matrix_lies_as_it_is_written() -> None:
    grid = grid_of((2, 3))
    assert grid.cells.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert grid.index_at(1, 2) == (1, 2)
    assert grid.cell_of((1, 2)) == (1, 2)
    assert grid.is_whole


@pytest.mark.parametrize(("shape", "index"), [((5,), (3,)), ((), (0,))])
def test_that_a_vector_and_a_number_are_one_row(
    shape: tuple[int, ...], index: tuple[int, ...]
) -> None:
    grid = grid_of(shape)
    assert grid.cells.shape[0] == 1
    assert grid.index_at(0, index[0]) == index


def test_that_kernels_are_tiles_with_gaps_of_a_cell() -> None:
    grid = grid_of((2, 3, 5, 5))
    assert grid.cells.shape == (2 * 6 - 1, 3 * 6 - 1)
    assert grid.tile == (6, 6)
    assert grid.index_at(0, 0) == (0, 0, 0, 0)
    assert grid.index_at(4, 4) == (0, 0, 4, 4)
    assert grid.index_at(5, 0) is None
    assert grid.index_at(0, 5) is None
    assert grid.index_at(6 + 2, 12 + 3) == (1, 2, 2, 3)
    assert int(grid.gaps().sum()) == grid.cells.size - 2 * 3 * 25


def test_that_the_larger_number_of_channels_goes_where_there_is_room() -> None:
    wide, high = grid_of((4, 2, 3, 3)), grid_of((4, 2, 3, 3), wide=False)
    assert wide.turned
    assert wide.cells.shape == (2 * 4 - 1, 4 * 4 - 1)
    assert wide.index_at(4, 8) == (2, 1, 0, 0)
    assert not high.turned
    assert high.index_at(8, 4) == (2, 1, 0, 0)


def test_that_every_element_of_any_kernel_is_found_again() -> None:
    for shape in ((3, 4, 2, 5), (3, 2, 4), (2, 2, 2, 3, 2)):
        grid = grid_of(shape)
        for index in np.ndindex(*shape):
            cell = grid.cell_of(index)
            assert cell is not None
            assert grid.index_at(*cell) == index


def test_that_cells_outside_have_no_element() -> None:
    grid = grid_of((2, 3))
    assert grid.index_at(-1, 0) is None
    assert grid.index_at(0, 3) is None


def test_that_values_come_to_the_cells_of_their_elements() -> None:
    values = np.arange(2 * 2 * 1 * 2, dtype=np.float32).reshape(2, 2, 1, 2)
    grid = grid_of(values.shape)
    spread = grid.spread(values)
    row, column = grid.cell_of((1, 0, 0, 1)) or (0, 0)
    assert spread[row, column] == values[1, 0, 0, 1]


def test_that_a_huge_matrix_is_drawn_in_part_and_says_so() -> None:
    grid = grid_of((3, 5000))
    assert not grid.is_whole
    assert grid.cells.shape == (3, 1667)
    assert grid.index_at(1, 2) == (1, 6)
    assert grid.cell_of((1, 7)) is None
