"""Errors of plugins and their contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from shopdb.exceptions.base import ShopdbError


class PluginError(ShopdbError):
    """A plugin that cannot be used; ``problems`` are all of its faults, each with its permanent code."""

    def __init__(self, plugin: str, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.plugin = plugin
        self.problems = tuple(problems)
        super().__init__("\n  ".join((f"The plugin {plugin} cannot be used:", *self.problems)))


class PluginContractError(PluginError):
    """A plugin breaks the contract of docs/PLUGIN-HOOKS.md."""


class PluginVersionError(PluginError):
    """A plugin was written for another version of the contract."""


class PluginDependencyError(PluginError):
    """A plugin needs another that is not there, not in the right version, or that needs it in turn."""


class SelfTestFailedError(ShopdbError):
    """A renewed server does not answer as it must; ``problems`` are those of each plugin, or of "core"."""

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        """Name every problem."""
        self.problems = problems
        told = "; ".join(one for each in problems.values() for one in each)
        super().__init__(f"The renewed server does not answer as it must: {told}.")


class PluginNotFoundError(ShopdbError):
    """No plugin of this name is loaded."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the plugins that there are."""
        super().__init__(f"There is no plugin {name!r} here; there are {', '.join(sorted(known)) or 'none'}.")


class ServiceNotFoundError(ShopdbError):
    """No loaded plugin offers a service under this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the nearest services, or all."""
        choices = sorted(known)
        near = get_close_matches(name, choices, n=3) or choices
        super().__init__(f"No plugin offers the service {name!r}; there are {', '.join(near) or 'none'}.")


class SettingKeyError(ShopdbError):
    """A plugin asked for a setting under a key that cannot be one."""

    def __init__(self, plugin: str, key: str) -> None:
        """Say what a key looks like."""
        super().__init__(
            f"{key!r} cannot be a setting of {plugin}; a key is at most 80 of a-z, 0-9, _ and ., a letter first."
        )


class NoShopHereError(ShopdbError):
    """Plugin code asked for the shop outside of a request or command that grants it."""

    def __init__(self) -> None:
        """Say where the helpers work."""
        super().__init__(
            "read_shop and write_shop work in a plugin's endpoints and commands; "
            "a screen uses the context that it is given."
        )


class ArchiveRefusedError(ShopdbError):
    """A zip or folder that cannot be installed; ``problems`` are all that is wrong, each with its permanent code."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.where = where
        self.problems = tuple(problems)
        super().__init__("\n  ".join((f"{where} cannot be taken as a plugin:", *self.problems)))


class KeyFileError(ShopdbError):
    """A file cannot be written as, or does not hold, a private key."""

    def __init__(self, path: Path, reason: str) -> None:
        """Say which file, and why; never what is in it."""
        super().__init__(f"The key file {path} {reason}.")


class KeyFileOpenError(KeyFileError):
    """A private key that others may read: it may have been copied."""

    def __init__(self, path: Path, mode: int) -> None:
        """Say who may, and what closes it."""
        super().__init__(path, f"can be read by others (mode {mode:04o}); close it with: chmod 600 {path}")


class PublicKeyRefusedError(ShopdbError):
    """A text is no public key."""

    def __init__(self) -> None:
        """Say what one looks like; the text itself may be a private key that was pasted by mistake."""
        super().__init__("This is not a public key of Ed25519: 44 characters in base64 that end in =.")


class KeyTrustedError(ShopdbError):
    """A public key is trusted already, under another name."""

    def __init__(self, name: str) -> None:
        """Say under which."""
        super().__init__(f"This key is trusted already, as {name!r}.")


class TrustedKeyNotFoundError(ShopdbError):
    """No trusted key bears this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name those that there are."""
        super().__init__(f"There is no trusted key {name!r}; there are {', '.join(sorted(known)) or 'none'}.")
