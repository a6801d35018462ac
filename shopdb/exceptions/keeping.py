"""Errors of backups: making them, reading them back, bringing them into a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from shopdb.exceptions.base import ShopdbError

MOST_SHOWN = 5


class BackupNotWrittenError(ShopdbError):
    """A backup could not be finished; what was begun is gone again."""

    def __init__(self, path: Path, reason: str) -> None:
        """Say which file, and what the system said."""
        super().__init__(
            f"{path} was not written ({reason}); older backups are as they were. Mend the cause and try again."
        )


class BackupRefusedError(ShopdbError):
    """A file is no whole backup, or not the one that was written."""

    def __init__(self, path: Path, reason: str) -> None:
        """Say which file, and what is wrong with it."""
        self.reason = reason
        super().__init__(f"{path} is refused: {reason}. Nothing was taken from it; use another backup.")


class BackupKeyError(ShopdbError):
    """A backup is encrypted, and nobody gave the passphrase that it was encrypted with."""

    def __init__(self, path: Path, *, given: bool) -> None:
        """Say whether there was none, or another one."""
        reason = "with another passphrase than the one given" if given else "and no passphrase was given"
        super().__init__(
            f"{path} is encrypted, {reason}. Nothing was taken from it; name the file that holds its passphrase "
            "with --key-file."
        )


class RowsRefusedError(ShopdbError):
    """A database does not take the rows of a backup's table."""

    def __init__(self, table: str, reason: str) -> None:
        """Name the table and what the database said."""
        super().__init__(f"The rows of {table} cannot be put into this database: {reason}.")


class TablesNotEmptyError(ShopdbError):
    """Rows would be put where there are some already, or where there is no table for them."""

    def __init__(self, full: Mapping[str, int], missing: Sequence[str]) -> None:
        """Count what is there, by table, and name what is not."""
        told = [f"{table} has {count} rows" for table, count in full.items()]
        told += [f"there is no table {table}" for table in missing]
        super().__init__(f"Rows go into empty tables alone: {', '.join(told)}. Empty or make those first.")


class RowsDifferError(ShopdbError):
    """The rows that were put into a table are not the ones that a backup holds."""

    def __init__(self, table: str, wanted: int, found: int, first: str) -> None:
        """Count both, and show the first that differs."""
        super().__init__(
            f"{table} has {found} rows where the backup has {wanted}, and the first that differs is {first}."
        )


class RowsLostTheirTargetError(ShopdbError):
    """Rows of a backup belong to records that are not in this database any more."""

    def __init__(self, table: str, target: str, count: int) -> None:
        """Count them."""
        super().__init__(
            f"{count} rows of {table} belong to {target} that are not in this database any more, so none were brought "
            "back."
        )


class BackupBusyError(ShopdbError):
    """Another process is making a backup of the same database."""

    def __init__(self) -> None:
        """Say what to wait for."""
        super().__init__("Another backup of this site is being made; wait until it has ended.")


class BackupThereError(ShopdbError):
    """A backup would take the place of another file."""

    def __init__(self, path: Path) -> None:
        """Say which."""
        super().__init__(f"{path} is there already; name a folder, or a file that is not there yet.")


class NoPlaceError(ShopdbError):
    """A backup would go into a folder that is not there: perhaps one that is not mounted."""

    def __init__(self, folder: Path) -> None:
        """Say which."""
        super().__init__(
            f"There is no folder {folder}, so no backup was made; mount it or make it first. The name of a file ends "
            "with .zip or .zip.sealed."
        )


class PlaceClosedError(ShopdbError):
    """The account of this process may not do in a folder of the site what it has to."""

    def __init__(self, path: Path, owner: str, mode: int, fix: str) -> None:
        """Say whose it is, and the command by which root gives it to the site, where that mends it."""
        told = f"as root, run `{fix}`" if fix else f"do it as {owner}"
        super().__init__(f"{path} belongs to {owner} (mode {mode:o}) and is closed to this account; {told}.")


class RecordNotWrittenError(ShopdbError):
    """A backup or a drill went well, and could not be noted."""

    def __init__(self, deed: str, path: Path, reason: str) -> None:
        """Say that the work itself is good, and what could not be written."""
        super().__init__(f"The {deed} is whole and proved, but that could not be noted in {path} ({reason}).")


class PassphraseRefusedError(ShopdbError):
    """A passphrase cannot be read, or is too easily guessed."""

    def __init__(self, where: str, reason: str) -> None:
        """Say where it came from, never what it is."""
        super().__init__(f"The passphrase in {where} cannot be used: {reason}.")


class DatabaseNotEmptyError(ShopdbError):
    """A backup would be brought into a database that holds something."""

    def __init__(self, where: str, tables: Sequence[str]) -> None:
        """Name what is there."""
        shown = ", ".join(tables[:MOST_SHOWN])
        more = f" and {len(tables) - MOST_SHOWN} more" if len(tables) > MOST_SHOWN else ""
        super().__init__(
            f"{where} holds the tables {shown}{more}; a backup is brought into an empty database alone. Name another "
            "one in SHOPDB_DATABASE_URL, or move this one away."
        )


class RestoreBusyError(ShopdbError):
    """Another process brings a backup into the same database."""

    def __init__(self, where: str) -> None:
        """Say which database."""
        super().__init__(f"Another process is bringing a backup into {where}; wait until it has ended.")


class RestoreUnfinishedError(ShopdbError):
    """A database holds a part of a backup that was being brought in."""

    def __init__(self, where: str) -> None:
        """Say which, and what makes it whole."""
        super().__init__(f"{where} holds a restore that did not come to its end; run `shopdb restore` again.")


class DatabaseBrokeOffError(ShopdbError):
    """The database stopped in the middle of a long work on it."""

    def __init__(self, where: str, reason: str) -> None:
        """Say which database, what it said, and that nothing half done counts."""
        super().__init__(
            f"The database {where} broke it off ({reason}). What was begun does not count; see that the database "
            "runs and has room, then do it again."
        )


class NotASiteError(ShopdbError):
    """A file holds some tables, and no site."""

    def __init__(self, path: Path, name: str) -> None:
        """Say what it holds."""
        super().__init__(f"{path} holds the tables of {name}, not a site; it cannot be restored as one.")


class CodeMissingError(ShopdbError):
    """A backup's tables need migrations that are not here; ``problems`` are one for each owner."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n  ".join(("This backup cannot be brought back by this program:", *self.problems)))


class NoBackupError(ShopdbError):
    """There is no backup where one is looked for."""

    def __init__(self, folder: Path) -> None:
        """Say where it was looked for, and how one is made."""
        super().__init__(f"There is no backup of this site in {folder}; `shopdb backup` makes one, or name a file.")


class PreflightFailedError(ShopdbError):
    """An upgrade would not go well; the site is as it was."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        head = "The upgrade would not go well, so nothing of the site was changed:"
        super().__init__("\n  ".join((head, *self.problems)))


class UpgradeStoppedError(ShopdbError):
    """A migration failed on the site itself, though not on its copy."""

    def __init__(self, stopped: Mapping[str, tuple[str, str]], half_done: Sequence[str], backup: Path) -> None:
        """Say who stopped where, what the failed step left behind, and both ways on."""
        self.half_done = tuple(half_done)
        lines = [f"{owner} stopped before {revision}: {reason}" for owner, (revision, reason) in stopped.items()]
        if self.half_done:
            lines.append("this engine cannot take back what the step had done by then:")
            lines += [f"  {one}" for one in self.half_done]
            lines.append("the version that ran before goes on with these tables as long as nothing of them is gone")
        else:
            lines.append("what the step had done was taken back; the version that ran before goes on with these tables")
        lines.append("mend the cause and run `shopdb upgrade` again, which passes by what is there already")
        lines.append(f"or bring {backup} into an empty database with `shopdb restore`")
        super().__init__("\n  ".join(("The upgrade did not come to its end:", *lines)))
