"""Errors of trying a plugin."""

from __future__ import annotations

from shopdb.exceptions.base import ShopdbError
from shopdb.exceptions.plugins import PluginContractError


class TrialNotPossibleError(ShopdbError):
    """A plugin could not be tried, for a reason that is not the plugin's."""

    def __init__(self, reason: str) -> None:
        """Say why; nothing was installed."""
        super().__init__(f"The plugin could not be tried: {reason}")


class OvertimeError(PluginContractError):
    """Something of a plugin does not end; it may hold whatever it has, so that nothing can be tried after it."""
