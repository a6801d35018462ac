"""How every plugin of a site stands, as the plugins screen and `shopdb plugin list` tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.version import Version

from shopdb.boot import Shop
from shopdb.lifecycle.inspection import OFFERS, Offer, offers
from shopdb.lifecycle.switching import dependents
from shopdb.lifecycle.versions import rollbacks
from shopdb.plugins.loader import bundled_folder
from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.placing import changed_files
from shopdb.plugins.registry import Registry
from shopdb.store import journal
from shopdb.store.installed import InstalledState, installed
from shopdb.store.journal import NotedFault

State = Literal["enabled", "disabled", "left out", "not installed", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginState:
    """One plugin; a fault of it is in ``reasons`` as this program sees it, in ``faults`` as any program noted it.

    ``changed`` are the files that somebody changed on disk since it was installed; ``update`` is a higher version in
    the folder of archives, ``older`` the version that a rollback returns to. ``brings`` counts what it contributes.
    """

    name: str
    version: str
    description: str
    state: State
    faulty: bool = False
    reasons: tuple[str, ...] = ()
    faults: tuple[NotedFault, ...] = ()
    contract: str = ""
    author: str = ""
    homepage: str = ""
    dependencies: Mapping[str, str]
    needed_by: tuple[str, ...] = ()
    trust: str = ""
    signer: str = ""
    bundled: bool = False
    changed: tuple[str, ...] = ()
    update: Offer | None = None
    older: str = ""
    tables: tuple[str, ...] = ()
    brings: Mapping[str, int]
    folder: Path | None = None


def plugin_states(shop: Shop) -> tuple[PluginState, ...]:
    """Return every plugin that is here, or was and left its data, by name."""
    with shop.engine.connect() as connection:
        rows = installed(connection)
        faults = journal.faults(connection)
    registry = shop.plugins
    names = sorted({*registry.plugins, *registry.left_out, *rows})
    offered = {offer.name: offer for offer in offers(shop.settings.home / OFFERS)}
    older = rollbacks(shop)
    return tuple(
        _state(
            name,
            registry,
            rows.get(name),
            update=offered.get(name),
            older=older.get(name, ""),
            faults=tuple(fault for fault in faults if fault.plugin == name),
            needed_by=dependents(shop, name),
        )
        for name in names
    )


def new_offers(shop: Shop) -> tuple[Offer, ...]:
    """Return the archives in the site's folder of archives whose plugins this site does not have in that version."""
    with shop.engine.connect() as connection:
        rows = installed(connection)
    here = {name: Version(row.plugin_version) for name, row in rows.items() if row.removed_at is None}
    return tuple(
        offer
        for offer in offers(shop.settings.home / OFFERS)
        if offer.name not in here or Version(offer.version) > here[offer.name]
    )


def _state(
    name: str,
    registry: Registry,
    row: InstalledState | None,
    *,
    update: Offer | None,
    older: str,
    faults: tuple[NotedFault, ...],
    needed_by: tuple[str, ...],
) -> PluginState:
    left_out = registry.left_out.get(name)
    meta = registry.plugins[name].meta if name in registry.plugins else left_out.meta if left_out else None
    folder = meta.folder if meta else left_out.folder if left_out else None
    version = meta.version if meta else row.plugin_version if row else ""
    is_newer = update is not None and bool(version) and Version(update.version) > Version(version)
    return PluginState(
        name=name,
        version=version,
        description=meta.description if meta else "",
        state=_word(name, registry, row),
        faulty=left_out is not None and left_out.faulty,
        reasons=left_out.reasons if left_out is not None else (),
        faults=faults,
        contract=meta.core_version if meta else "",
        author=meta.author if meta else "",
        homepage=meta.homepage if meta else "",
        dependencies=meta.dependencies if meta else {},
        needed_by=needed_by,
        trust=row.trust if row else "",
        signer=row.signer if row else "",
        bundled=folder is not None and folder.parent == bundled_folder(),
        changed=_changed(name, registry, row, folder),
        update=update if is_newer else None,
        older=older,
        tables=row.tables if row else (),
        brings=_brings(name, registry, meta),
        folder=folder,
    )


def _word(name: str, registry: Registry, row: InstalledState | None) -> State:
    """Return the state by what the database says, which also holds where no plugin at all was loaded."""
    if name in registry.plugins:
        return "enabled"
    if row is None:
        return "not installed"
    if row.removed_at is not None:
        return "removed"
    return "left out" if row.enabled else "disabled"


def _changed(name: str, registry: Registry, row: InstalledState | None, folder: Path | None) -> tuple[str, ...]:
    found = registry.digests.get(name)
    if row is None or row.removed_at or folder is None or found is None or found == row.content_digest:
        return ()
    return changed_files(folder) if row.archive_id is not None else ("its files",)


def _brings(name: str, registry: Registry, meta: PluginMeta | None) -> dict[str, int]:
    found = registry.contributions.get(name)
    if found is None or meta is None:
        return {}
    counts = {
        "tables": len(registry.tables_of(name)),
        "record types": len(found.resources),
        "screens": len(found.screens),
        "navigation entries": len(found.navigation),
        "widgets": len(found.widgets),
        "permissions": len(meta.permissions),
        "services": len(found.services),
        "collectors": int(found.collector_schema is not None),
    }
    return {what: count for what, count in counts.items() if count}
