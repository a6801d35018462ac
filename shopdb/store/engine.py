"""Connections: how each engine is opened so that both keep the same promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from shopdb.exceptions import DatabaseDeniedError, StaleRowError
from shopdb.store.texts import FOLD, folded

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", None, ""})
READ_TIMEOUT_SECONDS = 30
PATIENT_TIMEOUT_SECONDS = 3600
TRANSIENT_ERRORS = frozenset({1020, 1040, 1047, 1053, 1180, 1205, 1213, 1290, 1836, 2003, 2006, 2013})
SAVEPOINT_GONE = 1305
LOST_CONNECTION_ERRORS = frozenset({1047, 1053, 1290, 1836})
DENIED_ERRORS = frozenset({1142, 1143})
INIT_COMMAND = (
    "SET SESSION sql_mode='TRADITIONAL,ONLY_FULL_GROUP_BY', time_zone='+00:00', "
    "innodb_lock_wait_timeout=5, lock_wait_timeout=20"
)
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-32000",
)


def open_engine(url: str, *, patient: bool = False) -> Engine:
    """Return an engine for the URL; nothing is connected yet.

    ``mysql+pymysql://`` URLs may list several hosts, "a,b,c": the first that answers is taken, also after a failure.
    A ``patient`` engine waits an hour for an answer instead of 30 seconds: for migrations and whole shops at once.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return _open_mysql(parsed, PATIENT_TIMEOUT_SECONDS if patient else READ_TIMEOUT_SECONDS)


def writing_engine(engine: Engine) -> Engine:
    """Return a view of the engine whose transactions announce at once that they write."""
    return engine.execution_options(shopdb_writing=True)


def is_transient(error: BaseException) -> bool:
    """Whether the whole transaction may succeed when it is tried again."""
    if isinstance(error, StaleRowError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    reason = error.orig.args[0] if error.orig is not None and error.orig.args else None
    if reason == SAVEPOINT_GONE:
        # A deadlock rolls everything back, so that the savepoint around it cannot be returned to.
        return error.__context__ is not None and is_transient(error.__context__)
    return reason in TRANSIENT_ERRORS or "database is locked" in str(error.orig)


@contextmanager
def told_if_denied() -> Iterator[None]:
    """Raise `DatabaseDeniedError` where the database says that its account may not do what the block asks."""
    try:
        yield
    except DBAPIError as error:
        code, *reason = (error.orig.args if error.orig is not None else ()) or (None,)
        if code not in DENIED_ERRORS:
            raise
        raise DatabaseDeniedError(str(*reason)) from error


def is_mysql(connection: Connection | Engine) -> bool:
    """Whether MariaDB or MySQL answers."""
    return connection.dialect.name in ("mysql", "mariadb")


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A connection knows the statistics of the time when it was opened.
    engine = create_engine(url, pool_size=20, pool_recycle=1500)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma).close()
        connection.create_function(FOLD, 1, folded, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # A deferred transaction that reads first and then writes fails at once when another writer is ahead.
        writing = connection.get_execution_options().get("shopdb_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _open_mysql(url: URL, read_timeout: int) -> Engine:
    hosts = [host.strip() for host in (url.host or "").split(",")]
    engine = create_engine(
        url.update_query_dict({"charset": "utf8mb4"}),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1500,
        pool_size=20,
        connect_args={
            "connect_timeout": 3,
            "read_timeout": read_timeout,
            "write_timeout": READ_TIMEOUT_SECONDS,
            "init_command": INIT_COMMAND,
        },
    )

    @event.listens_for(engine, "do_connect")
    def _choose_host(dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        last_error: Exception | None = None
        for host in hosts:
            if host:
                options["host"] = host
            # Setting TLS up takes 20 ms for each connection and protects nothing on the loopback.
            options["ssl_disabled"] = host in LOOPBACK
            try:
                return dialect.connect(*arguments, **options)
            except dialect.dbapi.OperationalError as error:
                last_error = error
        raise last_error or RuntimeError(hosts)

    @event.listens_for(engine, "handle_error")
    def _recognise_lost_nodes(context: Any) -> None:
        code = getattr(context.original_exception, "args", [None])[:1]
        if code and code[0] in LOST_CONNECTION_ERRORS:
            context.is_disconnect = True

    return engine
