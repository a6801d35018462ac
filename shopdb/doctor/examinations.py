"""The examinations, in the order in which they are made; an id never changes, and none is given twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final, Literal

from sqlalchemy import Engine

from shopdb.boot import open_shop
from shopdb.config import Reading, Settings
from shopdb.doctor import certificate, contents, database, host
from shopdb.doctor.finding import Finding
from shopdb.exceptions import NoSiteError
from shopdb.keeping import passphrases, record
from shopdb.keeping.standing import rooms, standing
from shopdb.lifecycle.recovery import unfinished
from shopdb.lifecycle.states import PluginState, plugin_states

DATABASE: Final = "database"
"""The examination that all those wait for which need the database."""

Answerer = Callable[[Settings], str]
"""Returns who answers where a site's server should: "this site", "another" or "nobody"."""


@dataclass(frozen=True)
class Case:
    """A site as far as it could be got at; the table below takes from it what each examination needs."""

    reading: Reading
    now: datetime
    answerer: Answerer
    engine_made: Engine | None = None

    @property
    def settings(self) -> Settings:
        """The settings, for examinations that need them."""
        assert self.reading.settings is not None
        return self.reading.settings

    @property
    def engine(self) -> Engine:
        """The way to the database; raises `NoSiteError` where an embedded site has no file, which is not made here."""
        if self.engine_made is None:
            raise NoSiteError(self.settings.database_label)
        return self.engine_made

    @property
    def relied_on(self) -> bool:
        """Whether others live of this site."""
        return self.settings.env == "production"

    @cached_property
    def plugin_states(self) -> tuple[PluginState, ...]:
        """Every plugin as production takes it: one that is broken is left out, with the reason."""
        with closing(open_shop(replace(self.settings, env="production"))) as shop:
            return plugin_states(shop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One thing that is looked at: under which permanent id, why it matters, and for how many seconds at most."""

    id: str
    title: str
    why: str
    look: Callable[[Case], Finding]
    needs: Literal["nothing", "settings", "database"] = "database"
    seconds: float = 15.0


EXAMINATIONS: Final[tuple[Examination, ...]] = (
    Examination(
        id="configuration",
        title="Settings",
        why="A wrong setting stops every program of the site, or leaves a door open.",
        look=lambda case: host.configuration(case.reading.settings, case.reading.problems, case.reading.places),
        needs="nothing",
    ),
    Examination(
        id="env_file",
        title="The .env",
        why="Whoever reads it has the database; whoever changes it chooses what code runs.",
        look=lambda case: host.env_file(case.reading.env_file, case.settings.home),
        needs="settings",
    ),
    Examination(
        id="secrets",
        title="Secrets",
        why="A secret is as safe as the place that it is taken from.",
        look=lambda case: host.secrets(case.settings.home, case.reading.places),
        needs="settings",
    ),
    Examination(
        id="files",
        title="Files",
        why="Other accounts of this host could read the data, or run code as the site.",
        look=lambda case: host.files(case.settings),
        needs="settings",
    ),
    Examination(
        id=DATABASE,
        title="Database",
        why="Without it nothing works.",
        look=lambda case: database.reached(case.engine, case.settings.database_label),
        needs="settings",
        seconds=45.0,
    ),
    Examination(
        id="database_settings",
        title="Database set-up",
        why="Values are cut, moments shifted or writes lost where the database is set otherwise.",
        look=lambda case: database.settings(case.engine),
        seconds=300.0,
    ),
    Examination(
        id="grants",
        title="Database rights",
        why="A stolen .env can do what its account can; an account that lacks a right fails in the middle of work.",
        look=lambda case: database.account(case.engine),
    ),
    Examination(
        id="clock",
        title="Clock",
        why="Sign-ins run out, and pushes are put in order, by the clock.",
        look=lambda case: database.clock(case.engine, case.now),
    ),
    Examination(
        id="disk",
        title="Disk",
        why="A full disk refuses every write, and a backup that does not fit is none.",
        look=lambda case: host.disks(rooms(case.engine, case.settings)),
    ),
    Examination(
        id="migrations",
        title="Migrations",
        why="Programs refuse to start on tables of another version.",
        look=lambda case: contents.migrations(*_revisions(case.engine, case.settings)),
        seconds=30.0,
    ),
    Examination(
        id="plugins",
        title="Plugins",
        why="What a plugin brought is not there while it is left out.",
        look=lambda case: contents.plugins(case.plugin_states, case.settings.disable_plugins),
        seconds=60.0,
    ),
    Examination(
        id="plugin_files",
        title="Plugins' files",
        why="A plugin runs with all rights of the program: changed code is anybody's code.",
        look=lambda case: contents.plugin_files(case.plugin_states),
        seconds=60.0,
    ),
    Examination(
        id="plugin_operations",
        title="Plugins' work",
        why="A plugin that is half installed is not used, and none other can be installed.",
        look=lambda case: contents.plugin_operations(unfinished(case.engine)),
    ),
    Examination(
        id="change_log",
        title="Change log",
        why="Who did what can be trusted while the chain is whole; its head, kept elsewhere, shows a rewritten one.",
        look=lambda case: contents.change_log(case.engine, case.now),
        seconds=600.0,
    ),
    Examination(
        id="collectors",
        title="Collectors",
        why="What is silent is not seen: a machine's record grows old without anybody noticing.",
        look=lambda case: contents.collectors(case.engine, case.now),
        seconds=30.0,
    ),
    Examination(
        id="backup",
        title="Backup",
        why="A dead disk takes everything since the last one.",
        look=lambda case: contents.backup(
            record.last(case.settings.home, "backup"),
            case.now,
            relied_on=case.relied_on,
            readable=passphrases.in_reach(case.settings.home),
        ),
        needs="settings",
    ),
    Examination(
        id="restore_drill",
        title="Restore drill",
        why="A backup that nobody ever brought back is a hope.",
        look=lambda case: contents.restore_drill(
            record.last(case.settings.home, "drill"), case.now, relied_on=case.relied_on
        ),
        needs="settings",
    ),
    Examination(
        id="port",
        title="Port",
        why="Collectors and pages reach the site's server there.",
        look=lambda case: host.port(case.answerer(case.settings), f"{case.settings.host}:{case.settings.port}"),
        needs="settings",
    ),
    Examination(
        id="certificate",
        title="Certificate",
        why="When it runs out, every collector and page stops; where it is not checked, anybody can be the server.",
        look=lambda case: certificate.in_front(case.settings, case.now),
        needs="settings",
        seconds=20.0,
    ),
)


def _revisions(engine: Engine, settings: Settings) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Return whose tables are not at this version's revision, and the names of the others."""
    found = standing(engine, settings)
    return found.behind, [owner.name for owner in found.owners if owner.name not in found.behind]
