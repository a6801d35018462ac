"""Some tables in a file and back, as a plugin's uninstalling needs it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import (
    BackupNotWrittenError,
    BackupRefusedError,
    RowsDifferError,
    RowsLostTheirTargetError,
    RowsRefusedError,
    TablesNotEmptyError,
)
from shopdb.services.demo import build
from shopdb.store.dump import Facts, export_tables, import_tables, verify
from shopdb.store.dump.making import make_tables
from shopdb.store.dump.shapes import ColumnShape, IndexShape, TableShape, shapes
from tests.keeping.conftest import EmptySite
from tests.keeping.sites import engine_of

COMPUTERS = ("computers", "computer_disks", "computer_monitors")
FACTS = Facts(
    kind="tables",
    made_at=datetime(2026, 11, 28, 12, tzinfo=UTC),
    application="0.3.0",
    contract="0.3.0",
    site="A shop",
    about={"name": "computers"},
)
ODD = TableShape(
    "oddities",
    (
        ColumnShape("id", "integer", empty=False),
        ColumnShape("label", "text", length=80),
        ColumnShape("code", "text", length=40, exact=True),
        ColumnShape("story", "text"),
        ColumnShape("price", "decimal", precision=12, places=2),
        ColumnShape("ratio", "real"),
        ColumnShape("is_on", "flag", default="1"),
        ColumnShape("seen", "moment"),
        ColumnShape("day", "day"),
        ColumnShape("at", "time"),
        ColumnShape("digest", "bytes", length=32),
        ColumnShape("blob", "bytes"),
    ),
    ("id",),
    (IndexShape("ix_oddities_label", ("label",), unique=False), IndexShape("uq_oddities_code", ("code",), unique=True)),
    next_id=1,
)
ROWS: list[tuple[Any, ...]] = [
    (1, None, None, None, None, None, None, None, None, None, None, None),
    (2, "", "", "", "0.00", 0.0, 0, "1000-01-01 00:00:00.000000", "1000-01-01", "00:00:00.000000", bytes(32), b""),
    (
        (2**63) - 1,
        "Größe 40 % 'n' \"q\" \\ `b`",
        "a",
        "日本語 🛠\r\n\t\x7f" * 50,
        "9999999999.99",
        0.1,
        1,
        "9999-12-31 23:59:59.999999",
        "9999-12-31",
        "23:59:59.999999",
        bytes(range(32)),
        bytes(range(256)) * 300,
    ),
    (3, "null", "A", "NULL", "-0.01", -1.5e300, 1, None, None, None, b"\xff" * 32, b"\n[1]\n"),
]


def fill(engine: Engine, rows: list[tuple[Any, ...]] = ROWS) -> None:
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    statement = f"INSERT INTO oddities VALUES ({', '.join([mark] * len(ODD.columns))})"  # noqa: S608 marks
    with engine.begin() as connection:
        make_tables(connection, [ODD])
        if rows:
            connection.exec_driver_sql(statement, rows)


def test_every_type_comes_back_exactly_on_either_engine(settings: Settings, target: Settings, tmp_path: Path) -> None:
    with engine_of(settings) as source, engine_of(target) as other:
        fill(source)
        path = export_tables(source, ["oddities"], tmp_path, FACTS)
        described = verify(path).tables
        with other.begin() as connection:
            make_tables(connection, [one.shape for one in described])
        assert import_tables(other, path) == {"oddities": len(ROWS)}
        again = verify(export_tables(other, ["oddities"], tmp_path / "again", FACTS)).tables
        assert [one.sha256 for one in again] == [one.sha256 for one in described]
        with source.connect() as connection, other.connect() as there:
            wanted = text("SELECT * FROM oddities ORDER BY id")
            found = there.execute(wanted).all()
            if source.dialect.name == other.dialect.name:
                assert found == connection.execute(wanted).all()
            assert [row.blob for row in found] == [row[-1] for row in sorted(ROWS)]
            assert [row.story for row in found] == [row[3] for row in sorted(ROWS)]


def test_a_table_of_another_engine_keeps_its_keys_indexes_and_cases(
    settings: Settings, target: Settings, tmp_path: Path
) -> None:
    with engine_of(settings) as source, engine_of(target) as other:
        fill(source)
        described = [one.shape for one in verify(export_tables(source, ["oddities"], tmp_path, FACTS)).tables]
        with other.begin() as connection:
            make_tables(connection, described)
        with other.connect() as connection:
            (found,) = shapes(connection, ["oddities"])
        assert (found.key, found.next_id, found.names) == (("id",), 1, ODD.names)
        assert {(index.columns, index.unique) for index in found.indexes} == {(("label",), False), (("code",), True)}
        kinds = {column.name: (column.kind, column.exact, column.empty, column.default) for column in found.columns}
        assert kinds["label"] == ("text", False, True, None)
        assert kinds["code"] == ("text", True, True, None)
        assert kinds["is_on"] == ("flag", False, True, "1")
        assert kinds["id"] == ("integer", False, False, None)


def test_numbers_that_were_given_once_are_never_given_again(
    settings: Settings, target: Settings, tmp_path: Path
) -> None:
    with engine_of(settings) as source, engine_of(target) as other:
        fill(source, [])
        with source.begin() as connection:
            connection.execute(text("INSERT INTO oddities (id, label) VALUES (7, 'a'), (41, 'gone')"))
            connection.execute(text("DELETE FROM oddities WHERE id = 41"))
        path = export_tables(source, ["oddities"], tmp_path, FACTS)
        with other.begin() as connection:
            make_tables(connection, [one.shape for one in verify(path).tables])
        import_tables(other, path)
        with other.begin() as connection:
            connection.execute(text("INSERT INTO oddities (label) VALUES ('new')"))
            assert connection.scalar(text("SELECT id FROM oddities WHERE label = 'new'")) == 42


@pytest.mark.mariadb
def test_a_column_that_holds_less_than_it_was_given_is_named(empty_site: EmptySite, tmp_path: Path) -> None:
    with engine_of(empty_site("sqlite")) as source, engine_of(empty_site("mariadb")) as other:
        fill(source, [(1, *[None] * 11), (2, None, None, None, None, 0.123456789, *[None] * 6)])
        path = export_tables(source, ["oddities"], tmp_path, FACTS)
        with other.begin() as connection:
            make_tables(connection, [ODD])
            connection.execute(text("ALTER TABLE oddities MODIFY ratio FLOAT"))
        with pytest.raises(RowsDifferError, match=r"the first that differs is 2: ratio 0\.123456789 became 0\.123457"):
            import_tables(other, path)
        with other.connect() as connection:
            assert connection.scalar(text("SELECT COUNT(*) FROM oddities")) == 0


@pytest.fixture
def exported(shop: Shop, tmp_path: Path) -> Path:
    """The tables of the computers of a made-up shop, in a file."""
    shop.write(SYSTEM.doing("a made-up shop"), lambda session: build(session, 60))
    return export_tables(shop.engine, COMPUTERS, tmp_path / "kept", FACTS)


def counts(shop: Shop) -> dict[str, int]:
    with shop.engine.connect() as connection:
        return {name: connection.scalar(text(f"SELECT COUNT(*) FROM {name}")) or 0 for name in COMPUTERS}  # noqa: S608


def emptied(shop: Shop) -> None:
    with shop.engine.begin() as connection:
        for name in COMPUTERS:
            connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608 names of this test


def test_a_plugin_s_tables_go_and_come_back(shop: Shop, exported: Path) -> None:
    before = counts(shop)
    assert all(before.values())
    assert exported.name == "computers-20261128T120000.000000Z.zip"
    assert list(exported.parent.iterdir()) == [exported]
    assert verify(exported).counts == before
    emptied(shop)
    assert import_tables(shop.engine, exported) == before
    assert counts(shop) == before


def test_tables_that_hold_rows_or_are_not_there_are_named(shop: Shop, exported: Path) -> None:
    with pytest.raises(TablesNotEmptyError, match=r"computers has \d+ rows"):
        import_tables(shop.engine, exported)
    emptied(shop)
    with shop.engine.begin() as connection:
        connection.execute(text("DROP TABLE computer_disks"))
    with pytest.raises(TablesNotEmptyError, match="there is no table computer_disks"):
        import_tables(shop.engine, exported)
    assert not any(value for name, value in counts_of(shop, "computers", "computer_monitors").items() if name)


def counts_of(shop: Shop, *names: str) -> dict[str, int]:
    with shop.engine.connect() as connection:
        return {name: connection.scalar(text(f"SELECT COUNT(*) FROM {name}")) or 0 for name in names}  # noqa: S608


def test_rows_whose_record_is_gone_are_not_brought_back_alone(shop: Shop, exported: Path) -> None:
    emptied(shop)
    with shop.engine.begin() as connection:
        first = connection.scalar(text("SELECT MIN(id) FROM assets WHERE resource = 'computers'"))
        connection.execute(text("DELETE FROM asset_relationships"))
        connection.execute(text("DELETE FROM assets WHERE id = :id"), {"id": first})
    with pytest.raises(RowsLostTheirTargetError, match="belong to assets that are not in this database"):
        import_tables(shop.engine, exported)
    assert not any(counts(shop).values())


def test_rows_that_the_database_does_not_take_change_nothing(shop: Shop, exported: Path) -> None:
    emptied(shop)
    with shop.engine.begin() as connection:
        if shop.engine.dialect.name == "sqlite":
            connection.execute(
                text("CREATE TRIGGER no BEFORE INSERT ON computer_monitors BEGIN SELECT RAISE(ABORT, 'not today'); END")
            )
        else:
            connection.execute(text("ALTER TABLE computer_monitors MODIFY manufacturer VARCHAR(1)"))
    with pytest.raises(RowsRefusedError, match="The rows of computer_monitors cannot be put into this database"):
        import_tables(shop.engine, exported)
    assert not any(counts(shop).values())


def test_a_table_that_is_not_there_is_not_in_the_file(shop: Shop, tmp_path: Path) -> None:
    path = export_tables(shop.engine, ["people", "no_such_table"], tmp_path, FACTS)
    assert list(verify(path).counts) == ["people"]


def test_a_folder_that_cannot_be_written_is_named(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackupNotWrittenError, match="was not written"):
        export_tables(shop.engine, ["people"], tmp_path / "file", FACTS)


def test_only_a_file_of_tables_can_be_read(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(BackupRefusedError, match="cannot be read"):
        import_tables(shop.engine, tmp_path / "none.zip")
    assert "people" in inspect(shop.engine).get_table_names()
