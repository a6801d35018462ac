"""Installing, upgrading and rolling back: which version of a plugin a site has."""

from __future__ import annotations

from typing import Any

from packaging.version import Version

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import (
    NothingToRollBackError,
    NotInstallableError,
    PluginMissingError,
    UnvouchedPluginError,
)
from shopdb.lifecycle.bringing import BRINGING, ROLLING_BACK, kept_state, tried
from shopdb.lifecycle.inspection import Inspection
from shopdb.lifecycle.steps import Outcome, Progress, Report, operate, patient
from shopdb.lifecycle.tables import own_tables, revision_of
from shopdb.lifecycle.trial import Trial
from shopdb.plugins import placing
from shopdb.plugins.archive import archive_of
from shopdb.plugins.loader import bundled_folder, discover
from shopdb.store.installed import InstalledState, archive_bytes, installed, keep_archive, kept_archive


def install(
    shop: Shop, found: Inspection, *, origin: Origin, report: Report, confirmed: str = "", enabled: bool = True
) -> Outcome:
    """Install an inspected plugin, or upgrade to it, and switch it on at once.

    ``confirmed`` is its name, typed by somebody who would run it, where nobody whom this site trusts has signed it. A
    plugin that was off before an upgrade stays off. Raises `NotInstallableError`, `UnvouchedPluginError`, or as
    `operate`.
    """
    origin.require("plugins.install")
    archive = found.archive
    refuse(found, confirmed)
    former = _states(shop).get(archive.name)
    is_new = former is None or former.removed_at is not None
    facts = _facts(shop, archive.name, former) | {
        "to_archive": None if found.is_bundled else _keep(shop, found, origin.actor),
        "to_version": archive.meta.version,
        "to_digest": archive.digest.hex(),
        "trust": "bundled" if found.is_bundled else found.trust.state,
        "signer": found.trust.signer,
        "enabled": enabled if is_new or former is None else former.enabled,
        "is_new": is_new,
    }
    return operate(
        shop, "install" if is_new else "upgrade", archive.name, facts, BRINGING, origin=origin, report=report
    )


def refuse(found: Inspection, confirmed: str) -> None:
    """Raise `NotInstallableError` or `UnvouchedPluginError` unless an inspected plugin may come in."""
    if found.problems:
        raise NotInstallableError(found.archive.name, found.archive.meta.version, found.problems)
    if found.needs_confirmation and confirmed != found.archive.name:
        raise UnvouchedPluginError(found.archive.name, found.trust.state)


def rehearse(shop: Shop, found: Inspection, report: Report) -> Trial:
    """Return how an inspected plugin does on a copy of the database; nothing of the site is changed. It runs there."""
    parent = shop.settings.home / "rehearsals"
    name = found.archive.name

    def tell(told: str) -> None:
        report(Progress(1, 1, told))

    try:
        folder = placing.stage(parent, name, found.archive.files)
        with patient(shop) as engine:
            return tried(shop, engine, name, folder, tell)
    finally:
        placing.unstage(parent, name)


def rollback(shop: Shop, name: str, *, origin: Origin, report: Report) -> Outcome:
    """Return to the version of a plugin before the one that is installed, tables included; its data is kept first.

    Raises `PluginMissingError`, `NothingToRollBackError`, or as `operate`.
    """
    origin.require("plugins.install")
    states = _states(shop)
    former = states.get(name)
    if former is None or former.removed_at is not None:
        raise PluginMissingError(name, "rolled back", rollbacks(shop))
    facts = _facts(shop, name, former) | {"enabled": former.enabled, "is_new": False} | _target(shop, former)
    return operate(shop, "rollback", name, facts, ROLLING_BACK, origin=origin, report=report)


def rollbacks(shop: Shop) -> dict[str, str]:
    """Return the plugins that can be rolled back, with the version that each would return to."""
    with shop.engine.connect() as connection:
        states = installed(connection).values()
        kept = {one.name: kept_archive(connection, one.previous_id) for one in states if one.previous_id is not None}
    found = {name: archive.plugin_version for name, archive in kept.items() if archive is not None}
    for plugin in discover([bundled_folder()]):
        state = next((one for one in states if one.name == plugin.name), None)
        is_covered = state is not None and state.archive_id is not None and state.previous_id is None
        if is_covered and state is not None and plugin.meta and _is_older(plugin.meta.version, state):
            found[plugin.name] = plugin.meta.version
    return found


def _target(shop: Shop, former: InstalledState) -> dict[str, Any]:
    """Return what the version before is: a kept archive, or what comes with shopdb."""
    with shop.engine.connect() as connection:
        kept = kept_archive(connection, former.previous_id) if former.previous_id is not None else None
        raw = archive_bytes(connection, kept.id) if kept is not None else b""
    if kept is not None:
        archive = archive_of(raw)
        return {
            "to_archive": kept.id,
            "to_version": kept.plugin_version,
            "to_digest": archive.digest.hex(),
            "trust": kept.trust,
            "signer": kept.signer,
        }
    bundled = {found.name: found for found in discover([bundled_folder()])}.get(former.name)
    if bundled is None or bundled.meta is None or former.archive_id is None:
        raise NothingToRollBackError(former.name, former.plugin_version)
    return {
        "to_archive": None,
        "to_version": bundled.meta.version,
        "to_digest": bundled.digest.hex(),
        "trust": "bundled",
        "signer": "",
    }


def _keep(shop: Shop, found: Inspection, by: str) -> int:
    """Keep the archive for every host and every later day, and return its number."""
    return keep_archive(
        shop.engine,
        found.archive.raw,
        name=found.archive.name,
        plugin_version=found.archive.meta.version,
        content_digest=found.archive.digest,
        trust=found.trust.state,
        signer=found.trust.signer,
        by=by,
    )


def _facts(shop: Shop, name: str, former: InstalledState | None) -> dict[str, Any]:
    return {
        "former": kept_state(former),
        "from_version": former.plugin_version if former is not None else "",
        "from_revision": revision_of(shop.engine, name),
        "own_tables": sorted(own_tables(shop.engine, name)),
        "had_files": (shop.settings.plugin_dirs[0] / name).exists(),
        "hooks_done": {},
        "tables": [],
    }


def _states(shop: Shop) -> dict[str, InstalledState]:
    with shop.engine.connect() as connection:
        return installed(connection)


def _is_older(version: str, state: InstalledState) -> bool:
    return Version(version) < Version(state.plugin_version)
