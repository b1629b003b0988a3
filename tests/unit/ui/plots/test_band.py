"""Bands without a gap are drawn in a shorter way, which must draw the same."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QPainterPath, QPalette
from pytestqt.qtbot import QtBot

from workbench.core.series import Floats
from workbench.ui.plots.band import Band
from workbench.ui.plots.items import Look, run_ink
from workbench.ui.theme import PlotTheme


@pytest.fixture
def band(qtbot: QtBot) -> Band:
    return Band(run_ink(0), Look(PlotTheme.from_palette(QPalette())))


def points(path: QPainterPath) -> list[tuple[float, float]]:
    elements = (path.elementAt(place) for place in range(path.elementCount()))
    return [(element.x, element.y) for element in elements]


def edges(samples: int = 40) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.integers(1, 5, samples)).astype(np.float64)
    low = rng.lognormal(-6, 1, samples)
    return x, low, low * rng.uniform(1, 5, samples)


@pytest.mark.parametrize("log_y", [True, False])
def test_that_a_band_without_a_gap_is_drawn_as_one_with_gaps_would_be(
    band: Band, log_y: bool
) -> None:
    band.restyle(Look(PlotTheme.from_palette(QPalette()), log_y=log_y))
    band.set_data(*edges())
    shorter, bounds = points(band.item._path), band.bounds
    band._draw_pieces()
    assert len(shorter) == 80
    assert shorter == points(band.item._path)
    assert bounds == pytest.approx(band.bounds, rel=1e-12)


@pytest.mark.parametrize(
    ("place", "value"),
    [(1, np.nan), (2, np.nan), (2, np.inf), (1, 0.0), (1, -1.0), (2, 1e305)],
)
def test_that_what_cannot_be_drawn_leaves_a_gap_and_takes_nothing_with_it(
    band: Band, place: int, value: float
) -> None:
    band.restyle(Look(PlotTheme.from_palette(QPalette()), log_y=True))
    data = edges()
    data[place][20] = value
    band.set_data(*data)
    assert band.bounds is not None
    assert all(np.isfinite(band.bounds))
    assert len(points(band.item._path)) >= 78
    assert all(np.isfinite(part).all() for part in points(band.item._path))
