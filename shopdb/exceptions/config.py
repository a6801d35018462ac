"""Errors of configuration and secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shopdb.exceptions.base import ShopdbError


class ConfigError(ShopdbError):
    """Settings that cannot be used; ``problems`` names every wrong key with its fix."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        counted = "1 setting" if len(self.problems) == 1 else f"{len(self.problems)} settings"
        super().__init__("\n  ".join((f"{counted} cannot be used:", *self.problems)))


class CredentialDirectoryError(ShopdbError):
    """A secret that systemd or a container provides cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        """Say which file of $CREDENTIALS_DIRECTORY."""
        super().__init__(f"The provided credential {path} cannot be read ({reason}); mend what provides it.")


class KeyringSilentError(ShopdbError):
    """The keyring of this host failed or did not answer in time."""

    def __init__(self, reason: str) -> None:
        """Keep what the back end said."""
        super().__init__(f"The keyring of this host did not answer ({reason}); unlock it and try again.")


class NoAccountsError(ShopdbError):
    """Database accounts were asked for where there are none."""

    def __init__(self, file: Path) -> None:
        """Say what stands for them."""
        super().__init__(
            f"{file} is a SQLite file, which knows no accounts: whoever can read and write the file may do everything. "
            "Its owner and mode are the grants (`chmod 600`); MariaDB and MySQL have accounts."
        )


class FaultsFoundError(ShopdbError):
    """The doctor found what keeps a site from working, or from being trusted."""

    def __init__(self, names: Sequence[str]) -> None:
        """Name what was examined and found faulty."""
        counted = "1 fault" if len(names) == 1 else f"{len(names)} faults"
        super().__init__(f"{counted}: {', '.join(names)}; what to do stands under each.")
