"""Where foreign code runs: whatever it raises becomes one named fault of one plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopdb.exceptions import PluginContractError, ResourceDescriptionError
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.rules import fault
from shopdb.store.engine import is_transient

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


def run_hook(plugin: BasePlugin, hook: str, session: Session) -> None:
    """Call a lifecycle hook; `PluginContractError` unless the database was only busy, which raises what it raised."""
    try:
        call_hook(plugin, hook, session)
    except PluginContractError as fault:
        if isinstance(fault.__cause__, DBAPIError) and is_transient(fault.__cause__):
            raise fault.__cause__ from None
        raise


def reason_of(failure: BaseException) -> str:
    """Return kind and text of a failure, short enough to be read."""
    told = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
    return told if len(told) <= LONGEST_REASON else f"{told[: LONGEST_REASON - 1]}…"
