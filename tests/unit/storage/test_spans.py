from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.storage.content import Chunk
from workbench.storage.spans import assemble

_TABLE = np.arange(40.0).reshape(20, 2)


def _chunk(first: int, count: int) -> Chunk:
    return Chunk(first, count, _TABLE[first : first + count].tobytes())


_CHUNKS = [_chunk(0, 6), _chunk(6, 6), _chunk(12, 6), _chunk(18, 2)]


@given(st.permutations(_CHUNKS), st.integers(0, 4))
def test_that_every_row_is_at_its_place_or_in_a_named_gap(
    chunks: list[Chunk], there: int
) -> None:
    spans = assemble(chunks[:there], 20, 2)
    filled = spans.filled(2, 10**6)
    lost = {row for start, stop in spans.missing for row in range(start, stop)}
    for row in range(20):
        if row in lost:
            assert row >= len(filled) or np.isnan(filled[row]).all()
        else:
            assert np.array_equal(filled[row], _TABLE[row])
    kept = [row for row in range(20) if row not in lost]
    assert np.array_equal(spans.joined(2), _TABLE[kept])


def test_that_overlapping_chunks_never_overwrite_each_other() -> None:
    spans = assemble([_chunk(0, 6), _chunk(3, 6), _chunk(9, 11)], 20, 2)
    assert spans.missing == ((6, 9),)


def test_that_a_gap_wider_than_the_file_is_not_filled() -> None:
    far = Chunk(2**40, 1, _TABLE[:1].tobytes())
    spans = assemble([_chunk(0, 6), far], 2**41, 2)
    assert len(spans.filled(2, 10**6)) == 6


def test_that_an_empty_series_has_the_width_of_its_columns() -> None:
    spans = assemble([], 0, 3)
    assert spans.joined(3).shape == spans.filled(3, 0).shape == (0, 3)
    assert spans.missing == ()
