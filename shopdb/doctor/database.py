"""Whether the database answers, is the right one, is set as shopdb needs it, and lets the account do what it must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from shopdb.doctor.finding import Finding, State, ok, together
from shopdb.exceptions import DatabaseUnreachableError
from shopdb.store import grants, vitals
from shopdb.store.engine import is_mysql

OLDEST: Final[Mapping[str, tuple[int, ...]]] = {"MariaDB": (10, 11), "MySQL": (8,), "SQLite": (3, 34)}
LARGEST_PACKET: Final = 16 * 1024 * 1024
CLOCKS_APART: Final = timedelta(seconds=5)
MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a variable must be: one of these values, all of these words, or a number within bounds."""

    variable: str
    state: State
    why: str
    fix: str
    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    def holds(self, told: str) -> bool:
        """Whether the variable is so."""
        if self.values:
            return told.upper() in self.values
        if self.words:
            return set(self.words) <= set(told.upper().split(","))
        number = int(told)
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


PASSED_ON: Final = "A proxy before the database must pass on what a session sets; connect past it, or set it so."
WANTED: Final = (
    Wanted(
        "sql_mode",
        "fault",
        "values that do not fit would be cut silently",
        PASSED_ON,
        words=("STRICT_TRANS_TABLES", "ONLY_FULL_GROUP_BY"),
    ),
    Wanted("character_set_connection", "fault", "letters would be lost", PASSED_ON, values=("UTF8MB4",)),
    Wanted("time_zone", "fault", "moments would be kept in another zone than UTC", PASSED_ON, values=("+00:00",)),
    Wanted("transaction_isolation", "fault", "writers would wait for readers", PASSED_ON, values=("READ-COMMITTED",)),
    Wanted("tx_isolation", "fault", "writers would wait for readers", PASSED_ON, values=("READ-COMMITTED",)),
    Wanted(
        "max_allowed_packet",
        "warning",
        "a large push or document is refused",
        f"Set max_allowed_packet={LARGEST_PACKET} in the server's configuration.",
        least=LARGEST_PACKET,
    ),
    Wanted(
        "innodb_flush_log_at_trx_commit",
        "warning",
        "what was acknowledged in the last second is lost in a power cut",
        "Set innodb_flush_log_at_trx_commit=1 in the server's configuration.",
        values=("1", "3"),
    ),
    Wanted(
        "innodb_ft_min_token_size",
        "fault",
        "the search finds nothing",
        "Set innodb_ft_min_token_size=3 in the server's configuration and rebuild the index: "
        "OPTIMIZE TABLE search_entries.",
        most=3,
    ),
)


def reached(engine: Engine, label: str) -> Finding:
    """Tell which database answers; raises `DatabaseUnreachableError`."""
    try:
        with engine.connect() as connection:
            version = vitals.version(connection)
    except DBAPIError as silent:
        raise DatabaseUnreachableError(label, str(silent.orig)) from silent
    if version.number < OLDEST[version.name]:
        oldest = ".".join(map(str, OLDEST[version.name]))
        return Finding(
            "fault",
            f"{label} is {version}; shopdb needs {version.name} {oldest} or later.",
            f"Bring it to {version.name} {oldest} or later.",
        )
    return ok(f"{label} answers: {version}.")


def settings(engine: Engine) -> Finding:
    """Tell whether the database is set as shopdb needs it."""
    if not is_mysql(engine):
        return _file(engine)
    with engine.connect() as connection:
        found = vitals.variables(connection)
        odd = vitals.odd_tables(connection)
    return together("Strict, utf8mb4, UTC, READ COMMITTED, durable.", [*_deviations(found), *_odd(odd)])


def account(engine: Engine) -> Finding:
    """Tell whether the database account may do too much, or too little."""
    if not is_mysql(engine):
        return ok("A SQLite file knows no accounts; its mode is looked at under files.")
    with engine.connect() as connection:
        held = grants.held(connection)
        tables = grants.table_names(connection)
    lacking = held.lacks(grants.wanted("technician", tables))
    found: list[Finding] = []
    if lacking:
        fix = "Run the statements that `shopdb db grants` prints for it."
        found.append(Finding("fault", f"The account may not {_few(lacking)}.", fix))
    if held.powers:
        told = f"The account may do more than shopdb needs: {_few(held.powers)}."
        found.append(Finding("warning", told, "Give it the rights that `shopdb db grants` prints, and no others."))
    if held.changes_tables:
        told = "The account may change and drop tables, as only the admin's has to."
        found.append(Finding("hint", told, "`shopdb db grants` prints accounts for technicians and for the server."))
    if not found and held.lacks(grants.wanted("server", tables)):
        return ok("The account may do what a technician's terminal needs; `shopdb serve` needs its own.")
    return together("The account may do what it needs, and no more.", found)


def clock(engine: Engine, now: datetime) -> Finding:
    """Tell whether this host's clock and the database's agree."""
    with engine.connect() as connection:
        theirs = vitals.clock(connection)
    apart = theirs - now
    if is_mysql(engine):
        if abs(apart) > CLOCKS_APART:
            way = "ahead of" if apart > timedelta() else "behind"
            told = f"The database's clock is {abs(apart).total_seconds():,.0f} s {way} this host's."
            return Finding("warning", told, "Let both hosts set their clocks by the same source (chrony, NTP).")
        return ok(f"This host's clock and the database's are {abs(apart).total_seconds():.1f} s apart.")
    if apart > CLOCKS_APART:
        told = f"The last change was made at {theirs:%Y-%m-%d %H:%M} UTC, which this host's clock has not reached."
        return Finding("warning", told, "Set this host's clock (chrony, NTP).")
    return ok(f"It is {now:%Y-%m-%d %H:%M} UTC here, after the last change.")


def _file(engine: Engine) -> Finding:
    with engine.connect() as connection:
        mode, damage = vitals.journal_mode(connection), vitals.damage(connection)
    found = [
        Finding("fault", f"{one}.", "Keep a copy of the file, and bring the last backup back: `shopdb restore`.")
        for one in damage
    ]
    if mode != "wal":
        fix = "Move the file to a disk of this host where its folder can be written."
        found.append(Finding("fault", f"The file's journal is {mode}, not wal: readers and writers wait.", fix))
    return together("The file is whole, nothing in it points nowhere, and its journal is wal.", found)


def _deviations(found: Mapping[str, str]) -> Iterator[Finding]:
    for one in WANTED:
        if one.variable in found and not one.holds(found[one.variable]):
            yield Finding(one.state, f"{one.variable} is {found[one.variable] or 'empty'}: {one.why}.", one.fix)
    if found.get("log_bin") == "ON" and found.get("binlog_format") == "STATEMENT":
        told = "binlog_format is STATEMENT: the server refuses every write at READ COMMITTED."
        yield Finding("fault", told, "Set binlog_format=ROW (or MIXED) in the server's configuration.")


def _odd(tables: tuple[str, ...]) -> Iterator[Finding]:
    if tables:
        told = f"Tables without transactions, or without every letter: {_few(tables)}."
        yield Finding("fault", told, "ALTER TABLE ... ENGINE=InnoDB, CONVERT TO CHARACTER SET utf8mb4.")


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
