"""Errors of plugins and their contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

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
