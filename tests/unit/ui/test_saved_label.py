"""What the status bar says of saving."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.core.saving import Home, SaveStatus, Trouble
from workbench.ui.saved_label import SavedLabel

_PATH = Path("/x/<study>.wbs")


@pytest.fixture
def label(qtbot: QtBot) -> SavedLabel:
    label = SavedLabel()
    label.show_place(Home.NAMED, _PATH)
    qtbot.addWidget(label)
    return label


def test_that_the_last_commit_is_told_with_its_time(label: SavedLabel) -> None:
    today = datetime.now(UTC).replace(hour=12, minute=3, second=41)
    label.show_status(SaveStatus(today))
    assert label.text() == "saved 12:03:41"
    label.show_status(SaveStatus(datetime(2026, 1, 2, 12, 3, 41, tzinfo=UTC)))
    assert label.text() == "saved 2026-01-02 12:03"
    label.show_status(SaveStatus())
    assert label.text() == "saved"


def test_that_a_slow_disk_and_trouble_are_told(label: SavedLabel) -> None:
    now = datetime.now(UTC)
    label.show_status(SaveStatus(now, is_slow=True, is_behind=True))
    assert label.text() == "saving slowly"
    label.show_status(SaveStatus(now, Trouble.DISK_FULL, "There is no room.", 3))
    assert label.text() == "not saved"
    assert "There is no room." in label.toolTip()


@pytest.mark.parametrize(
    ("home", "words"),
    [
        (Home.NAMED, "is in"),
        (Home.UNNAMED, "no name yet"),
        (Home.COPY, "is a copy, because it is read-only."),
    ],
)
def test_that_the_tooltip_says_where_and_what(
    label: SavedLabel, home: Home, words: str
) -> None:
    label.show_place(home, _PATH, "it is read-only")
    assert words in label.toolTip()
    assert "&lt;study&gt;.wbs" in label.toolTip()
    assert "every 30 seconds" in label.toolTip()


def test_that_without_a_file_no_place_is_named(label: SavedLabel) -> None:
    label.show_place(Home.UNNAMED, None)
    assert label.text() == "not saved"
    assert "None" not in label.toolTip()
