"""Collects what is damaged in a file, to be named in words."""

from __future__ import annotations

_MOST = 200  # lines; a file of random bytes must not fill the memory


class Damage:
    """What could not be read, in the order in which it was found."""

    def __init__(self) -> None:
        self._found: dict[tuple[int | None, str], None] = {}  # each only once
        self._names: dict[int, str] = {}
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._found)

    def add(self, text: str, run: int | None = None) -> None:
        """Note a problem of a run by its number, or of the file as a whole."""
        if len(self._found) < _MOST:
            self._found[run, text] = None
        else:
            self._left_out += 1

    def name_run(self, run: int, name: str) -> None:
        """Say what a run is called, now that it is known."""
        self._names[run] = name if len(name) <= 60 else f"{name[:57]}..."

    def lines(self) -> list[str]:
        """Return a line for each problem, that of a run with its name."""
        lines = [self._line(run, text) for run, text in self._found]
        if self._left_out:
            lines.append(f"and {self._left_out:,} more")
        return lines

    def _line(self, run: int | None, text: str) -> str:
        if not run:
            return text
        name = self._names.get(run)
        return f"run {run}: {text}" if name is None else f"run '{name}': {text}"
