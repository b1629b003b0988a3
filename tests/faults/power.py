"""What is left on a disk when the power goes: a model of files, names and syncs.

What was synced is there. Of what was not, each write may be there, be missing, or be torn
between sectors, in any combination. Names come and go in the order in which that was
asked for, as file systems with a journal see to, and may end at any point after the last
sync of their folder.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.disks import Operation

_SECTOR = 512


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Operation] = field(default_factory=list)
    syncs_folder: bool = False  # with its first sync

    def sync(self) -> None:
        for operation in self.pending:
            _apply(self.durable, operation)
        self.pending.clear()

    def after_cut(self, chance: random.Random, share_kept: float) -> bytes:
        """Return what is left, where `share_kept` of what was not synced is there."""
        left = bytearray(self.durable)
        for operation in self.pending:
            if chance.random() < share_kept:
                _apply(left, operation)
            elif operation.kind == "write" and chance.random() < 0.5:
                _tear(left, operation, chance)
        return bytes(left)


_Names = dict[str, _File]
_Change = Callable[[_Names], object]


@dataclass
class Disk:
    """Goes through operations one by one, and says what a cut after any would leave."""

    now: _Names = field(default_factory=dict)
    durable: _Names = field(default_factory=dict)
    pending: dict[str, list[_Change]] = field(default_factory=lambda: defaultdict(list))

    def put(self, path: Path) -> None:
        """Start with a file that is there."""
        file = _File(bytearray(path.read_bytes()))
        self.now[str(path)] = self.durable[str(path)] = file

    def do(self, operation: Operation) -> None:
        """Do what was told of."""
        path, file = operation.path, self.now.get(operation.path)
        match operation.kind:
            case "open" if operation.is_new:
                self._link(path, _File(syncs_folder=operation.syncs_folder))
            case "make" if file is None:
                self._link(path, _File())
            case "write" | "truncate" if file is not None:
                file.pending.append(operation)
            case "sync" | "fsync" if file is not None:
                file.sync()
                if file.syncs_folder:
                    self._sync_folder(_folder(path))
            case "fsync":
                self._sync_folder(path)
            case "delete" | "unlink" if file is not None:
                self._change(path, lambda names: names.pop(path))
                if operation.syncs_folder:
                    self._sync_folder(_folder(path))
            case "replace" if file is not None:
                self._rename(path, operation.target)

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return the files that are left, and what is in them."""
        names = dict(self.durable)
        for changes in self.pending.values():
            for change in changes[: chance.randint(0, len(changes))]:
                change(names)
        share = chance.choice((0.0, 0.5, 0.9, 1.0))
        return {path: file.after_cut(chance, share) for path, file in names.items()}

    def _link(self, path: str, file: _File) -> None:
        self._change(path, lambda names: names.__setitem__(path, file))

    def _rename(self, path: str, target: str) -> None:
        self._change(path, lambda names: names.__setitem__(target, names.pop(path)))

    def _change(self, path: str, change: _Change) -> None:
        change(self.now)
        self.pending[_folder(path)].append(change)

    def _sync_folder(self, folder: str) -> None:
        for change in self.pending.pop(folder, []):
            change(self.durable)


def _folder(path: str) -> str:
    return str(Path(path).parent)


def _apply(data: bytearray, operation: Operation) -> None:
    end = operation.offset
    if operation.kind == "truncate":
        del data[end:]
        return
    data.extend(bytes(max(0, end - len(data))))
    data[end : end + len(operation.data)] = operation.data


def _tear(data: bytearray, operation: Operation, chance: random.Random) -> None:
    """Apply some sectors of a write."""
    for start in range(0, len(operation.data), _SECTOR):
        if chance.random() < 0.5:
            piece = operation.data[start : start + _SECTOR]
            _apply(data, Operation("write", "", piece, operation.offset + start))
