"""The far side of a trial: loads the plugin, and does on a scratch database all that is ever done with it.

Runs in a process of its own, which `shopdb.lifecycle.trial` starts and ends. What is found is told step by step, so
that it is known even if the plugin takes this process with it.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import psutil

from shopdb.authoring import trial_loading, trial_schema
from shopdb.authoring.account import Account, take_over_streams
from shopdb.authoring.attempts import SHARE_LEFT, Attempts
from shopdb.authoring.running import ThreadWatch, process_problems
from shopdb.boot import Shop, open_shop, prepare_shop
from shopdb.config import Settings, load_settings
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import OvertimeError, ShopdbError
from shopdb.plugins.checks import command_problems
from shopdb.plugins.containment import call_hook
from shopdb.plugins.needs import needed
from shopdb.plugins.registry import Registry
from shopdb.services import setup
from shopdb.store.engine import open_engine
from shopdb.store.revisions import CORE, core_owner, current

INSTALLING = ("on_install", "on_enable")
UPGRADING = ("on_enable",)
LEAVING = ("on_disable", "on_uninstall")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the starter asks for."""

    folder: Path
    folders: tuple[Path, ...]
    without: frozenset[str]
    scratch_url: str
    seconds: float
    thorough: bool

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Asked:
        """Return what a document says."""
        return cls(
            folder=Path(document["folder"]),
            folders=tuple(Path(one) for one in document["folders"]),
            without=frozenset(document["without"]),
            scratch_url=document["scratch_url"],
            seconds=document["seconds"],
            thorough=document["thorough"],
        )


def run() -> NoReturn:
    """Try the plugin that standard input names, tell all about it, and end the process."""
    account, document = take_over_streams()
    asked = Asked.of(document)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    faulthandler.enable()
    since = psutil.Process().create_time()
    seconds = asked.seconds - (time.time() - since)
    # Where a plugin stands that lets nobody else run, the log says, a moment before all of it is ended.
    faulthandler.dump_traceback_later(seconds * (1 + SHARE_LEFT) / 2)
    home = Path(tempfile.mkdtemp(prefix="shopdb-trial-"))
    try:
        _try_out(account, asked, home, since, seconds)
        account.tell({"done": True})
    except OvertimeError:
        account.tell({"done": True})
    except Exception as error:  # whatever it is, the starter has to know that nothing was tried
        logging.getLogger(__name__).exception("the trial could not be made")
        account.tell({"impossible": str(error) if isinstance(error, ShopdbError) else repr(error)})
    finally:
        shutil.rmtree(home, ignore_errors=True)
        sys.stdout.flush()
        sys.stderr.flush()
    # A thread that the plugin has left would keep the interpreter from ending.
    os._exit(0)


def _try_out(account: Account, asked: Asked, home: Path, since: float, seconds: float) -> None:
    settings = _settings(asked, home)
    shop = _shop(settings, asked)
    shop.write(SYSTEM.doing("reference data"), lambda session: setup.seed(session, site_name=settings.site_name))
    attempts = Attempts.within(seconds, asked.folder.name, home / "plugins" / asked.folder.name)
    trial = _Trial(account, attempts, shop, since=since)
    trial.make(asked)


def _shop(settings: Settings, asked: Asked) -> Shop:
    """Return the shop of the scratch database, without plugins; an empty one gets those that the tried one needs."""
    engine = open_engine(settings.database_url, patient=True)
    is_empty = not current(engine, [core_owner()])[CORE]
    engine.dispose()
    if is_empty:
        wanted = needed(asked.folder, asked.folders)
        prepare_shop(replace(settings, plugin_dirs=asked.folders), plugins=wanted).close()
    return open_shop(settings, safe=True, patient=True)


def _settings(asked: Asked, home: Path) -> Settings:
    """Return the settings of a site of its own over the scratch database: no secret of the real one is in them."""
    return load_settings(
        {
            "SHOPDB_HOME": str(home),
            "SHOPDB_ENV": "test",
            "SHOPDB_DATABASE_URL": asked.scratch_url,
            "SHOPDB_SECRET_KEY": secrets.token_urlsafe(48),
        }
    )


class _Trial:
    """One trial: the steps in their order."""

    def __init__(self, account: Account, attempts: Attempts, shop: Shop, *, since: float) -> None:
        """Try in this shop, which has no plugin yet."""
        self._account, self._attempts, self._shop, self._since = account, attempts, shop, since
        self._plugin = attempts.plugin
        self._here = trial_loading.here(shop.engine)
        self._brings: dict[str, tuple[str, ...]] = {}
        self._hints: list[str] = []

    def make(self, asked: Asked) -> None:
        """Do all of it, as far as it goes; raises `OvertimeError` where it does not go on."""
        on = {name for name, is_on in self._here.items() if is_on} - asked.without
        folder = trial_loading.copied(asked.folder, asked.folders, on, self._attempts.folder.parent)
        others = trial_loading.others_beside(folder, self._plugin)
        watch = ThreadWatch(self._attempts)
        registry = self._loaded(folder, others)
        if registry is not None:
            self._tell_brought(trial_loading.brought(registry, self._plugin))
            self._hint(trial_loading.hints(registry, self._plugin))
            self._migrated(registry, others, thorough=asked.thorough)
        with self._account.step("Nothing goes on when it is switched off") as step:
            step.problems += watch.problems()
            step.problems += process_problems(self._since)

    def _loaded(self, folder: Path, others: Registry) -> Registry | None:
        beside = ", ".join(others.plugins)
        with self._account.step(f"It loads{f' beside {beside}' if beside else ''}") as step:
            registry = trial_loading.loaded(self._attempts, folder, others)
            step.problems += trial_loading.front_end_problems()
            return registry
        return None

    def _migrated(self, registry: Registry, others: Registry, *, thorough: bool) -> None:
        engine = self._shop.engine
        owner = trial_schema.owner_in(registry, self._plugin)
        if owner is None:
            self._lived(registry, others, thorough=thorough)
            return
        with self._account.step("Its migrations run") as step:
            step.problems += trial_schema.needed_problems(engine, registry, self._plugin)
            before = trial_schema.ground(engine, owner)
            if not step.problems:
                step.problems += self._patiently("migrating", lambda: trial_schema.upgrade_problems(engine, owner))
            self._account.tell({"schema": before.additions(engine)})
        if step.problems:
            return
        with self._account.step("Its tables are what its models say") as compared:
            compared.problems += trial_schema.drift_problems(engine, owner)
        if thorough:
            with self._account.step("Its migrations keep the rules of migrations") as linted:
                linted.problems += self._patiently(
                    "linting", lambda: trial_schema.lint_problems(registry, self._plugin)
                )
        self._lived(registry, others, thorough=thorough)
        with self._account.step("Its migrations go back") as back:
            engine.dispose()
            back.problems += self._patiently("going back", lambda: trial_schema.return_problems(engine, before))

    def _lived(self, registry: Registry, others: Registry, *, thorough: bool) -> None:
        shop = self._shop.narrowed(registry)
        for hook in UPGRADING if self._plugin in self._here else INSTALLING:
            self._hook(shop, hook)
        self._asked_for_commands(shop)
        self._served(shop, others)
        self._shown(shop)
        if thorough:
            self._pushed(shop)
        for hook in LEAVING:
            self._hook(shop, hook)

    def _hook(self, shop: Shop, hook: str) -> None:
        plugin = shop.plugins.plugin(self._plugin)
        with self._account.step(f"{hook}() runs"):
            origin = SYSTEM.doing(f"{hook} of {self._plugin}")
            self._attempts.call(
                "P036", f"{hook}()", lambda: shop.write(origin, partial(call_hook, plugin, hook)), patient=True
            )

    def _asked_for_commands(self, shop: Shop) -> None:
        plugin = shop.plugins.plugin(self._plugin)
        with self._account.step("Its commands can be called") as step:
            commands = self._attempts.call("P036", "get_cli_commands()", lambda: call_hook(plugin, "get_cli_commands"))
            step.problems += command_problems(self._plugin, commands)
            if not step.problems:
                self._tell_brought({"commands": tuple(f"shopdb {self._plugin} {one.name}" for one in commands)})
                self._hint(f"the command {one.name} has no help" for one in commands if not one.get_short_help_str())

    def _served(self, shop: Shop, others: Registry) -> None:
        from shopdb.authoring import trial_server

        site = None
        with self._account.step("The server takes it in"):
            site = trial_server.served(self._attempts, shop, self._shop.narrowed(others))
        if site is None:
            return
        self._tell_brought({"routes": site.routes})
        lists = (f"/api/{resource.name}" for resource in shop.plugins.contributions[self._plugin].resources)
        for path in (*trial_server.CORE_PAGES, *lists, *site.askable):
            with self._account.step(f"GET {path} answers"):
                trial_server.ask(self._attempts, site, path)

    def _shown(self, shop: Shop) -> None:
        from shopdb.authoring import trial_terminal

        found = shop.plugins.contributions[self._plugin]
        for screen in found.screens:
            with self._account.step(f"The screen {screen.title!r} opens"):
                trial_terminal.open_screen(self._attempts, shop, screen)
        for widget in found.widgets:
            with self._account.step(f"The widget {widget.title!r} can be read"):
                trial_terminal.read_widget(self._attempts, shop, widget)

    def _pushed(self, shop: Shop) -> None:
        from shopdb.authoring import trial_collector

        for number, payload in enumerate(trial_collector.examples(shop, self._plugin), 1):
            with self._account.step(f"Example {number} of its collector schema is taken in"):
                trial_collector.push(self._attempts, shop, number, payload)

    def _patiently(self, doing: str, work: Callable[[], Sequence[str]]) -> Sequence[str]:
        problems: Sequence[str] = self._attempts.call("P047", doing, work, patient=True)
        return problems

    def _hint(self, more: Iterable[str]) -> None:
        self._hints += more
        self._account.tell({"hints": self._hints})

    def _tell_brought(self, more: Mapping[str, tuple[str, ...]]) -> None:
        self._brings |= more
        self._account.tell({"brings": self._brings})
