"""Errors of the database: records, changes, migrations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from shopdb.exceptions.base import ShopdbError

UNKNOWN_CAUSE: Final = "Is it running, and is SHOPDB_DATABASE_URL right?"
LIKELY_CAUSES: Final[Mapping[int, str]] = {
    1044: "There is no database of this name, or this account has no rights in it: the admin grants them.",
    1045: "The account or its password in SHOPDB_DATABASE_URL is not the server's.",
    1049: "There is no database of this name: correct it in SHOPDB_DATABASE_URL, or make it.",
    2003: "Nothing listens there: start the server, or correct host and port in SHOPDB_DATABASE_URL.",
    2005: "No host has this name: correct it in SHOPDB_DATABASE_URL.",
}
"""What to look at first, by the number of MariaDB, MySQL or their driver."""


class RecordNotFoundError(ShopdbError):
    """A record is not there (any more)."""

    def __init__(self, resource: str, key: object) -> None:
        """Say which record of which type."""
        super().__init__(
            f"There is no {resource} record {key}; it may have been deleted. `shopdb q {resource}` lists them."
        )


class CursorRefusedError(ShopdbError):
    """A page cursor was not made for this list."""

    def __init__(self, text: str) -> None:
        """Show the beginning of it."""
        super().__init__(f"The cursor {text[:40]!r} does not belong to this list and order; begin again without one.")


class ConflictError(ShopdbError):
    """Somebody else saved the record meanwhile, with other values than mine."""

    def __init__(self, resource: str, record_id: int, theirs: object, conflicts: Mapping[str, object]) -> None:
        """Keep the other side's record and the fields of which both values cannot be kept."""
        self.theirs = theirs
        self.conflicts = dict(conflicts)
        named = f" of {', '.join(self.conflicts)}" if self.conflicts else ""
        super().__init__(
            f"{resource} {record_id} was changed by somebody else while you edited it; "
            f"choose which values{named} to keep and save again."
        )


class StaleRowError(ShopdbError):
    """A row is no longer as it was read; the services turn this into a merge."""

    def __init__(self, table: str, key: object) -> None:
        """Say which row."""
        super().__init__(f"{table} {key} was changed by somebody else meanwhile; read it again and save once more.")


class StillUsedError(ShopdbError):
    """A record cannot be deleted because others point at it."""

    def __init__(self, label: str, users: Mapping[str, int]) -> None:
        """Count what points at it, by table."""
        told = ", ".join(f"{count} {table}" for table, count in users.items())
        super().__init__(f"{label} is still used by {told}; point those elsewhere first.")


class PluginTableNameError(ShopdbError):
    """A plugin defines a table under a name that could be another owner's."""

    def __init__(self, plugin: str, table: str) -> None:
        """Say which names are its own."""
        stem = plugin.removesuffix("s")
        super().__init__(f"The table {table!r} of plugin {plugin} must be named {plugin}, {plugin}_... or {stem}_....")


class UnattributedWriteError(ShopdbError):
    """A session wrote without saying who writes and through which door."""

    def __init__(self, table: str) -> None:
        """Name the table."""
        super().__init__(f"A write to {table} had no origin; open the session with Shop.writing(origin).")


class UnloggedWriteError(ShopdbError):
    """A statement would have changed a logged table behind the change log's back."""

    def __init__(self, table: str) -> None:
        """Name the table and the way that is open."""
        super().__init__(
            f"A bare INSERT, UPDATE or DELETE on {table} would not be in the change log; "
            "use mapped objects, or insert_rows, update_row and delete_rows."
        )


class BatchNotFoundError(ShopdbError):
    """No batch of changes bears this number."""

    def __init__(self, batch_id: int) -> None:
        """Say which number."""
        super().__init__(f"There is no batch {batch_id}; `shopdb history` shows the batches of a record.")


class BrokenHistoryError(ShopdbError):
    """A folder of migrations is not one straight line of revisions."""

    def __init__(self, owner: str, problems: Sequence[str]) -> None:
        """Join the problems."""
        self.problems = tuple(problems)
        super().__init__(f"The migrations of {owner} cannot be followed: {'; '.join(self.problems)}.")


class MigrationError(ShopdbError):
    """Migrations did not run to their end; ``stopped`` says for each owner at which revision, and why."""

    def __init__(self, stopped: Mapping[str, tuple[str, str]]) -> None:
        """Say whose migration stopped where."""
        self.stopped = dict(stopped)
        told = "; ".join(f"{owner} stopped at {at}: {reason}" for owner, (at, reason) in self.stopped.items())
        super().__init__(f"Migrations did not finish: {told}. Mend the cause and run `shopdb db upgrade`.")


class MigrationBusyError(ShopdbError):
    """Somebody else has been migrating the same database for too long."""

    def __init__(self, seconds: float) -> None:
        """Say for how long the lock was waited for."""
        super().__init__(
            f"Another process has been migrating this database for over {seconds:.0f} s; "
            "see whether it still runs, then try again."
        )


class SchemaDiffersError(ShopdbError):
    """Tables are not what the models mean them to be, though every migration has run."""

    def __init__(self, differences: Mapping[str, Sequence[str]]) -> None:
        """Name every difference, by owner."""
        told = [f"{owner}: {one}" for owner, many in differences.items() for one in many]
        super().__init__("\n  ".join(("The tables differ from this version's:", *told)))


class NoSiteError(ShopdbError):
    """The embedded database has no file yet."""

    def __init__(self, where: str) -> None:
        """Say where it would be and what makes it."""
        super().__init__(
            f"There is no site in {where} yet; `shopdb init` makes one, and after a lost disk `shopdb restore FILE` "
            "brings it back."
        )


class SchemaBehindError(ShopdbError):
    """The database's tables are older (or newer) than the program."""

    def __init__(self, behind: Mapping[str, tuple[str, str]]) -> None:
        """Say for each owner what is there and what is wanted."""
        self.behind = behind
        told = "; ".join(
            f"{owner} is at {found or 'nothing'}, wanted {wanted}" for owner, (found, wanted) in behind.items()
        )
        super().__init__(f"The database is not at this version's tables: {told}. Run `shopdb db upgrade`.")


class DatabaseUnreachableError(ShopdbError):
    """The database does not answer."""

    def __init__(self, where: str, reason: str) -> None:
        """Say which database (never with its password) and what the driver said."""
        numbered = re.match(r"\((\d+),", reason)
        cause = LIKELY_CAUSES.get(int(numbered[1]) if numbered else 0, UNKNOWN_CAUSE)
        super().__init__(f"The database {where} does not answer ({reason}). {cause}")


class ScratchRefusedError(ShopdbError):
    """The account may not make a scratch database on the server."""

    def __init__(self, prefix: str, account: str, reason: str) -> None:
        """Say what the server said, and what would allow it; ``prefix`` begins every scratch database's name."""
        user, _, host = account.rpartition("@")
        pattern = f"{prefix}%".replace("_", r"\_")
        super().__init__(
            f"{account} may not make a scratch database ({reason}). Do it with the account of the site's admin "
            "(`shopdb-admin`, where there is one); if this is it, an admin of the server can allow it: "
            f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO '{user}'@'{host}';"
        )


class DatabaseDeniedError(ShopdbError):
    """The database account in use may not do what was asked."""

    def __init__(self, reason: str) -> None:
        """Keep what the server said, which names the account and the table."""
        super().__init__(
            f"The database refuses that to the account of SHOPDB_DATABASE_URL ({reason}). Do it with the admin's "
            "account; if this account should be able to, `shopdb db grants` prints what it lacks."
        )


class MigrationRulesError(ShopdbError):
    """Migrations break rules of docs/MIGRATIONS.md."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Name everything that was found, one a line."""
        super().__init__("\n  ".join(("Migrations break rules; docs/MIGRATIONS.md has them:", *problems)))
