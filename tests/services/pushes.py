"""Pushing payloads into a shop without a server, and looking at what came of it."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.services import collect
from shopdb.services.collect import Answer, Intake, Sent
from shopdb.store import records
from shopdb.store.models import Identifier, NetworkAddress
from shopdb.store.schema import table_of

COLLECTOR = Origin("pcs", "collector", "push", token_id=7)
SEEN = {"last_seen", "received_at"}
"""Columns that move when the same push comes again."""


class Pusher:
    """Pushes to one plugin of a shop, each time as of a moment that may be given."""

    def __init__(self, shop: Shop, plugin: str = "computers") -> None:
        self.shop = shop
        self._intake = Intake(shop.plugins.collector_schemas[plugin])

    def __call__(self, payload: Any, *, junk: Sequence[str] = (), key: str | None = None, **members: Any) -> Answer:
        """Return what became of the payload, completed by the members."""
        whole = {**payload, **members} if isinstance(payload, Mapping) else payload
        sent = Sent(hashlib.sha256(orjson.dumps(whole)).digest(), key)
        return self.shop.write(
            COLLECTOR,
            lambda session: collect.receive(session, self._intake, whole, sent, site_junk=junk),
        )


def moment(hour: int, minute: int = 0) -> str:
    """Return a moment of one day, as JSON has it."""
    return datetime(2026, 1, 31, hour, minute, tzinfo=UTC).isoformat()


def record(shop: Shop, resource: str, record_id: int | None) -> Mapping[str, Any]:
    """Return a record's values."""
    assert record_id is not None
    with shop.reading() as session:
        return records.get(session, shop.catalog[resource], record_id).values


def count(shop: Shop, table: str) -> int:
    """Return how many rows a table has."""
    with shop.engine.connect() as connection:
        return len(connection.execute(select(shop.schema.tables[table])).all())


def shared(shop: Shop) -> set[str]:
    """Return the identifiers that no longer link."""
    table = table_of(Identifier)
    with shop.engine.connect() as connection:
        return set(connection.scalars(select(table.c.value).where(table.c.shared.is_(True))))


def addresses(shop: Shop, asset_id: int | None) -> list[tuple[str | None, str | None]]:
    """Return an asset's addresses, ip and mac."""
    table = table_of(NetworkAddress)
    wanted = select(table.c.ip, table.c.mac).where(table.c.asset_id == asset_id).order_by(table.c.ip)
    with shop.engine.connect() as connection:
        return [(row.ip, row.mac) for row in connection.execute(wanted)]


def contents(shop: Shop, without: set[str] = frozenset()) -> dict[str, list[Any]]:  # type: ignore[assignment]
    """Return the whole database but some columns: what is in it, table by table."""
    found: dict[str, list[Any]] = {}
    with shop.engine.connect() as connection:
        for name, table in shop.schema.tables.items():
            columns = [column for column in table.columns if column.name not in without]
            found[name] = [tuple(row) for row in connection.execute(select(*columns).order_by(*table.primary_key))]
    return found
