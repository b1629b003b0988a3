"""Says of a place on the disk whether a session can be kept there while it is open."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "ncpfs", "davfs"),
    *("glusterfs", "lustre", "fuse", "vboxsf", "drvfs", "prl_fs", "virtiofs"),
}


def is_remote(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Say whether a file lies on a network drive, or on one that looks like it.

    Locks cannot be relied on there, and a write-ahead log needs them. What cannot be
    found out counts as local.
    """
    if sys.platform == "win32":
        return str(path.absolute()).startswith("\\\\")
    kind = _file_system(Path(os.path.realpath(path)), mounts)
    return kind in _REMOTE or kind.startswith("fuse.")


def is_writable(path: Path) -> bool:
    """Say whether a file may be changed, and others be made beside it."""
    folder = Path(os.path.realpath(path)).parent
    return os.access(path, os.W_OK) and os.access(folder, os.W_OK)


def _file_system(path: Path, mounts: Path) -> str:
    """Return the kind of the file system that a path lies on; empty: unknown."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    found, depth = "", -1
    for line in lines:
        place, kind = _mount(line)
        if path.is_relative_to(place) and len(place.parts) >= depth:
            found, depth = kind, len(place.parts)
    return found


def _mount(line: str) -> tuple[Path, str]:
    """Return mount point and kind of a line: see proc(5)."""
    left, _, right = line.partition(" - ")
    fields = left.split(" ")
    place = fields[4] if len(fields) > 4 else "/"
    unescaped = place.encode().decode("unicode_escape") if "\\" in place else place
    return Path(unescaped), right.split(" ")[0]
