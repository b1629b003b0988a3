"""Typed wrappers around pyqtgraph: plots, palettes, picture export."""
