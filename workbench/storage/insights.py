"""What a run tells about its inside as plain tables, to and from their rows in the file.

Three series beside those of `histories`: `activity` (shares of dead units at the sampled
steps), `path` (of a linear model in its landscape), and `close-up` (rates of every step
before an accident). The landscape itself is a blob.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.activity import ActivitySeries
from workbench.core.landscape import Landscape, PathSeries
from workbench.core.rates import RateSeries
from workbench.core.run import History
from workbench.core.series import Floats
from workbench.storage.histories import (
    ColumnsLayout,
    Recording,
    record_rates,
    refuse_too_many,
    whole,
)

ACTIVITY, PATH, CLOSE_UP = "activity", "path", "close-up"

_PATH_COLUMNS = ("step", "first", "second")


@dataclass(frozen=True)
class ActivityLayout:
    """Columns of activity: the step, then a share for each layer."""

    layers: tuple[str, ...]

    def __post_init__(self) -> None:
        refuse_too_many(self.layers)

    @property
    def width(self) -> int:
        """Count the columns."""
        return 1 + len(self.layers)


@dataclass(frozen=True)
class LandscapeFacts:
    """What a landscape is beside its curvatures, which are float64, little-endian."""

    plane: tuple[float, ...]  # two curvatures
    minimum_loss: float


def record_insights(history: History, close_up: RateSeries) -> tuple[Recording, ...]:
    """Take the counts of the series now; those that a run does not have are left out."""
    found = []
    if len(history.activity):
        found.append(_record_activity(history.activity))
    if len(history.path):
        found.append(_record_path(history.path))
    if len(close_up):
        found.append(record_rates(CLOSE_UP, close_up))
    return tuple(found)


def _record_activity(activity: ActivitySeries) -> Recording:
    def rows(start: int, stop: int) -> Floats:
        steps = activity.steps()[start:stop]
        return np.column_stack((steps, activity.shares(start, stop)))

    layout = ActivityLayout(activity.layers)
    return Recording(ACTIVITY, layout, len(activity), rows)


def _record_path(path: PathSeries) -> Recording:
    def rows(start: int, stop: int) -> Floats:
        return np.column_stack((path.steps()[start:stop], path.points()[start:stop]))

    return Recording(PATH, ColumnsLayout(_PATH_COLUMNS), len(path), rows)


def read_activity(series: ActivitySeries, layout: ActivityLayout, rows: Floats) -> None:
    """Begin the series with the layers of the layout, and append rows to it.

    Raises:
        ValueError: where a number is no step or no share.
    """
    shares = rows[:, 1:]
    if not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError("a share is not between 0 and 1")
    series.begin(layout.layers)
    for step, row in zip(whole(rows[:, 0]), shares, strict=True):
        series.append(int(step), row)


def read_path(series: PathSeries, layout: ColumnsLayout, rows: Floats) -> None:
    """Append rows to the series.

    Raises:
        ValueError: where the columns are others.
    """
    if layout.columns[:3] != _PATH_COLUMNS:
        raise ValueError("its columns are others")
    for step, (first, second) in zip(whole(rows[:, 0]), rows[:, 1:3], strict=True):
        series.append(int(step), float(first), float(second))


def pack_landscape(landscape: Landscape) -> tuple[LandscapeFacts, bytes]:
    """Turn a landscape into its facts and its numbers."""
    facts = LandscapeFacts(landscape.plane, landscape.minimum_loss)
    return facts, landscape.curvatures.astype("<f8").tobytes()


def unpack_landscape(facts: LandscapeFacts, data: bytes) -> Landscape:
    """Make the landscape again.

    Raises:
        ValueError: where its numbers cannot be those of a landscape.
    """
    curvatures = np.frombuffer(data, "<f8").astype(np.float64)
    if len(facts.plane) != len(("steepest", "flattest")) or not len(curvatures):
        raise ValueError("the landscape has no axes")
    first, second = facts.plane
    return Landscape(curvatures, (first, second), facts.minimum_loss)
