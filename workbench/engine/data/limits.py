"""How large a data set may be: refused by a sentence before memory runs out."""

from __future__ import annotations

from workbench.core.errors import DataError

MAX_BYTES = 4 * 2**30  # of the samples themselves; loading takes up to twice that


def refuse_too_large(needed: int, remedy: str) -> None:
    """Check the bytes that the samples will take.

    Raises:
        DataError: with the size, the limit and the remedy, such as "choose fewer".
    """
    if needed > MAX_BYTES:
        raise DataError(
            f"The data set would take {needed / 2**30:.1f} GiB of memory; the limit is "
            f"{MAX_BYTES // 2**30} GiB: {remedy}."
        )
