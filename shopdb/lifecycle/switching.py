"""Switching plugins on and off: what they bring appears and disappears, what they keep stays."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import NeededByPluginsError, PluginContractError, PluginMissingError
from shopdb.lifecycle.bringing import ENTERED, TRIED, kept_state, state_of, undo_hooks
from shopdb.lifecycle.steps import Course, Outcome, Report, Step, Work, operate
from shopdb.plugins.containment import run_hook
from shopdb.store import journal
from shopdb.store.indexing import forget_resources
from shopdb.store.installed import InstalledState, installed, put_installed
from shopdb.store.session import settle


def enable(shop: Shop, name: str, *, origin: Origin, report: Report) -> Outcome:
    """Switch an installed plugin on; raises `PluginMissingError`, or as `operate`."""
    state = _state(shop, name, enabled=False, wanted="switched on")
    return operate(shop, "enable", name, _facts(state, enabled=True), ENABLING, origin=origin, report=report)


def disable(shop: Shop, name: str, *, origin: Origin, report: Report) -> Outcome:
    """Switch a plugin off; its data stays. A plugin whose hook fails goes all the same, and the log says so.

    Raises `PluginMissingError`, `NeededByPluginsError`, or as `operate`.
    """
    state = _state(shop, name, enabled=True, wanted="switched off")
    refuse_needed(shop, name)
    return operate(shop, "disable", name, _facts(state, enabled=False), DISABLING, origin=origin, report=report)


def refuse_needed(shop: Shop, name: str) -> None:
    """Raise `NeededByPluginsError` if plugins that are loaded need this one."""
    if needed_by := dependents(shop, name):
        raise NeededByPluginsError(name, needed_by)


def dependents(shop: Shop, name: str) -> tuple[str, ...]:
    """Return the loaded plugins that need this one."""
    return tuple(other for other, plugin in shop.plugins.plugins.items() if name in plugin.meta.dependencies)


def leave(work: Work, *hooks: str) -> None:
    """Let a loaded plugin act before it goes; what fails is told, for whatever is broken must be able to go."""
    plugin = work.shop.plugins.plugins.get(work.plugin)
    if plugin is None:
        work.tell(f"its code is not loaded: {' and '.join(hooks)} cannot be called")
        return
    for hook in hooks:
        if hook in work.facts["hooks_done"]:
            continue
        batch = None
        try:
            batch = work.shop.write(work.origin.doing(f"{hook} of {work.plugin}"), partial(_hook, plugin, hook))
        except PluginContractError as fault:
            work.tell(f"{hook} failed, and it goes all the same: {'; '.join(fault.problems)}")
        work.facts["hooks_done"] = {**work.facts["hooks_done"], hook: batch}
        journal.note_facts(work.engine, work.operation_id, work.facts)


def _hook(plugin: Any, hook: str, session: Session) -> int | None:
    run_hook(plugin, hook, session)
    return settle(session)


def _state(shop: Shop, name: str, *, enabled: bool, wanted: str) -> InstalledState:
    with shop.engine.connect() as connection:
        states = {one.name: one for one in installed(connection).values() if one.removed_at is None}
    state = states.get(name)
    if state is None or state.enabled is not enabled:
        raise PluginMissingError(name, wanted, [one.name for one in states.values() if one.enabled is enabled])
    return state


def _facts(state: InstalledState, *, enabled: bool) -> dict[str, Any]:
    return {
        "former": kept_state(state),
        "to_archive": state.archive_id,
        "to_version": state.plugin_version,
        "enabled": enabled,
        "is_new": False,
        "hooks_done": {},
        "tables": list(state.tables),
    }


def _settle(work: Work, session: Session) -> None:
    former = state_of(work.facts["former"])
    assert former is not None
    put_installed(session.connection(), replace(former, enabled=work.facts["enabled"]))
    journal.forget_faults(session.connection(), work.plugin)
    if not work.facts["enabled"]:
        forget_resources(session, former.tables)


def _told(work: Work) -> str:
    return f"{work.plugin} is {'on' if work.facts['enabled'] else 'off; its data is kept'}"


def _leave(work: Work) -> None:
    leave(work, "on_disable")


ENABLING = Course((TRIED, ENTERED), _settle, lambda _work: None, _told)
DISABLING = Course((Step("left", "calling its hook", _leave, undo_hooks),), _settle, lambda _work: None, _told)
