"""Errors of installing, switching and removing plugins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shopdb.exceptions.base import ShopdbError


class NotInstallableError(ShopdbError):
    """A plugin cannot be installed here; ``problems`` are all the reasons."""

    def __init__(self, plugin: str, version: str, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n  ".join((f"{plugin} {version} cannot be installed here:", *self.problems)))


class UnvouchedPluginError(ShopdbError):
    """Nobody whom this site trusts has signed a plugin, and nobody here has said that it may come in all the same."""

    def __init__(self, plugin: str, trust: str) -> None:
        """Say what must be typed."""
        signed = "was signed with a key that is not trusted here" if trust == "unknown key" else "is not signed"
        super().__init__(
            f"{plugin} {signed}, and a plugin runs with all rights of shopdb. If you would run it, confirm with its "
            f"name ({plugin}); it stays marked. `shopdb plugin keys` manages whom this site trusts."
        )


class NeededByPluginsError(ShopdbError):
    """A plugin cannot be switched off or removed because others that are switched on need it."""

    def __init__(self, plugin: str, dependents: Iterable[str]) -> None:
        """Name those others."""
        self.dependents = tuple(dependents)
        told = ", ".join(self.dependents)
        super().__init__(f"{plugin} is needed by {told}; switch off or remove {told} first.")


class PluginMissingError(ShopdbError):
    """There is no such plugin, or it is not in the state that was asked for."""

    def __init__(self, plugin: str, wanted: str, known: Iterable[str]) -> None:
        """Say what was wanted of it, and name the plugins that would do."""
        told = ", ".join(sorted(known)) or "no plugin"
        super().__init__(f"{plugin} cannot be {wanted}; that can be done with {told}.")


class NothingToRollBackError(ShopdbError):
    """A plugin has no version before the one that is installed."""

    def __init__(self, plugin: str, version: str) -> None:
        """Say what is here."""
        super().__init__(
            f"{plugin} {version} is the only version that this site knows; there is nothing to roll back to."
        )


class OperationBusyError(ShopdbError):
    """Somebody is installing, switching or removing a plugin of this site right now."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("Somebody is working on this site's plugins right now; try again in a moment.")


class OperationUnfinishedError(ShopdbError):
    """Something that was begun with a plugin has neither been finished nor taken back."""

    def __init__(self, verb: str, plugin: str, step: str, host: str) -> None:
        """Say where it stopped and what ends it."""
        where = f"after the step {step!r}" if step else "before its first step"
        super().__init__(
            f"The {verb} of {plugin} on {host} stopped {where}. Finish it or take it back first: the plugins screen "
            f"has a key for each, or `shopdb plugin recover --finish` and `--take-back`."
        )


class NothingUnfinishedError(ShopdbError):
    """There is nothing to finish or take back."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("Nothing that was done with plugins is unfinished.")


class OperationFailedError(ShopdbError):
    """Something with a plugin did not work; ``left`` is what could not be taken back, empty if all was."""

    def __init__(self, verb: str, plugin: str, step: str, reason: str, left: Sequence[str]) -> None:
        """Say what failed, and how everything stands now."""
        self.reason, self.left = reason, tuple(left)
        told = f"The {verb} of {plugin} failed at the step {step!r}: {reason}"
        if self.left:
            told += "\n  Not everything could be taken back: " + "\n  ".join(self.left)
            told += "\n  `shopdb plugin recover` tries again."
        else:
            told += "\n  Files and tables are as they were before."
        super().__init__(told)


class StillServedError(ShopdbError):
    """Servers still answer with a plugin whose tables are to go."""

    def __init__(self, servers: Sequence[str], seconds: float) -> None:
        """Name them."""
        super().__init__(
            f"still used after {seconds:.0f} s by the servers at {', '.join(servers)}; stop or restart them."
        )


class ExportTargetError(ShopdbError):
    """The folder that a plugin's data is to be written into will not do."""

    def __init__(self, folder: object, reason: str) -> None:
        """Say why."""
        super().__init__(f"The data cannot be written into {folder}: {reason}.")
