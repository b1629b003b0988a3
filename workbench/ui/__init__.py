"""The window: the only home of PySide6 and pyqtgraph. Shows state, forwards wishes."""
