"""Where foreign code runs: whatever it raises becomes one named fault of one plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shopdb.exceptions import PluginContractError, ResourceDescriptionError
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.rules import fault

LONGEST_REASON = 500


def contained(plugin: str, code: str, doing: str, work: Callable[[], Any]) -> Any:
    """Return what the work returns; `PluginContractError` with the code if it raises, SystemExit included.

    Only the person at the keyboard stops shopdb: KeyboardInterrupt goes through.
    """
    try:
        return work()
    except KeyboardInterrupt:
        raise
    except PluginContractError:
        raise
    except ResourceDescriptionError as contradictory:
        raise PluginContractError(plugin, contradictory.problems) from contradictory
    except BaseException as failure:
        raise PluginContractError(plugin, [fault(code, f"{doing} raised {reason_of(failure)}")]) from failure


def call_hook(plugin: BasePlugin, hook: str, *arguments: Any) -> Any:
    """Return what a plugin's hook returns; `PluginContractError` (P036) if it raises anything."""
    return contained(plugin.meta.name, "P036", f"{hook}()", lambda: getattr(plugin, hook)(*arguments))


def reason_of(failure: BaseException) -> str:
    """Return kind and text of a failure, short enough to be read."""
    told = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
    return told if len(told) <= LONGEST_REASON else f"{told[: LONGEST_REASON - 1]}…"
