"""What the tables of a database look like, so that two moments can be compared: nothing is left, nothing is missing.

The order of a table's columns does not count: a column that is taken away and brought back comes last. Rows and the
next number of a table do not count either.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Inspector, inspect, text

from shopdb.store.engine import is_mysql

Parts = Mapping[str, str]
"""The parts of a table, "column name" or "index ix_gauges_name", and what each of them is."""

_COLUMN_COLLATION = r"""(?<!\w){column}["`]?\s+\w+\s*(?:\([\d, ]+\))?[^,]*?\sCOLLATE\s+["`]?(\w+)"""
_SERVER_KINDS = {
    "PRIMARY KEY": "primary key",
    "UNIQUE KEY": "index",
    "FULLTEXT KEY": "index",
    "SPATIAL KEY": "index",
    "KEY": "index",
    "CONSTRAINT": "constraint",
}
_SERVER_LINE = re.compile(rf"(?:({'|'.join(_SERVER_KINDS)}) )?(?:`((?:[^`]|``)+)` )?(.+)")
_NEXT_NUMBER = re.compile(r" AUTO_INCREMENT=\d+")
# A table of SQLite is what its definition says; finding that out takes a millisecond.
_READ: dict[str, Parts] = {}
_CHARACTERS = re.compile(r"(?:CHARSET|COLLATE)=(\w+)")


@dataclass(frozen=True, slots=True)
class Shape:
    """The tables of a database by name; two shapes are equal when every part of every table is."""

    tables: Mapping[str, Parts]

    def without(self, tables: Collection[str]) -> Shape:
        """Return the shape of the other tables."""
        return Shape({name: parts for name, parts in self.tables.items() if name not in tables})


def shape(connection: Connection, only: Collection[str] | None = None) -> Shape:
    """Return the shape of the database that the connection works on, or of those of its tables alone.

    Views count as tables, and triggers as parts of theirs. A table that is not there is not in the shape.
    """
    found = _on_server(connection, only) if is_mysql(connection) else _in_file(connection, only)
    return Shape(dict(found))


def differences(before: Shape, after: Shape) -> tuple[str, ...]:
    """Return what is not as it was before, one sentence each; empty means that the shapes are equal."""
    told: list[str] = []
    for table in sorted({*before.tables, *after.tables}):
        if table not in before.tables:
            told.append(f"table {table} is new")
        elif table not in after.tables:
            told.append(f"table {table} is gone")
        else:
            told += _part_differences(table, before.tables[table], after.tables[table])
    return tuple(told)


def collation_of(definition: str, column: str) -> str:
    """Return the collation that a SQLite table's definition gives to a column, "" for none."""
    found = re.search(_COLUMN_COLLATION.format(column=re.escape(column)), definition, re.IGNORECASE)
    return found[1] if found else ""


def _part_differences(table: str, before: Parts, after: Parts) -> Iterator[str]:
    for part in sorted({*before, *after}):
        if part not in before:
            yield f"{table}: {part} is new ({after[part]})"
        elif part not in after:
            yield f"{table}: {part} is gone ({before[part]})"
        elif before[part] != after[part]:
            yield f"{table}: {part} was {before[part]} and is {after[part]}"


# --- MariaDB and MySQL ----------------------------------------------------------------------------------


def _on_server(connection: Connection, only: Collection[str] | None) -> Iterator[tuple[str, Parts]]:
    views = {
        str(name): " ".join(str(definition).split())
        for name, definition in connection.execute(
            text("SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = DATABASE()")
        )
    }
    triggers = connection.execute(
        text(
            "SELECT event_object_table, trigger_name, action_timing, event_manipulation, action_statement "
            "FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        )
    ).all()
    for name in connection.scalars(text("SHOW TABLES")).all():
        if only is not None and name not in only:
            continue
        if name in views:
            yield name, {"view": views[name]}
            continue
        parts = _server_parts(definition_of(connection, name))
        for table, trigger, *facts in triggers:
            if table == name:
                parts[f"trigger {trigger}"] = _one_line(" ".join(map(str, facts)))
        yield name, parts


def definition_of(connection: Connection, table: str) -> str:
    """Return the statement that makes this table, as MariaDB or MySQL tells it."""
    quoted = connection.dialect.identifier_preparer.quote_identifier(table)
    definition: str = connection.exec_driver_sql(f"SHOW CREATE TABLE {quoted}").one()[1]
    return definition


def _server_parts(definition: str) -> dict[str, str]:
    """Return the parts of a table by the lines of its definition: the server writes one a line."""
    body, _, closing = _NEXT_NUMBER.sub("", definition).partition("\n)")
    parts = {"options": closing.strip()}
    for line in body.splitlines()[1:]:
        kind, name, told = _SERVER_LINE.fullmatch(line.strip().removesuffix(",")).groups(default="")  # type: ignore[union-attr]
        word = _SERVER_KINDS.get(kind, "column")
        if word == "column":
            # MySQL tells a column's character set when somebody wrote it down, though it is the table's.
            for own in _CHARACTERS.findall(closing):
                told = re.sub(rf" (?:CHARACTER SET|COLLATE) {own}\b", "", told)
        if word == "index":
            told = f"{kind} {told}"
        parts[f"{word} {name}".strip()] = _one_line(told)
    for key in [part for part, told in parts.items() if told.startswith("FOREIGN KEY")]:
        # The index that a foreign key makes for itself goes as soon as another one serves.
        parts.pop(key.replace("constraint ", "index ", 1), None)
    return parts


def _one_line(told: str) -> str:
    return " ".join(told.replace("`", "").split())


# --- SQLite ---------------------------------------------------------------------------------------------


def _in_file(connection: Connection, only: Collection[str] | None) -> Iterator[tuple[str, Parts]]:
    written = connection.execute(
        text("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    ).all()
    inspector = inspect(connection)
    for kind, name, _, definition in written:
        if kind not in ("table", "view") or (only is not None and name not in only):
            continue
        if kind == "view" or definition.upper().startswith("CREATE VIRTUAL"):
            parts = {"definition": _plain(definition)}
        else:
            if definition not in _READ:
                _READ[definition] = dict(_file_parts(connection, inspector, name, definition))
            parts = dict(_READ[definition])
        for other, part, table, told in written:
            if table == name and other in ("index", "trigger"):
                parts[f"{other} {part}"] = _plain(told)
        yield name, parts


def _file_parts(connection: Connection, inspector: Inspector, table: str, definition: str) -> Iterator[tuple[str, str]]:
    pragma = connection.execute(text("SELECT * FROM pragma_table_xinfo(:table)"), {"table": table}).mappings()
    for column in pragma.all():
        told = [column["type"], *(["NOT NULL"] if column["notnull"] else [])]
        if column["dflt_value"] is not None:
            told.append(f"DEFAULT {column['dflt_value'].strip('()')}")
        if collation := collation_of(definition, column["name"]):
            told.append(f"COLLATE {collation}")
        if column["hidden"]:
            told.append("GENERATED")
        yield f"column {column['name']}", " ".join(told)
    key = inspector.get_pk_constraint(table)
    counting = " counting up" if "AUTOINCREMENT" in definition.upper() else ""
    yield "primary key", f"{_columns(key['constrained_columns'])}{counting}"
    yield "options", definition.rpartition(")")[2].strip()
    for unique in inspector.get_unique_constraints(table):
        columns = _columns(unique["column_names"])
        yield f"unique {unique['name'] or columns}", columns
    for foreign in inspector.get_foreign_keys(table):
        columns, target = _columns(foreign["constrained_columns"]), _columns(foreign["referred_columns"])
        rules = "".join(f" {rule} {how}" for rule, how in sorted(foreign["options"].items()))
        yield f"foreign key {foreign['name'] or columns}", f"{columns} to {foreign['referred_table']} {target}{rules}"
    for number, check in enumerate(inspector.get_check_constraints(table)):
        yield f"check {check['name'] or number}", _plain(check["sqltext"])


def _columns(names: Collection[str | None]) -> str:
    return f"({', '.join(str(name) for name in names)})"


def _plain(definition: str) -> str:
    """Return a definition without what only its writer saw: quotes around names, and where its lines end."""
    told = " ".join(re.sub(r'["`]', "", definition).split())
    return re.sub(r"\s*,\s*", ", ", re.sub(r"\s*([()])\s*", r"\1", told))
