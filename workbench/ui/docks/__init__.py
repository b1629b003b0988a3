"""One module for each dock of the main window."""
