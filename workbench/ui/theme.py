"""Colours and fonts of the window: light and dark, as the system or the person wants.

Everything is painted from the palette. Where the platform has one of its own it is
kept; where Qt would fall back to its grey default, ours takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from workbench.ui.plots.colours import (
    depth_colour,
    ensure_contrast,
    luminance,
    mix,
    run_colour,
)

Role = QPalette.ColorRole
Group = QPalette.ColorGroup

_LIGHT = {
    Role.Window: "#f3f4f6",
    Role.WindowText: "#1d2126",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f6f7f9",
    Role.Text: "#1d2126",
    Role.Button: "#fafbfc",
    Role.ButtonText: "#1d2126",
    Role.BrightText: "#b3261e",
    Role.Light: "#ffffff",
    Role.Midlight: "#eceef1",
    Role.Mid: "#c3c7cd",
    Role.Dark: "#9aa0a8",
    Role.Shadow: "#6b7178",
    Role.Highlight: "#1f6fb8",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#1f6fb8",
    Role.LinkVisited: "#6a4ca0",
    Role.ToolTipBase: "#ffffff",
    Role.ToolTipText: "#1d2126",
    Role.PlaceholderText: "#6b7178",
    Role.Accent: "#1f6fb8",
}
_DARK = {
    Role.Window: "#212429",
    Role.WindowText: "#e4e7eb",
    Role.Base: "#181a1e",
    Role.AlternateBase: "#1d2024",
    Role.Text: "#e4e7eb",
    Role.Button: "#2d3137",
    Role.ButtonText: "#e4e7eb",
    Role.BrightText: "#ff8a80",
    Role.Light: "#464c54",
    Role.Midlight: "#393e45",
    Role.Mid: "#3f454c",
    Role.Dark: "#0f1113",
    Role.Shadow: "#08090a",
    Role.Highlight: "#62a8ea",
    Role.HighlightedText: "#0b1118",
    Role.Link: "#7ab7f0",
    Role.LinkVisited: "#b79ae8",
    Role.ToolTipBase: "#2d3137",
    Role.ToolTipText: "#e4e7eb",
    Role.PlaceholderText: "#8c939c",
    Role.Accent: "#62a8ea",
}
_FADED = (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText)


class Scheme(StrEnum):
    """Whether the window is light or dark."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


_QT_SCHEMES = {
    Scheme.SYSTEM: Qt.ColorScheme.Unknown,
    Scheme.LIGHT: Qt.ColorScheme.Light,
    Scheme.DARK: Qt.ColorScheme.Dark,
}


def light_palette() -> QPalette:
    """Return our light palette."""
    return _palette(_LIGHT)


def dark_palette() -> QPalette:
    """Return our dark palette."""
    return _palette(_DARK)


def is_dark(palette: QPalette) -> bool:
    """Say whether text is drawn on a dark ground."""
    return luminance(palette.color(Role.Base)) < luminance(palette.color(Role.Text))


def soft_selection(palette: QPalette) -> QPalette:
    """Return a pale mark on what is selected, with text as elsewhere.

    All else is left open, so that a view that takes it goes on following the theme.
    """
    result = QPalette()
    for group in (Group.Active, Group.Inactive):
        base, text = palette.color(group, Role.Base), palette.color(group, Role.Text)
        accent = palette.color(group, Role.Accent)
        result.setColor(group, Role.Highlight, mix(accent, base, 0.8))
        result.setColor(group, Role.HighlightedText, text)
    return result


def soften_selection(view: QWidget) -> None:
    """Mark what is selected so quietly that lines in its colours can be told from it.

    To be done again whenever the view's palette changes.
    """
    palette = soft_selection(QApplication.palette(view))
    if palette.color(Role.Highlight) != view.palette().color(Role.Highlight):
        view.setPalette(palette)


def tabular(font: QFont) -> QFont:
    """Return the font with digits that are all equally wide, so that columns align."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def scaled(font: QFont, factor: float) -> QFont:
    """Return the font in another size, whichever unit its size is given in."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(max(1, round(font.pixelSize() * factor)))
    return result


@dataclass(frozen=True)
class PlotTheme:
    """The colours of plots, all from one palette."""

    background: QColor
    text: QColor
    accent: QColor

    @classmethod
    def from_palette(cls, palette: QPalette) -> PlotTheme:
        """Take base, text and accent colour of the palette."""
        background = palette.color(Group.Active, Role.Base)
        accent = palette.color(Group.Active, Role.Accent)
        return cls(
            background,
            palette.color(Group.Active, Role.Text),
            ensure_contrast(accent, background),
        )

    @property
    def muted(self) -> QColor:
        """Return the colour of text that stays in the background: axes, hints."""
        return mix(self.text, self.background, 0.28)

    @property
    def grid(self) -> QColor:
        """Return the colour of grid lines, just visible."""
        return mix(self.text, self.background, 0.88)

    @property
    def frame(self) -> QColor:
        """Return the colour of axes and borders."""
        return mix(self.text, self.background, 0.65)

    def run(self, index: int) -> QColor:
        """Return the colour of a run by its position in the palette of runs."""
        return run_colour(index, self.background, self.text)

    def depth(self, fraction: float) -> QColor:
        """Return the colour of a tensor by its depth in the network, from 0 to 1."""
        return depth_colour(fraction, self.background)

    def heat(self, fraction: float) -> QColor:
        """Return the colour of a share from 0 (background) to 1 (full)."""
        strong = ensure_contrast(self.accent, self.background, 7.0)
        return mix(self.background, strong, fraction)

    def faint(self, colour: QColor) -> QColor:
        """Return a paler version: opaque, since transparent lines are slow to paint."""
        return mix(colour, self.background, 0.62)


class ThemeWatcher(QObject):
    """Keeps the application's palette in step with the system or the person's choice."""

    theme_changed = Signal()

    def __init__(self, app: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._scheme = Scheme.SYSTEM
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self.set_scheme(scheme)

    @property
    def scheme(self) -> Scheme:
        """Return the choice: system, light or dark."""
        return self._scheme

    def set_scheme(self, scheme: Scheme) -> None:
        """Follow the system, or stay light or dark whatever the system says."""
        self._scheme = scheme
        self._app.styleHints().setColorScheme(_QT_SCHEMES[scheme])
        self._apply()

    @Slot()
    def _follow_system(self) -> None:
        self._apply()

    def _apply(self) -> None:
        dark = self._wants_dark()
        self._app.setPalette(QPalette())
        if not self._platform_suits(dark=dark):
            self._app.setPalette(dark_palette() if dark else light_palette())
        self.theme_changed.emit()

    def _wants_dark(self) -> bool:
        if self._scheme is not Scheme.SYSTEM:
            return self._scheme is Scheme.DARK
        return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark

    def _platform_suits(self, *, dark: bool) -> bool:
        """Say whether the platform has a palette of its own of the wanted kind."""
        present = self._app.palette()
        if is_dark(present) is not dark:
            return False
        if self._app.style().objectName().lower() != "fusion":
            return True
        default = self._app.style().standardPalette()
        roles = (Role.Window, Role.Base, Role.Text, Role.Highlight)
        return any(present.color(role) != default.color(role) for role in roles)


def _palette(colours: dict[QPalette.ColorRole, str]) -> QPalette:
    palette = QPalette()
    for role, name in colours.items():
        palette.setColor(role, QColor(name))
    window = QColor(colours[Role.Window])
    for role in _FADED:
        faded = mix(QColor(colours[role]), window, 0.55)
        palette.setColor(Group.Disabled, role, faded)
    palette.setColor(Group.Disabled, Role.Highlight, QColor(colours[Role.Mid]))
    return palette
