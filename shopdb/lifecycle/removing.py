"""Removing a plugin: its code goes; its data is kept, or goes after a copy of it was written."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from sqlalchemy import func, select, table
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import ExportTargetError, PluginMissingError
from shopdb.lifecycle.bringing import kept_state, state_of, undo_hooks
from shopdb.lifecycle.following import backups, let_others_follow, write_data
from shopdb.lifecycle.steps import Course, Outcome, Report, Step, Work, operate
from shopdb.lifecycle.switching import leave, refuse_needed
from shopdb.lifecycle.tables import data_tables, own_tables, owner_in, revision_of
from shopdb.plugins import placing
from shopdb.plugins.loader import bundled_folder
from shopdb.services.undo import undo
from shopdb.store import changes, journal, migrate
from shopdb.store.base import utc_now
from shopdb.store.dump import import_tables
from shopdb.store.engine import writing_engine
from shopdb.store.indexing import forget_resources
from shopdb.store.installed import InstalledState, forget_installed, installed, put_installed
from shopdb.store.models import Asset, AssetType, Setting
from shopdb.store.schema import table_of
from shopdb.store.session import settle

Choice = Literal["keep", "export", "drop"]
CHOICES: tuple[Choice, ...] = get_args(Choice)


def uninstall(
    shop: Shop, name: str, choice: Choice, *, origin: Origin, report: Report, folder: Path | None = None
) -> Outcome:
    """Remove a plugin, and do with its data as chosen.

    "keep" leaves it in the database; "export" writes a copy into ``folder``, "drop" one among the site's backups, and
    then it goes. Raises `PluginMissingError`, `NeededByPluginsError`, `ExportTargetError`, or as `operate`.
    """
    origin.require("plugins.install")
    state = _state(shop, name)
    refuse_needed(shop, name)
    if choice == "export" and folder is not None and folder.exists() and not folder.is_dir():
        raise ExportTargetError(folder, "it is not a folder")
    facts = {
        "former": kept_state(state),
        "from_version": state.plugin_version,
        "from_revision": revision_of(shop.engine, name),
        "choice": choice,
        "folder": str((folder or backups(shop)).absolute() if choice == "export" else backups(shop)),
        "had_files": (shop.settings.plugin_dirs[0] / name).exists(),
        "tables": sorted({*state.tables, *own_tables(shop.engine, name)}),
        "hooks_done": {},
    }
    course = KEEPING if choice == "keep" else DROPPING
    return operate(shop, "uninstall", name, facts, course, origin=origin, report=report)


def what_would_go(shop: Shop, name: str) -> dict[str, int]:
    """Return how many rows each table of a plugin has, for whoever has to choose."""
    state = _state(shop, name, "looked into")
    tables = sorted(data_tables(shop.engine, state.name))
    with shop.engine.connect() as connection:
        return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in tables}


def _state(shop: Shop, name: str, wanted: str = "removed") -> InstalledState:
    with shop.engine.connect() as connection:
        states = installed(connection)
    state = states.get(name)
    if state is None:
        raise PluginMissingError(name, wanted, states)
    return state


# ---------------------------------------------------------------- the steps


def _leave(work: Work) -> None:
    leave(work, "on_disable", "on_uninstall")


def _switch_off(work: Work) -> None:
    former = state_of(work.facts["former"])
    assert former is not None
    with writing_engine(work.engine).begin() as connection:
        put_installed(connection, replace(former, enabled=False))
    let_others_follow(work)


def _switch_back(work: Work) -> None:
    former = state_of(work.facts["former"])
    assert former is not None
    with writing_engine(work.engine).begin() as connection:
        put_installed(connection, former)


def _write(work: Work) -> None:
    if "exported" not in work.facts and own_tables(work.engine, work.plugin):
        path = write_data(work.shop, work.engine, work.plugin, Path(work.facts["folder"]))
        work.facts["exported"] = str(path)
        work.facts["rows"] = what_would_go(work.shop, work.plugin)
        work.tell(f"its data is in {path}")


def _clean(work: Work) -> None:
    """Take what core keeps for the plugin away: settings, its marks on assets, its entries of the search index."""
    if "cleaned" not in work.facts:
        origin = work.origin.doing(f"take the traces of {work.plugin} away")
        work.facts["cleaned"] = work.shop.write(origin, partial(_cleaned, work))
        journal.note_facts(work.engine, work.operation_id, work.facts)


def _cleaned(work: Work, session: Session) -> int | None:
    connection, tables = session.connection(), work.facts["tables"]
    for marked in (table_of(Asset), table_of(AssetType)):
        rows = connection.execute(select(marked).where(marked.c.resource.in_(tables)).with_for_update()).mappings()
        changes.update_rows(session, marked, [dict(row) for row in rows], {"resource": None})
    settings = table_of(Setting)
    mine = settings.c.key.startswith(f"plugin.{work.plugin}.", autoescape=True)
    rows = connection.execute(select(settings).where(mine).with_for_update()).mappings()
    changes.delete_rows(session, settings, [dict(row) for row in rows])
    batch = settle(session)
    forget_resources(session, tables)
    return batch


def _restore_traces(work: Work) -> None:
    batch = work.facts.pop("cleaned", None)
    if batch is not None:
        work.shop.write(work.origin.doing(f"put the traces of {work.plugin} back"), partial(undo, batch_id=batch))


def _drop(work: Work) -> None:
    owner = owner_in(work.plugin, _folder(work))
    if owner is not None and revision_of(work.engine, work.plugin):
        migrate.take_back(work.engine, owner, "")
    migrate.drop_tables(work.engine, own_tables(work.engine, work.plugin))


def _restore(work: Work) -> None:
    """Make the tables anew and put their rows back; a kill may have come before, in the midst of, or after dropping."""
    owner = owner_in(work.plugin, _folder(work))
    if not work.facts.get("exported") or owner is None:
        return
    migrate.drop_tables(work.engine, own_tables(work.engine, work.plugin))
    migrate.upgrade(work.engine, [owner])
    migrate.empty_tables(work.engine, data_tables(work.engine, work.plugin))
    import_tables(work.engine, Path(work.facts["exported"]))


def _folder(work: Work) -> Path:
    aside = placing.old(work.parent, work.plugin)
    if aside.exists():
        return aside
    return work.place if work.place.exists() else bundled_folder() / work.plugin


def _remove(work: Work) -> None:
    placing.set_aside(work.parent, work.plugin)


def _put_back(work: Work) -> None:
    placing.put_back(work.parent, work.plugin, had_files=work.facts["had_files"])


# ---------------------------------------------------------------- the end


def _settle(work: Work, session: Session) -> None:
    former = state_of(work.facts["former"])
    assert former is not None
    journal.forget_faults(session.connection(), work.plugin)
    if work.facts["choice"] == "keep" and work.facts["tables"]:
        put_installed(session.connection(), replace(former, enabled=False, removed_at=utc_now()))
        forget_resources(session, former.tables)
    else:
        forget_installed(session.connection(), work.plugin)


def _tidy(work: Work) -> None:
    placing.forget_old(work.parent, work.plugin)


def _told(work: Work) -> str:
    if work.facts["choice"] == "keep":
        return f"{work.plugin} is removed; its data is kept"
    exported = work.facts.get("exported")
    return f"{work.plugin} is removed with its data" + (f"; a copy is in {exported}" if exported else "")


_LEFT = Step("left", "calling its hooks", _leave, undo_hooks)
_SWITCHED = Step("switched", "letting every server do without it", _switch_off, _switch_back)
_REMOVED = Step("removed", "putting its files aside", _remove, _put_back)

KEEPING = Course((_LEFT, _SWITCHED, _REMOVED), _settle, _tidy, _told)
DROPPING = Course(
    (
        _LEFT,
        _SWITCHED,
        Step("written", "writing a copy of its data", _write),
        Step("cleaned", "taking its traces away", _clean, _restore_traces),
        Step("dropped", "dropping its tables", _drop, _restore),
        _REMOVED,
    ),
    _settle,
    _tidy,
    _told,
)
