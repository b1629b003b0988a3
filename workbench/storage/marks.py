"""What of a session is in its file: the ground for writing only what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.core.events import Checkpoint
from workbench.core.plan import Plan
from workbench.core.rates import RateSeries
from workbench.core.run import History
from workbench.storage.facts import RunFacts
from workbench.storage.histories import Layout


@dataclass(frozen=True)
class SeriesMark:
    """A series of `count` rows, of which those from `first` on belong into chunk `seq`.

    That chunk may be there already, with rows up to `count`: it is then written anew.
    """

    layout: Layout
    count: int
    seq: int
    first: int


@dataclass(frozen=True)
class BlobMark:
    """The newest generation of a blob, and what was put into it."""

    content: object
    generation: int


@dataclass(frozen=True)
class RunMark:
    """All of a run that is in the file; `lengths` are those of its series."""

    number: int
    facts: RunFacts
    plan: Plan
    history: History
    close_up: RateSeries
    lengths: tuple[int, ...] = ()
    series: Mapping[str, SeriesMark] = field(default_factory=dict)
    blobs: Mapping[str, BlobMark] = field(default_factory=dict)
    checkpoints: Mapping[int, Checkpoint] = field(default_factory=dict)  # by generation


@dataclass(frozen=True)
class FileMarks:
    """All that is in the file; `numbers` knows also runs that were removed since."""

    counts: Mapping[str, int] = field(default_factory=dict)  # rows of each table
    blobs: Mapping[str, BlobMark] = field(default_factory=dict)  # of the session itself
    runs: Mapping[str, RunMark] = field(default_factory=dict)  # by the id of the run
    numbers: Mapping[str, int] = field(default_factory=dict)
