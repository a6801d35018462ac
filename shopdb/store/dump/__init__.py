"""Tables as one file that every engine can read back: digests over all of it, without the code of their owners.

`export_tables` and `import_tables` are for some tables of a site, such as a plugin's; `shopdb.keeping` makes whole
backups of the same parts. docs/adr/012-backup-format.md says why the format is our own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from sqlalchemy import Engine

from shopdb.exceptions import RowsLostTheirTargetError, TablesNotEmptyError
from shopdb.store.dump import loading, reading, writing
from shopdb.store.dump.manifest import Facts
from shopdb.store.dump.reading import opened, verify
from shopdb.store.dump.shapes import shapes, tables_there
from shopdb.store.dump.snapshot import count, snapshot
from shopdb.store.dump.writing import Told
from shopdb.store.engine import writing_engine

__all__ = ["Facts", "export_tables", "import_tables", "opened", "verify"]


def export_tables(
    engine: Engine, tables: Collection[str], target: Path, facts: Facts, told: Told | None = None
) -> Path:
    """Write these tables, as they are at one moment, into a file of the folder ``target`` and return its path.

    They are read from the database itself, so the code of their owner is not needed. The file is read back before it
    gets its name, which begins with ``facts.about["name"]`` and goes on with the moment; there is no such file, or a
    whole one. The engine should be a patient one. Raises `BackupNotWrittenError`.
    """
    moment = f"{facts.made_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    path = target / f"{facts.about.get('name', 'tables')}-{moment}.zip"
    with writing.drafted(path) as draft, snapshot(engine) as connection:
        there = set(tables_there(connection))
        wanted = shapes(connection, there.intersection(tables))
        writing.write(draft, connection, wanted, replace(facts, engine=engine.dialect.name), told=told)
        reading.prove(draft, path, told=told)
        writing.put_in_place(draft, path)
    return path


def import_tables(engine: Engine, path: Path, told: Told | None = None) -> Mapping[str, int]:
    """Put the rows of an exported file back into its tables, which must be there and empty; return their counts.

    All of them or none. Raises `BackupRefusedError`, `TablesNotEmptyError`, `RowsRefusedError`, `RowsDifferError`, or
    `RowsLostTheirTargetError` if records that the rows belong to are gone.
    """
    reading.verify(path)
    with (
        opened(path) as dump,
        writing_engine(engine).connect() as connection,
        loading.verbatim(connection),
        connection.begin(),
    ):
        shown = [table.shape for table in dump.manifest.tables]
        there = set(tables_there(connection))
        missing = tuple(shape.name for shape in shown if shape.name not in there)
        full = {shape.name: count(connection, shape.name) for shape in shown if shape.name in there}
        if missing or any(full.values()):
            raise TablesNotEmptyError({name: rows for name, rows in full.items() if rows}, missing)
        done = 0
        for table in dump.manifest.tables:
            done += loading.load(connection, dump, table, told, done)
        for table in dump.manifest.tables:
            loading.check(connection, dump, table)
            for link, lost in loading.orphans(connection, table.shape).items():
                raise RowsLostTheirTargetError(table.shape.name, link.table, lost)
        loading.continue_counting(connection, shown)
        return dump.manifest.counts
