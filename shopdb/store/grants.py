"""The least that each database account needs (ADR 009), and what the account in use has.

Worked out from the tables that are there, so that a plugin's tables are in it. SQLite knows no accounts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import Connection, inspect, text

from shopdb.store.scratch import PREFIX as SCRATCH

Role = Literal["technician", "server", "admin"]
Columns = frozenset[str]
Rights = Mapping[str, Columns]
"""Privileges, each with the columns that it is for; none of them: for the whole table."""

WHOLE: Final[Columns] = frozenset()
NOTHING: Final[Rights] = {}
APPENDING: Final[Rights] = {"INSERT": WHOLE}
EVERY_ROW: Final[Rights] = {"INSERT": WHOLE, "UPDATE": WHOLE, "DELETE": WHOLE}
TOLD: Final[Mapping[Role, str]] = {
    "technician": "Technicians' terminals: records, and adding to the change log. No change of accounts or tables.",
    "server": "`shopdb serve`: the same, and sealing the change log.",
    "admin": "`shopdb init`, `db upgrade`, `user`, `token`, `plugin`: makes and drops tables too. For the admin alone.",
}
MIGRATING: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES")

_SIGN_IN: Final[Rights] = {"UPDATE": frozenset({"failed_logins", "locked_until", "last_login"})}
_BATCH_GROWS: Final[Rights] = {**APPENDING, "UPDATE": frozenset({"size"})}
_BATCH_IS_SEALED: Final[Rights] = {**APPENDING, "UPDATE": frozenset({"size", "seal", "chain_hash"})}

# What technicians, and what the server may do beside reading. A table that is not named here is worked on row by row:
# records, and what belongs to them.
EXCEPTIONS: Final[Mapping[str, tuple[Rights, Rights]]] = {
    # Nobody takes back what was logged; sealing it is the server's work.
    "changes": (APPENDING, APPENDING),
    "batches": (_BATCH_GROWS, _BATCH_IS_SEALED),
    "chain_heads": (NOTHING, {"UPDATE": WHOLE}),
    # Who may do what is said at the command line, by whoever holds the admin's account.
    "users": (_SIGN_IN, _SIGN_IN),
    "roles": (NOTHING, NOTHING),
    "permissions": (NOTHING, NOTHING),
    "api_tokens": (NOTHING, {"UPDATE": frozenset({"last_used"})}),
    "settings": (NOTHING, NOTHING),
    # Plugins come with tables: installing one takes the admin's account anyway.
    "plugins": (NOTHING, NOTHING),
    "plugin_archives": (NOTHING, NOTHING),
    "plugin_archive_parts": (NOTHING, NOTHING),
    "plugin_operations": (NOTHING, NOTHING),
    "plugin_faults": ({"INSERT": WHOLE, "UPDATE": WHOLE}, {"INSERT": WHOLE, "UPDATE": WHOLE}),
    "programs": (NOTHING, EVERY_ROW),
    # MySQL lets nobody lock a row who may not change one.
    "name_locks": ({"UPDATE": WHOLE}, {"UPDATE": WHOLE}),
    "applications": (APPENDING, APPENDING),
    "application_versions": (APPENDING, APPENDING),
    "observations": ({"INSERT": WHOLE, "UPDATE": WHOLE}, {"INSERT": WHOLE, "UPDATE": WHOLE}),
    "pushes": (APPENDING, {"INSERT": WHOLE, "DELETE": WHOLE}),
    "search_entries": ({"INSERT": WHOLE, "DELETE": WHOLE}, {"INSERT": WHOLE, "DELETE": WHOLE}),
}
VERSION_TABLES: Final = "alembic_version"

# Beyond one database's rows and tables; a server that knows them says ALL, or lists them.
POWERS: Final = frozenset({
    "ALL PRIVILEGES", "BINLOG ADMIN", "CREATE USER", "FEDERATED ADMIN", "FILE", "GRANT OPTION", "PROCESS", "PROXY",
    "RELOAD", "ROLE_ADMIN", "SHUTDOWN", "SUPER", "SYSTEM_USER", "SYSTEM_VARIABLES_ADMIN",
})  # fmt: skip
DDL: Final = frozenset({"ALL PRIVILEGES", "ALTER", "CREATE", "DROP"})


@dataclass(frozen=True, slots=True)
class Account:
    """A database account: who, from which host."""

    name: str
    host: str

    def __str__(self) -> str:
        """Return it as SQL has it."""
        return f"{_quoted(self.name)}@{_quoted(self.host)}"


@dataclass(frozen=True, slots=True)
class Held:
    """What an account may do: everywhere, in this database, to its tables, and in which others it may do anything."""

    everywhere: frozenset[str] = frozenset()
    here: frozenset[str] = frozenset()
    tables: Mapping[str, Rights] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()

    def lacks(self, wanted: Mapping[str, Rights]) -> tuple[str, ...]:
        """Return what is wanted and not held, as "INSERT on assets"."""
        return tuple(
            f"{privilege} on {table}"
            for table, rights in wanted.items()
            for privilege, columns in rights.items()
            if not self._has(table, privilege, columns)
        )

    @property
    def powers(self) -> tuple[str, ...]:
        """What no account of shopdb needs."""
        wide = {*(self.everywhere & POWERS), *(self.here & {"GRANT OPTION"})}
        # Whatever it may do to the rows of one database, it may do to those of all.
        rows = self.everywhere & {"SELECT", "INSERT", "UPDATE", "DELETE", *DDL}
        return (*sorted(wide), *(f"{one} on *.*" for one in sorted(rows - wide)), *self.elsewhere)

    @property
    def changes_tables(self) -> bool:
        """Whether it may alter and drop this database's tables."""
        return bool((self.here | self.everywhere) & DDL)

    def _has(self, table: str, privilege: str, columns: Columns) -> bool:
        if {privilege, "ALL PRIVILEGES"} & (self.everywhere | self.here):
            return True
        rights = self.tables.get(table, NOTHING)
        if "ALL PRIVILEGES" in rights:
            return True
        held = rights.get(privilege)
        return held is not None and (held == WHOLE or (columns != WHOLE and columns <= held))


def table_names(connection: Connection) -> tuple[str, ...]:
    """Return the tables of the database, those of plugins that are not loaded included."""
    return tuple(sorted(inspect(connection).get_table_names()))


def wanted(role: Role, tables: Iterable[str]) -> dict[str, Rights]:
    """Return the least that a technician's or the server's account needs of each table."""
    place = 0 if role == "technician" else 1
    found: dict[str, Rights] = {}
    for table in tables:
        writing = NOTHING if table.startswith(VERSION_TABLES) else EXCEPTIONS.get(table, (EVERY_ROW,) * 2)[place]
        found[table] = {"SELECT": WHOLE, **writing}
    return found


def statements(role: Role, account: Account, database: str, tables: Collection[str]) -> Iterator[str]:
    """Yield the GRANT statements that give an account what its role needs, for MariaDB and MySQL 8 alike."""
    here = f"{_named(_literal(database))}.*"
    if role == "admin":
        yield f"GRANT {', '.join(MIGRATING)} ON {here} TO {account};"
        yield f"GRANT {', '.join(MIGRATING)} ON {_named(f'{_literal(SCRATCH)}%')}.* TO {account};"
        return
    # Of the whole database, so that a plugin that comes later is seen before it is granted.
    yield f"GRANT SELECT ON {here} TO {account};"
    for table, rights in wanted(role, tables).items():
        writing = [_spelt(privilege, columns) for privilege, columns in rights.items() if privilege != "SELECT"]
        if writing:
            yield f"GRANT {', '.join(writing)} ON {_named(database)}.{_named(table)} TO {account};"


def script(accounts: Mapping[Role, Account], database: str, tables: Collection[str]) -> Iterator[str]:
    """Yield the lines of a file that a database's administrator looks through and runs."""
    yield "-- For MariaDB and MySQL 8. Run it again after a plugin was installed: it adds, and takes nothing away."
    yield "-- Where an account is not there yet, give it a password of its own first:"
    for account in accounts.values():
        yield f"-- CREATE USER {account} IDENTIFIED BY '...';"
    for role, account in accounts.items():
        yield ""
        yield f"-- {TOLD[role]}"
        yield from statements(role, account, database, tables)


def held(connection: Connection) -> Held:
    """Return what the connection's account may do, its active roles included."""
    role = connection.scalar(text("SELECT CURRENT_ROLE()"))
    # MariaDB tells an active role's rights with the account's own, MySQL where it is asked to.
    using = f" USING {role}" if role and role != "NONE" and "@" in role else ""
    told = connection.exec_driver_sql(f"SHOW GRANTS FOR CURRENT_USER(){using}").scalars()
    return read(told, str(connection.scalar(text("SELECT DATABASE()"))))


_GRANT = re.compile(r"GRANT (?P<what>.+?) ON (?P<where>(?:`(?:[^`]|``)+`|\*)\.(?:`(?:[^`]|``)+`|\*)|.+?) TO ")
_PRIVILEGE = re.compile(r"([A-Z][A-Z_ ]*[A-Z])(?: ?\(([^)]*)\))?(?:, ?|$)")


def read(lines: Iterable[str], database: str) -> Held:
    """Return what the lines of SHOW GRANTS mean for one database."""
    everywhere: set[str] = set()
    here: set[str] = set()
    tables: dict[str, dict[str, Columns]] = {}
    elsewhere: list[str] = []
    for line in lines:
        grant = _GRANT.match(line)
        if grant is None:  # a role, whose rights stand in lines of their own
            continue
        rights = {name: _columns(columns) for name, columns in _PRIVILEGE.findall(grant["what"])}
        if line.endswith("WITH GRANT OPTION"):
            rights["GRANT OPTION"] = WHOLE
        rights.pop("USAGE", None)
        schema, _, table = grant["where"].rpartition(".")
        schema, table = _unnamed(schema), _unnamed(table)
        if schema == "*" or "PROXY" in rights:
            everywhere |= set(rights)
        elif table == "*" and _literal(schema) == _literal(database):
            here |= set(rights)
        elif table == "*" and _pattern(schema).fullmatch(database):
            here |= set(rights)
            elsewhere.append(f"every database like {schema}")
        elif schema == database:
            tables.setdefault(table, {}).update(rights)
        elif rights and not schema.replace("\\", "").startswith(SCRATCH):
            elsewhere.append(f"the database {schema}")
    return Held(frozenset(everywhere), frozenset(here), tables, tuple(dict.fromkeys(elsewhere)))


def _columns(told: str) -> Columns:
    return frozenset(_unnamed(one.strip()) for one in told.split(",") if one.strip())


def _spelt(privilege: str, columns: Columns) -> str:
    return f"{privilege} ({', '.join(map(_named, sorted(columns)))})" if columns else privilege


def _named(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _unnamed(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _quoted(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _literal(pattern: str) -> str:
    """Return the pattern of a GRANT that means this very name; one that is written so already stays as it is."""
    return re.sub(r"(?<!\\)([_%])", r"\\\1", pattern)


def _pattern(schema: str) -> re.Pattern[str]:
    """Return what a database's name in SHOW GRANTS stands for."""
    signs = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", schema)
    return re.compile("".join(signs.get(one) or re.escape(one.removeprefix("\\")) for one in parts))
