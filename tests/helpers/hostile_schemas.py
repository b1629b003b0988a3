"""What a file can define in SQLite to have something run that is not ours."""

from __future__ import annotations

HOSTILE_SCHEMAS = {
    "view": ["CREATE VIEW evil AS SELECT * FROM run"],
    "view for a table": [
        "ALTER TABLE run RENAME TO real",
        "CREATE VIEW run AS SELECT * FROM real",
    ],
    "endless view": [
        "DROP TABLE run",
        (
            "CREATE VIEW run AS WITH RECURSIVE t(n) AS "
            "(SELECT 1 UNION ALL SELECT n FROM t) "
            "SELECT n AS number, '' AS facts, '' AS plan, x'' AS sha256 FROM t"
        ),
    ],
    "trigger": [
        "CREATE TRIGGER evil AFTER INSERT ON run BEGIN DELETE FROM chunk; END",
    ],
    "virtual table": ["CREATE VIRTUAL TABLE evil USING fts5(text)"],
    "virtual table for a table": [
        "DROP TABLE run",
        "CREATE VIRTUAL TABLE run USING rtree(id, a, b)",
    ],
    "generated column": [
        "DROP TABLE run",
        (
            "CREATE TABLE run (number INTEGER PRIMARY KEY, facts TEXT NOT NULL, "
            "plan TEXT AS (hex(zeroblob(1000000000))), sha256 BLOB NOT NULL)"
        ),
    ],
    "check": [
        "DROP TABLE run",
        (
            "CREATE TABLE run (number INTEGER PRIMARY KEY, facts TEXT NOT NULL, plan TEXT "
            "NOT NULL, sha256 BLOB NOT NULL, CHECK (length(randomblob(1000000000))))"
        ),
    ],
    "index by expression": ["CREATE INDEX evil ON run (hex(facts))"],
    "more tables": ["CREATE TABLE evil (a)"],
    "missing table": ["DROP TABLE blob"],
    "renamed column": ["ALTER TABLE part RENAME COLUMN data TO other"],
    "added column": ["ALTER TABLE part ADD COLUMN other TEXT"],
}
