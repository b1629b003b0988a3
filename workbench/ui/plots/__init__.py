"""Typed wrappers around pyqtgraph: plots, palettes, picture export."""

import sys

# pyqtgraph imports CUDA's Python bindings where torch has brought them, for a widget that
# is not used here: a fifth of its own time. To Python, None means "cannot be imported".
if "cuda" not in sys.modules:
    sys.modules["cuda"] = None  # type: ignore[assignment]  # as the import system has it
    try:
        import pyqtgraph  # noqa: F401 - imported to be there
    finally:
        del sys.modules["cuda"]
