"""The legend above the lines of the rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor

from workbench.core.rates import Quantity, TensorFacts
from workbench.ui.docks.rate_sentences import tr
from workbench.ui.plots.bundle import BundleLine
from workbench.ui.plots.items import Dash
from workbench.ui.plots.legend import Entry
from workbench.ui.plots.tensor_list import MOST_UNFOLDED
from workbench.ui.theme import PlotTheme

_MOST_NAMED = 24  # in a picture, where no list of tensors stands beside the plot


@dataclass(frozen=True)
class Drawn:
    """What of a quantity is drawn beside the lines."""

    quantity: Quantity
    bands: bool
    bands_left_out: bool  # there are too many to be told apart
    nominal: bool
    pulls: bool  # of Lookahead


def legend_of(
    drawn: Drawn, tensors: Sequence[TensorFacts], lines: Sequence[BundleLine]
) -> list[Entry]:
    """Explain what is drawn; `lines` are those of the tensors, hidden ones too."""
    middle = tr("median") if drawn.quantity.by_element else tr("tensor")
    entries = [Entry(middle, text_ink)]
    if drawn.bands:
        entries.append(Entry(tr("5–95 % band"), text_ink, "band"))
    elif drawn.bands_left_out:
        hint = tr("band: select a tensor")
        entries.append(Entry(hint, text_ink, "band", faint=True, only_on_screen=True))
    if any(tensor.is_bias for tensor in tensors):
        entries.append(Entry(tr("bias"), text_ink, dash=Dash.DASHED))
    if drawn.nominal:
        entries.append(Entry(tr("nominal rate"), text_ink, dash=Dash.LONG))
    if drawn.pulls:
        entries.append(Entry(tr("Lookahead's pull"), accent_ink, "tick"))
    if tensors and tensors[-1].depth >= MOST_UNFOLDED:  # else the list shows each colour
        entries.append(Entry(tr("first to last layer"), text_ink, "depth"))
    return entries + _names(lines)


def _names(lines: Sequence[BundleLine]) -> list[Entry]:
    visible = [line for line in lines if line.is_visible]
    if len(visible) > _MOST_NAMED:  # half of the names would say less than none
        return []
    return [
        Entry(line.name, line.style.ink, dash=line.style.dash, only_exported=True)
        for line in visible
    ]


def text_ink(theme: PlotTheme) -> QColor:
    """Return the colour of what belongs to all tensors."""
    return theme.text


def accent_ink(theme: PlotTheme) -> QColor:
    """Return the colour of marks."""
    return theme.accent
