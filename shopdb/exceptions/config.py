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
