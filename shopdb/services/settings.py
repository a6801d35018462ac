"""Settings of the site, kept in its database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.store import changes
from shopdb.store.models import Setting
from shopdb.store.schema import table_of


def get_setting(session: Session, key: str, default: Any = None) -> Any:
    """Return the setting's value, or the default where the site has none."""
    found = session.connection().execute(select(Setting.value).where(Setting.key == key)).one_or_none()
    return default if found is None else found.value


def set_setting(session: Session, key: str, value: Any) -> None:
    """Keep a JSON value under the key; the change log says what it was before."""
    table = table_of(Setting)
    row = session.connection().execute(select(table).where(table.c.key == key)).mappings().one_or_none()
    if row is None:
        changes.insert_rows(session, table, [{"key": key, "value": value}])
    else:
        changes.update_row(session, table, dict(row), {"value": value})
