"""Names that one transaction at a time deals with, for what no unique constraint can say.

Two collectors may report a machine for the first time at the same moment, each with other evidence; whoever comes
second has to wait and then find what the first made. A name is hashed to one of 256 rows, which is locked until the
transaction ends. Two names on one row wait for each other without need, and that is all.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.store.engine import is_mysql
from shopdb.store.models.intake import NameLock
from shopdb.store.schema import table_of

ROWS = 256


def take(session: Session, names: Collection[str]) -> None:
    """Return when no other transaction deals with any of these names, and keep the others waiting until this one ends.

    What they committed is seen by the statements that follow. On SQLite writers take turns anyway.
    """
    connection = session.connection()
    if not names or not is_mysql(connection):
        return
    table = table_of(NameLock)
    # In ascending order, so that two transactions cannot wait for each other within one call.
    wanted = sorted({zlib.crc32(name.encode()) % ROWS for name in names})
    locking = select(table.c.id).where(table.c.id.in_(wanted)).order_by(table.c.id).with_for_update()
    locked = len(connection.scalars(locking).all())
    assert locked == len(wanted), "the migration of core makes the rows"
