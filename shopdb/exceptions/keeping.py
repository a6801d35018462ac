"""Errors of backups: making them, reading them back, bringing them into a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shopdb.exceptions.base import ShopdbError


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

    def __init__(self, full: Mapping[str, int], missing: tuple[str, ...]) -> None:
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
