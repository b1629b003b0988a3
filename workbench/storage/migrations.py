"""Brings files of older versions of the format up to date, in one transaction.

Reading needs none of this: an older file is read as it is. It is migrated when it is
opened to be changed, after a backup copy has been made.
"""

from __future__ import annotations

from collections.abc import Callable

import apsw

from workbench.storage import schema
from workbench.storage.marks import FileMarks
from workbench.storage.probing import is_older
from workbench.storage.rows import Rows

Step = Callable[[apsw.Connection], None]


def _to_1_1(_: apsw.Connection) -> None:
    """Version 1.1 adds series, blobs and facts; the tables are those of 1.0."""


STEPS: tuple[tuple[int, Step], ...] = ((1 << 16 | 1, _to_1_1),)  # by version reached


def migrate(connection: apsw.Connection, user_version: int, marks: FileMarks) -> None:
    """Carry out all steps from `user_version` to the present one; all of them or none.

    Raises:
        apsw.Error: where the disk refuses.
    """
    if not is_older(user_version):
        return
    with connection:
        for version, step in STEPS:
            if version > user_version:
                step(connection)
        connection.execute(f"PRAGMA user_version = {schema.USER_VERSION}")
        Rows(connection, marks.counts).seal_header()
