"""What a database says of itself: its version, its settings as a session of shopdb has them, its tables, its clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, or_, select, text

from shopdb.store.engine import is_mysql
from shopdb.store.models import ApiToken, Batch, Observation
from shopdb.store.schema import table_of

VARIABLES = (
    "binlog_format",
    "character_set_connection",
    "innodb_flush_log_at_trx_commit",
    "innodb_ft_min_token_size",
    "log_bin",
    "max_allowed_packet",
    "sql_mode",
    "time_zone",
    "transaction_isolation",
    "tx_isolation",
)
MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Version:
    """Which database answers."""

    name: str
    number: tuple[int, ...]

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.name} {'.'.join(map(str, self.number))}"


@dataclass(frozen=True, slots=True)
class Intake:
    """What was ever pushed for a plugin: of how many assets, and when the last of it came."""

    plugin: str
    assets: int
    last: datetime


def version(connection: Connection) -> Version:
    """Return which database answers."""
    if not is_mysql(connection):
        return Version("SQLite", _number(str(connection.scalar(text("SELECT sqlite_version()")))))
    told = str(connection.scalar(text("SELECT VERSION()")))
    # Some clusters put MySQL's 5.5.5 in front, for clients that know nothing else.
    return Version("MariaDB" if "mariadb" in told.lower() else "MySQL", _number(told.removeprefix("5.5.5-")))


def variables(connection: Connection) -> Mapping[str, str]:
    """Return what matters to shopdb of MariaDB's or MySQL's variables; what this server does not have is absent."""
    asked = text("SHOW VARIABLES WHERE Variable_name IN :names").bindparams(bindparam("names", expanding=True))
    return {row[0]: str(row[1]) for row in connection.execute(asked, {"names": VARIABLES})}


def odd_tables(connection: Connection) -> tuple[str, ...]:
    """Return the tables without transactions or without every letter, as "name (engine, collation)"."""
    asked = text(
        "SELECT table_name, engine, table_collation FROM information_schema.tables WHERE table_schema = DATABASE() "
        "AND table_type = 'BASE TABLE' AND (engine <> 'InnoDB' OR table_collation NOT LIKE 'utf8mb4%') "
        "AND table_name NOT LIKE 'alembic!_version%' ESCAPE '!' ORDER BY table_name"
    )
    return tuple(f"{name} ({engine}, {collation})" for name, engine, collation in connection.execute(asked))


def clock(connection: Connection) -> datetime:
    """Return what the server's clock says; a SQLite file has none, and its last change stands for it."""
    if is_mysql(connection):
        told: datetime = connection.execute(text("SELECT UTC_TIMESTAMP(6)")).scalar_one()
        return told.replace(tzinfo=UTC)
    newest = connection.scalar(select(func.max(Batch.made_at)))
    return newest or datetime.fromtimestamp(0, UTC)


def damage(connection: Connection) -> tuple[str, ...]:
    """Return what is broken in a SQLite file, or points at rows that are gone; reads the whole file."""
    found = [str(row[0]) for row in connection.execute(text(f"PRAGMA quick_check({MOST_PROBLEMS})"))]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST_PROBLEMS)
    return (
        *(one for one in found if one != "ok"),
        *(f"row {row[1]} of {row[0]} points at a row of {row[2]} that is not there" for row in orphans),
    )


def journal_mode(connection: Connection) -> str:
    """Return how a SQLite file keeps what is not written yet."""
    return str(connection.scalar(text("PRAGMA journal_mode")))


def intakes(connection: Connection) -> tuple[Intake, ...]:
    """Return what collectors have pushed, by plugin."""
    observations = table_of(Observation)
    assets = func.count(observations.c.asset_id.distinct())
    grouped = select(observations.c.plugin, assets, func.max(observations.c.received_at)).group_by(
        observations.c.plugin
    )
    return tuple(Intake(*row) for row in connection.execute(grouped.order_by(observations.c.plugin)))


def collector_tokens(connection: Connection, now: datetime) -> Mapping[str, datetime | None]:
    """Return when each token that may push was used last, by name; those switched off or expired are not told."""
    tokens = table_of(ApiToken)
    good = tokens.c.enabled, or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)
    asked = select(tokens.c.name, tokens.c.scopes, tokens.c.last_used).where(*good).order_by(tokens.c.name)
    return {
        row.name: row.last_used
        for row in connection.execute(asked)
        if any(scope.startswith("collector:") for scope in row.scopes)
    }


def unsealed_since(connection: Connection) -> datetime | None:
    """Return when the oldest batch was made that is not in the chain yet; None if all are."""
    return connection.scalar(select(func.min(Batch.made_at)).where(Batch.seal.is_(None)))


def _number(told: str) -> tuple[int, ...]:
    parts = told.partition("-")[0].split(".")
    return tuple(int(part) for part in parts if part.isdecimal())
