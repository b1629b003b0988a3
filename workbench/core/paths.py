"""Where the resources are, and where the user's own files go."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_APP = "training-workbench"


def resources() -> Path:
    """Return the folder of icons, presets and guide: in a wheel or in the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


def data_folder() -> Path:
    """Return where downloaded data sets go."""
    return platformdirs.user_cache_path(_APP, appauthor=False) / "data"


def spill_folder() -> Path:
    """Return where long series lie while the program runs; the files have no names."""
    return platformdirs.user_cache_path(_APP, appauthor=False) / "series"


def sessions_folder() -> Path:
    """Return where sessions are kept that have no name yet, with copies and backups."""
    return platformdirs.user_data_path(_APP, appauthor=False) / "sessions"


def settings_file() -> Path:
    """Return where the window keeps its layout and recent files."""
    return platformdirs.user_config_path(_APP, appauthor=False) / "window.ini"


def log_file() -> Path:
    """Return where warnings and reports of defects go."""
    return platformdirs.user_log_path(_APP, appauthor=False) / "workbench.log"


def crash_file() -> Path:
    """Return where Python notes what it was doing when a library ended the program."""
    return platformdirs.user_log_path(_APP, appauthor=False) / "crash.log"
