"""The table of faults names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_NAMED = re.compile(r"`((?:faults|gui|unit|integration)/[\w/]+\.py)::(\w+)`")


def test_that_every_test_in_the_table_of_faults_exists() -> None:
    text = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    named = _NAMED.findall(text)
    assert len(named) == text.count("::") > 60
    missing = [f"{file}::{name}" for file, name in named if not _is_there(file, name)]
    assert missing == []


def _is_there(file: str, name: str) -> bool:
    path = _TESTS / file
    defined = rf"^(def {name}\(|{name} = )"
    return path.exists() and bool(re.search(defined, path.read_text("utf-8"), re.MULTILINE))
