"""Which states of a run are kept: the newest two, and a few spread over its length."""

from __future__ import annotations

from itertools import accumulate

from workbench.core.events import Checkpoint

_NEWEST = 2  # should the last one turn out damaged, there is the one before
_MOST_OLDER = 6
_MOST_BYTES = 256 * 2**20  # of a run; the newest two are kept whatever their size


def keep(kept: tuple[Checkpoint, ...], new: Checkpoint) -> tuple[Checkpoint, ...]:
    """Add a checkpoint to those of a run, in order of their steps, and thin out the rest.

    Those of the same step or later ones belong to a past that has been trained again.
    """
    rising = [*(old for old in kept if old.step < new.step), new]
    older, newest = rising[:-_NEWEST], rising[-_NEWEST:]
    while len(older) > _MOST_OLDER:
        del older[_most_crowded([*older, *newest], len(older))]
    room = _MOST_BYTES - sum(map(size_of, newest))
    fitting = sum(total <= room for total in accumulate(map(size_of, reversed(older))))
    return (*older[len(older) - fitting :], *newest)


def size_of(checkpoint: Checkpoint) -> int:
    """Return how many bytes a checkpoint takes."""
    return len(checkpoint.tensors) + len(checkpoint.state)


def _most_crowded(rising: list[Checkpoint], count: int) -> int:
    """Return which of the first `count`, the very first left out, has least room."""

    def room(place: int) -> int:
        return rising[place + 1].step - rising[place - 1].step

    return min(range(1, count), key=room)
