"""Options and figures of the fault suite.

`pytest tests/faults` is the quick part, which belongs to every run; with `--long` the
full figures are reached: hundreds of kills, a thousand power cuts, an error at every
operation of the disk, ten thousand damaged files.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Note = Callable[[str], None]

_FIGURES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--long", action="store_true", help="faults: the full figures")
    group.addoption("--kills", type=int, metavar="N", help="faults: kills of a real run")


@pytest.fixture(scope="session")
def is_long(request: pytest.FixtureRequest) -> bool:
    """Say whether the full figures are asked for."""
    return bool(request.config.getoption("long", default=False))


@pytest.fixture(scope="session")
def kills(request: pytest.FixtureRequest, *, is_long: bool) -> int:
    """Return how many times a process that really trains is killed."""
    given = request.config.getoption("kills", default=None)
    return int(given or (200 if is_long else 3))


@pytest.fixture(scope="session")
def note_figure(request: pytest.FixtureRequest) -> Note:
    """Note a line that is printed when all tests are done."""
    return request.config.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = config.stash.get(_FIGURES, [])
    if lines:
        terminalreporter.section("figures of the fault suite")
    for line in lines:
        terminalreporter.write_line(line)
