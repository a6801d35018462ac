"""The database of a site as it is, whatever version made it; what a backup says of where it comes from."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from shopdb import __contract_version__, __version__
from shopdb.config import KEYS, Settings
from shopdb.exceptions import DatabaseBrokeOffError, DatabaseUnreachableError, NoSiteError, RestoreUnfinishedError
from shopdb.services.setup import SITE_NAME
from shopdb.store.dump import Facts
from shopdb.store.dump.manifest import PluginFacts
from shopdb.store.dump.rebuilding import UNFINISHED
from shopdb.store.dump.shapes import VERSION_TABLES, is_version_table
from shopdb.store.engine import is_mysql, open_engine
from shopdb.store.revisions import CORE

MARK_LETTERS = 8


@contextmanager
def reached(settings: Settings) -> Iterator[Engine]:
    """Give a patient engine over the site's database, which answers; raises `NoSiteError` for a file that is not there.

    Raises `DatabaseUnreachableError` before the block; what happens in it is the block's.
    """
    if settings.database_file and not settings.database_file.exists():
        raise NoSiteError(settings.database_label)
    engine = open_engine(settings.database_url, patient=True)
    try:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except DBAPIError as silent:
            raise DatabaseUnreachableError(settings.database_label, str(silent.orig)) from silent
        yield engine
    finally:
        engine.dispose()


@contextmanager
def unbroken(settings: Settings) -> Iterator[None]:
    """Raise `DatabaseBrokeOffError` for what no room below has a word for: it went away, or its disk is full."""
    try:
        yield
    except DBAPIError as broken:
        raise DatabaseBrokeOffError(settings.database_label, reason_of(broken)) from broken


def reason_of(error: DBAPIError) -> str:
    """Return what the driver said, without the statement."""
    return str(error.orig.args[-1] if error.orig is not None and error.orig.args else error.orig)


def facts_of(connection: Connection, settings: Settings, made_at: datetime) -> Facts:
    """Return what a backup of this snapshot says of itself; raises `NoSiteError` or `RestoreUnfinishedError`."""
    revisions = _revisions(connection)
    if CORE not in revisions:
        raise NoSiteError(settings.database_label)
    if revisions[CORE] == UNFINISHED:
        raise RestoreUnfinishedError(settings.database_label)
    return Facts(
        kind="site",
        made_at=made_at,
        application=__version__,
        contract=__contract_version__,
        site=_site_name(connection, settings),
        engine=_engine(connection),
        revisions=revisions,
        plugins=tuple(_plugins(connection)),
        about={"mark": _mark(connection, settings), "host": socket.gethostname()},
    )


def slug(site: str) -> str:
    """Return a site's name as file names take it."""
    return re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")[:40].strip("-") or "shop"


def _revisions(connection: Connection) -> dict[str, str]:
    found = {}
    for name in inspect(connection).get_table_names():
        if is_version_table(name):
            revision = connection.scalar(select(column("version_num")).select_from(table(name)))
            if revision:
                found[name.removeprefix(VERSION_TABLES).removeprefix("_") or CORE] = str(revision)
    return found


def _site_name(connection: Connection, settings: Settings) -> str:
    if settings.site_name != KEYS["SHOPDB_SITE_NAME"].default:
        return settings.site_name
    value = connection.scalar(
        select(column("value", Text)).select_from(table("settings")).where(column("key") == SITE_NAME)
    )
    name = orjson.loads(value) if value else None
    return name[:255] if isinstance(name, str) else settings.site_name


def _engine(connection: Connection) -> str:
    version = connection.exec_driver_sql("SELECT VERSION()" if is_mysql(connection) else "SELECT sqlite_version()")
    return f"{connection.dialect.name} {version.scalar_one()}"[:120]


def _plugins(connection: Connection) -> Iterator[PluginFacts]:
    """Yield the site's plugins as far as its revision of that table tells of them."""
    there = {one["name"] for one in inspect(connection).get_columns("plugins")}
    names = {"name", "plugin_version", "enabled", "content_digest", "removed_at"} & there
    plugins = Table("plugins", MetaData(), *(Column[Any](name) for name in names))
    for row in connection.execute(select(plugins).order_by(plugins.c.name)).mappings():
        yield PluginFacts(
            name=row["name"],
            version=row["plugin_version"],
            enabled=bool(row["enabled"]),
            installed=row.get("removed_at") is None,
            digest=(row["content_digest"] or b"").hex(),
        )


def _mark(connection: Connection, settings: Settings) -> str:
    """Return what tells this site's backups from another's in one folder: the moment of its first batch, hashed.

    It is the same after the site has moved to another host or engine.
    """
    first = connection.scalar(select(column("made_at")).select_from(table("batches")).order_by(column("id")).limit(1))
    if first is None:
        return settings.site_mark[:MARK_LETTERS]
    moment = first.isoformat(" ", "microseconds") if isinstance(first, datetime) else str(first)
    return hashlib.sha256(moment.encode()).hexdigest()[:MARK_LETTERS]
