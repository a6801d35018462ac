"""What the migration lint reads off types and plain SQL."""

import pytest

from shopdb.store.lint import statements
from shopdb.store.lint.fitting import narrows


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("VARCHAR(40)", "VARCHAR(20)"),
        ("VARCHAR(40) COLLATE NOCASE", 'VARCHAR(20) COLLATE "NOCASE"'),
        ("TEXT", "VARCHAR(255)"),
        ("MEDIUMTEXT", "TEXT"),
        ("LONGBLOB", "BLOB"),
        ("BINARY(32)", "BINARY(16)"),
        ("BIGINT", "INTEGER"),
        ("BIGINT(20)", "INTEGER(11)"),
        ("INTEGER", "INTEGER UNSIGNED"),
        ("INTEGER UNSIGNED", "INTEGER"),
        ("INTEGER", "BOOL"),
        ("NUMERIC(10, 3)", "NUMERIC(10, 2)"),
        ("NUMERIC(10, 3)", "NUMERIC(10, 4)"),
        ("DOUBLE", "FLOAT"),
        ("DATETIME(6)", "DATETIME"),
        ("DATETIME", "DATE"),
        ("INTEGER", "VARCHAR(20)"),
        ("ENUM('in','out')", "ENUM('in')"),
        ("VARCHAR(64) COLLATE utf8mb4_unicode_520_ci", "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin"),
        ("GEOMETRY", "POINT"),
    ],
)
def test_a_type_that_some_value_does_not_fit_into_is_narrower(before: str, after: str) -> None:
    assert narrows(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("VARCHAR(20)", "VARCHAR(40)"),
        ("VARCHAR(20)", "TEXT"),
        ("VARCHAR(64) COLLATE ascii_bin", "VARCHAR(64) COLLATE utf8mb4_unicode_520_ci"),
        ("TEXT", "MEDIUMTEXT"),
        ("BINARY(16)", "BLOB"),
        ("INTEGER", "BIGINT"),
        ("TINYINT(1)", "BOOL"),
        ("INTEGER UNSIGNED", "BIGINT"),
        ("NUMERIC(10, 3)", "NUMERIC(12, 3)"),
        ("DATETIME", "DATETIME(6)"),
        ("FLOAT", "DOUBLE PRECISION"),
        ("ENUM('in')", "ENUM('in','out')"),
        ("GEOMETRY", "GEOMETRY"),
        ("", ""),
    ],
)
def test_a_type_that_every_value_fits_into_is_not(before: str, after: str) -> None:
    assert not narrows(before, after)


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("INSERT INTO gauges (name) SELECT name FROM assets", "gauges"),
        ("INSERT IGNORE INTO `gauges` VALUES (1)", "gauges"),
        ("insert or replace into gauges values (1)", "gauges"),
        ("UPDATE gauges SET place = (SELECT name FROM locations)", "gauges"),
        ("DELETE FROM gauges WHERE id IN (SELECT id FROM assets)", "gauges"),
        ("-- the old ones\nDELETE /* all */ FROM gauges", "gauges"),
        ('ALTER TABLE "gauges" ADD COLUMN colour TEXT', "gauges"),
        ("DROP TABLE IF EXISTS gauges", "gauges"),
        ("TRUNCATE gauges", "gauges"),
        ("CREATE UNIQUE INDEX ix_a ON gauges (name)", "gauges"),
        ("CREATE TRIGGER t AFTER DELETE ON gauges BEGIN INSERT INTO notes VALUES ('x'); END", "gauges"),
        ("WITH old AS (SELECT id FROM assets) DELETE FROM gauges", "gauges"),
        ("SELECT 'DROP TABLE gauges'", ""),
        ("SET SESSION sql_mode = ''", ""),
    ],
)
def test_the_table_that_a_statement_writes_to_is_read_off_it(statement: str, table: str) -> None:
    assert statements.target(statement) == table
    assert statements.changes(statement) == bool(table)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE gauges",
        "drop table if exists gauges",
        "TRUNCATE TABLE gauges",
        "DELETE FROM gauges WHERE id = 1",
        "ALTER TABLE gauges DROP COLUMN name",
        "ALTER TABLE gauges ADD a INT, DROP name",
        "ALTER TABLE gauges MODIFY name VARCHAR(3)",
        "ALTER TABLE gauges CHANGE name title VARCHAR(3)",
        "ALTER TABLE gauges RENAME COLUMN name TO title",
        "REPLACE INTO gauges VALUES (1)",
        "INSERT OR REPLACE INTO gauges VALUES (1)",
        "CREATE OR REPLACE TABLE gauges (id INT)",
        "UPDATE gauges SET name = 'WHERE'",
        "WITH old AS (SELECT 1) DELETE FROM gauges",
    ],
)
def test_plain_sql_after_which_something_may_be_gone(statement: str) -> None:
    assert statements.loses(statement)
    assert not statements.renames(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE gauges (id INT)",
        "INSERT INTO gauges VALUES ('DROP TABLE gauges')",
        "UPDATE gauges SET name = place WHERE name IS NULL",
        "ALTER TABLE gauges ADD COLUMN name TEXT",
        "ALTER TABLE gauges DROP INDEX ix_gauges_name",
        "ALTER TABLE gauges DROP FOREIGN KEY fk_gauges",
        "ALTER TABLE gauges DROP CONSTRAINT ck_gauges",
        "DROP INDEX ix_gauges_name ON gauges",
        "CREATE TRIGGER t AFTER INSERT ON gauges BEGIN DELETE FROM gauge_notes; END",
        "CREATE INDEX ix ON gauges (name)",
    ],
)
def test_plain_sql_after_which_everything_is_still_there(statement: str) -> None:
    assert not statements.loses(statement)
    assert not statements.renames(statement)


@pytest.mark.parametrize("statement", ["RENAME TABLE a TO b", "ALTER TABLE `a` RENAME TO b", "alter table a rename b"])
def test_plain_sql_that_gives_a_table_another_name(statement: str) -> None:
    assert statements.renames(statement)


def test_a_statement_is_shown_without_its_values_and_not_at_length() -> None:
    shown = statements.shown(
        "UPDATE users\nSET password_hash = 'secret', name = 'x' WHERE role_id IN (1, 2, 3, 4, 5, 6, 7)"
    )
    assert shown == "UPDATE users SET password_hash = '', name = '' WHERE role_id..."
