"""The exceptions of the workbench.

WorkbenchError
├── UserError              bad input or a bad environment: says what, where, how to mend
│   ├── SettingsError      one or more settings are not valid; carries each problem
│   ├── UnknownNameError   no catalogue entry, preset, run or field of that name
│   ├── DataError          a data set cannot be read, downloaded or used
│   ├── DeviceError        the chosen device is not there
│   ├── SessionError       a session file cannot be read or written
│   └── ExportError        a picture or a table cannot be written
└── CancelledError         the person stopped a preparation; nothing is wrong

Anything else that is raised is a defect of the program.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class WorkbenchError(Exception):
    """Base of everything that the workbench raises on purpose."""


class UserError(WorkbenchError):
    """The person can mend it; the message is a sentence that says how."""


@dataclass(frozen=True)
class Problem:
    """One invalid setting: where it is, and what is wrong in words."""

    path: str  # dotted, such as "optimizer.lr"
    message: str


class SettingsError(UserError):
    """One or more settings are out of range, of the wrong type or unknown."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.path}: {p.message}" for p in self.problems))


class UnknownNameError(UserError):
    """A name was not found; the message lists the nearest and the known names."""

    def __init__(self, noun: str, name: str, known: Iterable[str]) -> None:
        names = list(known)
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        super().__init__(f"No {noun} is called '{name}'.{hint} Known: {', '.join(names)}.")


class DataError(UserError):
    """A data set cannot be read, downloaded or used for this run."""


class DeviceError(UserError):
    """The chosen device is not available on this machine."""


class SessionError(UserError):
    """A session file cannot be read or written."""


class ExportError(UserError):
    """A picture or a table cannot be written."""


class CancelledError(WorkbenchError):
    """The person stopped a preparation, such as a download, before it was done."""
