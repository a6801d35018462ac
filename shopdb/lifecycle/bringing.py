"""Putting a version of a plugin in the place of what is there: installing, upgrading and rolling back.

All three are one course: files are staged beside their place, tried on a copy, tables migrated, files renamed into
place, hooks called, and at last the rows that make it true for every terminal and server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.exceptions import PluginContractError, ScratchRefusedError
from shopdb.lifecycle.following import keep_data, let_others_follow
from shopdb.lifecycle.steps import Course, Step, Work
from shopdb.lifecycle.tables import own_tables, owner_in, revisions_in
from shopdb.lifecycle.trial import ROWS_NEEDED, Trial, try_out
from shopdb.plugins import placing
from shopdb.plugins.archive import archive_of
from shopdb.plugins.containment import run_hook
from shopdb.plugins.loader import bundled_folder
from shopdb.plugins.unloading import let_go
from shopdb.services.undo import undo
from shopdb.store import journal, migrate
from shopdb.store.base import utc_now
from shopdb.store.indexing import reindex
from shopdb.store.installed import InstalledState, archive_bytes, put_installed
from shopdb.store.revisions import current
from shopdb.store.scratch import empty_scratch, scratch
from shopdb.store.session import settle

# ---------------------------------------------------------------- the files


def _stage(work: Work) -> None:
    archive_id = work.facts["to_archive"]
    if archive_id is None:
        return  # back to what comes with shopdb
    digest = bytes.fromhex(work.facts["to_digest"])
    if placing.is_content(work.place, digest):
        return  # its author installs it where it is written
    with work.engine.connect() as connection:
        archive = archive_of(archive_bytes(connection, archive_id))
    placing.stage(work.parent, work.plugin, archive.files)


def _unstage(work: Work) -> None:
    placing.unstage(work.parent, work.plugin)


def _place(work: Work) -> None:
    if work.facts["to_archive"] is None:
        placing.set_aside(work.parent, work.plugin)
    else:
        placing.put_in_place(work.parent, work.plugin)


def _put_back(work: Work) -> None:
    placing.put_back(work.parent, work.plugin, had_files=work.facts["had_files"])


def _new_folder(work: Work) -> Path:
    """Return where the files of the version that comes lie at this point."""
    if work.facts["to_archive"] is None and (work.verb == "rollback" or not work.place.exists()):
        return bundled_folder() / work.plugin
    waiting = placing.staged(work.parent, work.plugin)
    return waiting if waiting.exists() else work.place


def _former_folder(work: Work) -> Path:
    """Return where the files of the version that goes lie at this point."""
    aside = placing.old(work.parent, work.plugin)
    if aside.exists():
        return aside
    return work.place if work.facts["had_files"] else bundled_folder() / work.plugin


# ---------------------------------------------------------------- the trial


def _try(work: Work) -> None:
    trial = tried(work.shop, work.engine, work.plugin, _new_folder(work), work.tell)
    work.log += [f"plugin says: {line}" for line in trial.log.splitlines()]
    work.log += [f"schema: {told}" for told in trial.schema]
    if not trial.ok:
        raise PluginContractError(work.plugin, trial.problems)


def tried(shop: Shop, engine: Engine, plugin: str, folder: Path, tell: Callable[[str], None]) -> Trial:
    """Return how a plugin does on a scratch copy of the database; on an empty one where no copy may be made."""
    try:
        with scratch(engine, rows_of=[*ROWS_NEEDED, *own_tables(engine, plugin)]) as copy:
            return _tried_on(shop, copy, folder, tell)
    except ScratchRefusedError as refused:
        tell(f"the rehearsal on a copy of this database was not possible, an empty one is taken: {refused}")
    with empty_scratch(create_engine("sqlite://")) as empty:
        return _tried_on(shop, empty, folder, tell)


def _tried_on(shop: Shop, copy: Engine, folder: Path, tell: Callable[[str], None]) -> Trial:
    url = copy.url.render_as_string(hide_password=False)
    return try_out(shop.settings, folder, scratch_url=url, report=lambda doing: tell(f"rehearsal: {doing}"))


# ---------------------------------------------------------------- the tables


def _migrate(work: Work) -> None:
    owner = owner_in(work.plugin, _new_folder(work))
    if owner is not None:
        migrate.upgrade(work.engine, [owner], lambda step: work.tell(f"{step.revision}: {step.title}"))


def _migrate_back(work: Work) -> None:
    if not work.facts["from_revision"]:
        migrate.drop_tables(work.engine, own_tables(work.engine, work.plugin) - set(work.facts["own_tables"]))
        return
    owner = owner_in(work.plugin, _new_folder(work))
    if owner is not None:
        migrate.take_back(work.engine, owner, work.facts["from_revision"])


def _downgrade(work: Work) -> None:
    """Take the tables back to what the version before knows, by the revisions of the version that goes."""
    owner = owner_in(work.plugin, _former_folder(work))
    if owner is None:
        return
    known = {one.id for one in revisions_in(work.plugin, _new_folder(work))}
    both = [one.id for one in revisions_in(work.plugin, _former_folder(work)) if one.id in known]
    if not both:
        migrate.drop_tables(work.engine, own_tables(work.engine, work.plugin))
    elif current(work.engine, [owner])[owner.name] != both[-1]:
        migrate.take_back(work.engine, owner, both[-1])


def _upgrade_again(work: Work) -> None:
    owner = owner_in(work.plugin, _former_folder(work))
    if owner is not None:
        migrate.upgrade(work.engine, [owner])


# ---------------------------------------------------------------- the code


def _enter(work: Work) -> None:
    """Load the new code, and let it act before its contributions appear."""
    shop = work.shop.renewed(entering=work.plugin)
    try:
        if work.plugin not in shop.plugins.plugins:
            left_out = shop.plugins.left_out.get(work.plugin)
            raise PluginContractError(work.plugin, left_out.reasons if left_out else ["it is not there"])
        plugin = shop.plugins.plugin(work.plugin)
        work.facts["tables"] = list(shop.plugins.tables_of(work.plugin))
        hooks = ["on_install"] if work.facts["is_new"] else []
        hooks += ["on_enable"] if work.facts["enabled"] else []
        for hook in hooks:
            if hook not in work.facts["hooks_done"]:
                origin = work.origin.doing(f"{hook.removeprefix('on_')} plugin {work.plugin}")
                batch = shop.write(origin, partial(_hook, plugin, hook))
                work.facts["hooks_done"] = {**work.facts["hooks_done"], hook: batch}
                journal.note_facts(work.engine, work.operation_id, work.facts)
        resources = [one for one in shop.plugins.resources if one.plugin == work.plugin]
        if work.facts["enabled"]:
            shop.write(work.origin.doing("search index"), lambda session: reindex(session, resources))
    finally:
        let_go(shop.engine, shop.plugins, work.shop.plugins)


def _hook(plugin: Any, hook: str, session: Session) -> int | None:
    run_hook(plugin, hook, session)
    return settle(session)


def undo_hooks(work: Work) -> None:
    """Take back what lifecycle hooks wrote."""
    for hook, batch in reversed(list(work.facts["hooks_done"].items())):
        if batch is not None:
            origin = work.origin.doing(f"take {hook} of {work.plugin} back")
            work.shop.write(origin, partial(undo, batch_id=batch))
        del work.facts["hooks_done"][hook]


# ---------------------------------------------------------------- the end


def _settle(work: Work, session: Session) -> None:
    facts, connection = work.facts, session.connection()
    former = state_of(facts["former"])
    state = InstalledState(
        name=work.plugin,
        plugin_version=facts["to_version"],
        enabled=facts["enabled"],
        content_digest=bytes.fromhex(facts["to_digest"]),
        installed_at=utc_now() if former is None or former.removed_at else former.installed_at,
        trust=facts["trust"],
        signer=facts["signer"],
        archive_id=facts["to_archive"],
        previous_id=former.archive_id if former is not None and work.verb == "upgrade" else None,
        tables=tuple(facts["tables"]),
    )
    put_installed(connection, state)
    journal.forget_faults(connection, work.plugin)


def _tidy(work: Work) -> None:
    placing.forget_old(work.parent, work.plugin)
    placing.unstage(work.parent, work.plugin)


def _told(work: Work) -> str:
    version, former = work.facts["to_version"], work.facts["from_version"]
    if work.verb == "install":
        return f"{work.plugin} {version} is installed and {'on' if work.facts['enabled'] else 'off'}"
    done = "rolled back" if work.verb == "rollback" else "upgraded"
    return f"{work.plugin} is {done} from {former} to {version}"


def state_of(kept: dict[str, Any] | None) -> InstalledState | None:
    """Return a plugin's row as it was, from a journal's facts."""
    if kept is None:
        return None
    moments = {name: kept[name] and datetime.fromisoformat(kept[name]) for name in ("installed_at", "removed_at")}
    digest = kept["content_digest"] and bytes.fromhex(kept["content_digest"])
    return InstalledState(**{**kept, **moments, "content_digest": digest, "tables": tuple(kept["tables"])})


def kept_state(state: InstalledState | None) -> dict[str, Any] | None:
    """Return a plugin's row as a journal's facts keep it."""
    if state is None:
        return None
    kept = asdict(state)
    for name in ("installed_at", "removed_at"):
        kept[name] = kept[name] and kept[name].isoformat()
    kept["content_digest"] = kept["content_digest"] and kept["content_digest"].hex()
    return kept


_STAGED = Step("staged", "putting the files beside their place", _stage, _unstage)
TRIED = Step("tried", "rehearsing on a copy", _try)
_PLACED = Step("placed", "putting the files in place", _place, _put_back)
ENTERED = Step("entered", "loading it and calling its hooks", _enter, undo_hooks)

BRINGING = Course(
    (_STAGED, TRIED, Step("migrated", "migrating its tables", _migrate, _migrate_back), _PLACED, ENTERED),
    _settle,
    _tidy,
    _told,
)
ROLLING_BACK = Course(
    (
        Step("exported", "keeping a copy of its data", keep_data),
        _STAGED,
        _PLACED,
        Step("switched", "letting every server follow", let_others_follow),
        Step("migrated", "taking its tables back", _downgrade, _upgrade_again),
        ENTERED,
    ),
    _settle,
    _tidy,
    _told,
)
