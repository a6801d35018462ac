"""What comes before anything that cannot be had back: a copy of the data, and no server that still uses it."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Engine

from shopdb import __contract_version__, __version__
from shopdb.boot import Shop
from shopdb.exceptions import StillServedError
from shopdb.lifecycle.steps import Work
from shopdb.lifecycle.tables import data_tables, revision_of
from shopdb.store import journal
from shopdb.store.base import utc_now
from shopdb.store.dump import Facts, export_tables
from shopdb.store.engine import writing_engine

FOLLOW_SECONDS = 30.0
LOOK_SECONDS = 0.1


def let_others_follow(work: Work) -> None:
    """Make a new generation and wait until every running server answers with it; raises `StillServedError`."""
    work.facts["bumped"] = True
    journal.note_facts(work.engine, work.operation_id, work.facts)
    with writing_engine(work.engine).begin() as connection:
        wanted = journal.bump_generation(connection, work.operation_id)
    give_up = time.monotonic() + FOLLOW_SECONDS
    while True:
        with work.engine.connect() as connection:
            behind = journal.servers_behind(connection, wanted)
        if not behind:
            return
        if time.monotonic() > give_up:
            raise StillServedError(behind, FOLLOW_SECONDS)
        time.sleep(LOOK_SECONDS)


def keep_data(work: Work) -> None:
    """Write the plugin's tables into a file among the site's backups, unless that is done."""
    if "exported" not in work.facts:
        work.facts["exported"] = str(write_data(work.shop, work.engine, work.plugin, backups(work.shop)))
        work.tell(f"its data is kept in {work.facts['exported']}")


def backups(shop: Shop) -> Path:
    """Return the folder in which the data of plugins is kept before something is done to it."""
    return shop.settings.home / "backups" / "plugins"


def write_data(shop: Shop, engine: Engine, plugin: str, folder: Path) -> Path:
    """Write the tables of a plugin into a file in the folder and return its path; its code is not needed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = Facts(
        kind="tables",
        made_at=utc_now(),
        application=__version__,
        contract=__contract_version__,
        site=shop.settings.site_name,
        revisions={plugin: revision_of(engine, plugin)},
        about={"name": plugin},
    )
    return export_tables(engine, data_tables(engine, plugin), folder, facts)
