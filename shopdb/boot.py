"""``open_shop(settings)``: the one place where settings, database and plugins meet."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopdb.config import KEYS, Settings
from shopdb.domain.access import SYSTEM, Origin
from shopdb.domain.catalog import Catalog
from shopdb.exceptions import (
    DatabaseUnreachableError,
    NoSiteError,
    PluginContractError,
    SchemaBehindError,
    StaleRowError,
)
from shopdb.plugins.containment import run_hook
from shopdb.plugins.loader import bundled_folder, load
from shopdb.plugins.registry import Registry
from shopdb.plugins.standing import not_chosen, settled, switched_off
from shopdb.services import setup
from shopdb.store import journal, revisions
from shopdb.store.base import Base, tables_of, utc_now
from shopdb.store.core_resources import CORE_RESOURCES
from shopdb.store.engine import is_mysql, is_transient, open_engine, told_if_denied, writing_engine
from shopdb.store.installed import InstalledState, installed, put_installed
from shopdb.store.left_behind import left_resources, tables_of_resources
from shopdb.store.models import Setting
from shopdb.store.schema import Schema, make_schema
from shopdb.store.session import reading_sessions, writing_session

if TYPE_CHECKING:
    from shopdb.store.migrate import Step  # which imports Alembic

LOG = logging.getLogger(__name__)
Answer = TypeVar("Answer")
RETRY_BUDGET_SECONDS = 15.0
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0


@dataclass(slots=True)
class Shop:
    """The opened whole. Front ends hold it; nothing below them does.

    ``generation`` counts what was done to the site's plugins: when the database has a higher one, `renewed` gives
    the shop as it is now.
    """

    settings: Settings
    engine: Engine
    plugins: Registry
    schema: Schema
    generation: int = 0
    write_lock: AbstractContextManager[object] = field(default_factory=nullcontext)

    @property
    def catalog(self) -> Catalog:
        """The record types of this shop."""
        return self.schema.catalog

    @contextmanager
    def reading(self, origin: Origin | None = None) -> Iterator[Session]:
        """Yield a session for reading, closed afterwards; ``origin`` is whose permissions count."""
        with told_if_denied(), reading_sessions(self.engine, self.schema)() as session:
            session.info["services"] = self.plugins.services
            if origin is not None:
                session.info["reader"] = origin
            yield session

    @contextmanager
    def writing(self, origin: Origin) -> Iterator[Session]:
        """Yield a session whose writes commit together as one batch of the origin, or not at all."""
        # SQLite takes one writer at a time: waiting here, in order, beats polling for its lock.
        with self.write_lock, told_if_denied(), writing_session(self.engine, self.schema, origin) as session:
            session.info["services"] = self.plugins.services
            with session.begin():
                yield session

    def write(self, origin: Origin, work: Callable[[Session], Answer]) -> Answer:
        """Run ``work`` in a writing session and return its answer.

        The whole transaction is tried again, up to 15 seconds, when the database was only busy or briefly away, or
        somebody else changed a row between its reading and its writing.
        """
        give_up = time.monotonic() + RETRY_BUDGET_SECONDS
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                with self.writing(origin) as session:
                    return work(session)
            except (DBAPIError, StaleRowError) as error:
                if not is_transient(error) or time.monotonic() + pause > give_up:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 jitter is no secret
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def narrowed(self, plugins: Registry) -> Shop:
        """Return the shop over the same database with fewer plugins."""
        return self._with(plugins, self.generation)

    def renewed(self, *, entering: str = "", safe: bool = False) -> Shop:
        """Return the shop over the same database with the plugins that are installed and enabled there now.

        Code that has not changed is not imported again. ``entering`` is taken in although it is not enabled yet.
        In development a faulty plugin raises what `load` raises, and nothing has changed.
        """
        with self.engine.connect() as connection:
            now = journal.generation(connection)
        off = switched_off(self.engine, self.settings)
        off.pop(entering, None)
        registry = _load(self.settings, off, safe=safe)
        return self._with(settled(self.engine, registry), now)

    def with_data_of(self, plugin: str) -> Shop:
        """Return the shop with the tables of a plugin whose code is not loaded, as resources that are only read."""
        with self.engine.connect() as connection:
            state = installed(connection).get(plugin)
        left = left_resources(self.engine, plugin, state.tables if state is not None else ())
        catalog = Catalog((*self.catalog.values(), *(one for one in left if one.name not in self.catalog)))
        tables = (*self.schema.tables.values(), *tables_of_resources(left))
        return replace(self, schema=make_schema(catalog, tables, self.schema.weights))

    def _with(self, plugins: Registry, generation: int) -> Shop:
        renewed = _shop(self.settings, self.engine, plugins, generation)
        renewed.write_lock = self.write_lock  # one database, one writer, whichever shop it comes through
        return renewed

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def open_shop(settings: Settings, *, safe: bool = False, patient: bool = False) -> Shop:
    """Return the shop on a database that `prepare_shop` has made ready.

    ``safe`` starts without any plugin; ``patient`` lets a statement take its time, as `open_engine` says. Raises
    `NoSiteError`, `DatabaseUnreachableError`, `SchemaBehindError`, or what the loader raises in development.
    """
    if settings.database_file and not settings.database_file.exists():
        raise NoSiteError(settings.database_label)
    engine = open_engine(settings.database_url, patient=patient)
    try:
        with _reached(settings):
            if behind := revisions.behind(engine, (revisions.core_owner(),)):
                raise SchemaBehindError(behind)
            with engine.connect() as connection:
                now = journal.generation(connection)
            registry = settled(engine, _load(settings, switched_off(engine, settings), safe=safe))
        return _shop(settings, engine, registry, now)
    except BaseException:
        engine.dispose()
        raise


def prepare_shop(
    settings: Settings,
    *,
    plugins: Collection[str] | None = None,
    on_progress: Callable[[Step], None] | None = None,
) -> Shop:
    """Bring the database to this version, with reference data and plugins, and return the shop; safe to run again.

    ``plugins`` are those to install; None: all that are there on a new site, no further ones on another.
    """
    from shopdb.store import migrate

    if settings.database_file and not settings.database_file.exists():
        settings.database_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.database_file.touch(mode=0o600)
    engine = open_engine(settings.database_url, patient=True)
    try:
        with _reached(settings):
            migrate.upgrade(engine, (revisions.core_owner(),), on_progress)
            registry = _load(settings, not_chosen(engine, settings, plugins))
            migrate.upgrade(engine, registry.owners, on_progress)
        shop = _shop(settings, engine, registry, 0)
        shop.write(SYSTEM.doing("reference data"), lambda session: setup.seed(session, site_name=settings.site_name))
        _install(shop)
    finally:
        engine.dispose()
    return open_shop(settings, patient=True)


def revisions_of(settings: Settings) -> dict[str, tuple[str, str]]:
    """Return (found, wanted) of core's tables and of each plugin's that is here; "" where there is none yet.

    Raises `NoSiteError` or `DatabaseUnreachableError`.
    """
    if settings.database_file and not settings.database_file.exists():
        raise NoSiteError(settings.database_label)
    engine = open_engine(settings.database_url)
    try:
        with _reached(settings):
            registry = load([bundled_folder(), *settings.plugin_dirs], strict=False)
            owners = (revisions.core_owner(), *registry.owners)
            found = revisions.current(engine, owners)
        return {owner.name: (found[owner.name], revisions.wanted(owner)) for owner in owners}
    finally:
        engine.dispose()


def _shop(settings: Settings, engine: Engine, registry: Registry, generation: int) -> Shop:
    catalog = Catalog((*CORE_RESOURCES, *registry.resources))
    tables = (*Base.metadata.tables.values(), *tables_of(registry.models))
    lock = nullcontext() if is_mysql(engine) else threading.Lock()
    settings = replace(settings, site_name=_site_name(engine, settings))
    schema = make_schema(catalog, tables, registry.searchable)
    return Shop(settings, engine, registry, schema, generation, lock)


def _site_name(engine: Engine, settings: Settings) -> str:
    """Return what SHOPDB_SITE_NAME says; where it says nothing, the name that the site was set up with."""
    if settings.site_name != KEYS["SHOPDB_SITE_NAME"].default:
        return settings.site_name
    with engine.connect() as connection:
        kept = connection.scalar(select(Setting.value).where(Setting.key == setup.SITE_NAME))
    return kept if isinstance(kept, str) else settings.site_name


@contextmanager
def _reached(settings: Settings) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise DatabaseUnreachableError(settings.database_label, str(error.orig)) from error


def _load(settings: Settings, disabled: Mapping[str, str], *, safe: bool = False) -> Registry:
    folders = [bundled_folder(), *settings.plugin_dirs]
    return load(folders, strict=settings.env != "production", disabled=disabled, safe=safe)


def _install(shop: Shop) -> None:
    """Record the plugins that are new to this site and call their lifecycle hooks, each in its own transaction."""
    with shop.engine.connect() as connection:
        known = installed(connection)
    for name, plugin in shop.plugins.plugins.items():
        if name in known:
            _note_update(shop, known[name])
            continue
        origin = SYSTEM.doing(f"install plugin {name}")
        try:
            shop.write(origin, partial(run_hook, plugin, "on_install"))
            shop.write(origin, partial(run_hook, plugin, "on_enable"))
        except PluginContractError as fault:
            if shop.plugins.strict:
                raise
            # It stays uninstalled, and so is left out whole; the others go on.
            LOG.error("plugin %s was not installed: %s", name, fault)  # noqa: TRY400 the fault's text says where
            continue
        _note_new(shop, name)


def _note_new(shop: Shop, name: str) -> None:
    meta = shop.plugins.plugins[name].meta
    state = InstalledState(
        name=name,
        plugin_version=meta.version,
        content_digest=shop.plugins.digests[name],
        installed_at=utc_now(),
        trust="bundled" if meta.folder.parent == bundled_folder() else "unsigned",
        tables=shop.plugins.tables_of(name),
    )
    operation = journal.begin_operation(shop.engine, verb="install", plugin=name, actor=SYSTEM.actor, facts={})
    with writing_engine(shop.engine).begin() as connection:
        put_installed(connection, state)
        journal.end_operation(connection, operation, journal.DONE)


def _note_update(shop: Shop, known: InstalledState) -> None:
    """Note what an update of shopdb brought for a plugin that comes with it."""
    meta, tables = shop.plugins.plugins[known.name].meta, shop.plugins.tables_of(known.name)
    now = replace(known, plugin_version=meta.version, content_digest=shop.plugins.digests[known.name], tables=tables)
    if meta.folder.parent == bundled_folder() and now != known:
        with writing_engine(shop.engine).begin() as connection:
            put_installed(connection, now)
