"""What SQLite knows about how full its tables are, which decides the index that it takes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shopdb.store.engine import is_mysql
from shopdb.store.models.assets import Asset

GROWTH = 2
FEW_ROWS = 1000
SAMPLED_ROWS = 200_000


def refresh(session: Session) -> bool:
    """Take statistics of the assets if their number has doubled since the last time; return whether it was done.

    Takes half a second at a million. Other connections learn of it when they are opened. MariaDB and MySQL need no
    telling.
    """
    connection = session.connection()
    if is_mysql(connection):
        return False
    table = Asset.__tablename__
    counted = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).scalar() or 0
    # The number in the header that SQLite leaves to its users says how many there were.
    known = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
    if counted < max(FEW_ROWS, GROWTH * known):
        return False
    connection.exec_driver_sql(f"PRAGMA analysis_limit={SAMPLED_ROWS}")
    connection.exec_driver_sql(f"ANALYZE {table}")
    connection.exec_driver_sql(f"PRAGMA user_version={min(int(counted), 2**31 - 1)}")
    return True
