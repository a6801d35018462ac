"""The migration lint over the plugins of a site, or over a plugin in a folder that no site knows yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from shopdb.authoring.trial_loading import copied
from shopdb.config import Settings
from shopdb.exceptions import DatabaseUnreachableError, PluginContractError, PluginNotFoundError, ScratchRefusedError
from shopdb.plugins.loader import PLUGIN_FILE, bundled_folder, load
from shopdb.plugins.needs import needed
from shopdb.plugins.rules import fault
from shopdb.store.engine import open_engine
from shopdb.store.lint import Finding, lint
from shopdb.store.revisions import CORE, core_owner
from shopdb.store.scratch import empty_scratch

NO_FILE = "sqlite://"

Tell = Callable[[str], None]
"""Hears, line by line, what is done."""


@dataclass(frozen=True, slots=True)
class Linted:
    """Whose migrations were run, what is wrong with them, and why plugins that are here could not be looked at."""

    owners: tuple[str, ...]
    findings: tuple[Finding, ...]
    left_out: Mapping[str, Sequence[str]]


def lint_migrations(settings: Settings, wanted: Sequence[str], tell: Tell) -> Linted:
    """Return what is wrong with the migrations of core and every plugin here, or of those that are ``wanted``.

    These are names of owners or folders of plugins. A scratch SQLite file is used, and, where the site has a server,
    a scratch database there, too. Raises `PluginNotFoundError` or `PluginContractError` for what is wanted and cannot
    be looked at, and `DatabaseUnreachableError`.
    """
    folders = [bundled_folder(), *settings.plugin_dirs]
    names = [one for one in wanted if not _is_folder(one)]
    parts: list[Linted] = []
    with _engines(settings, tell) as engines:
        if names or not wanted:
            parts.append(_lint_here(engines, folders, names, tell))
        parts += [_lint_folder(engines, Path(one).resolve(), folders, tell) for one in wanted if _is_folder(one)]
    return Linted(
        tuple(name for part in parts for name in part.owners),
        tuple(finding for part in parts for finding in part.findings),
        {name: reasons for part in parts for name, reasons in part.left_out.items()},
    )


def _is_folder(wanted: str) -> bool:
    return Path(wanted).name != wanted or Path(wanted, PLUGIN_FILE).is_file()


@contextmanager
def _engines(settings: Settings, tell: Tell) -> Iterator[list[Engine]]:
    """Yield the engines beside whose databases scratches can be made."""
    engines = [open_engine(NO_FILE)]
    try:
        if settings.database_file is None:
            server = open_engine(settings.database_url, patient=True)
            engines.append(server)
            try:
                with empty_scratch(server):
                    pass
            except ScratchRefusedError as refused:
                engines.remove(server)
                server.dispose()
                tell(f"{refused} Only SQLite is tried.")
            except DBAPIError as silent:
                raise DatabaseUnreachableError(settings.database_label, str(silent.orig)) from silent
        yield engines
    finally:
        for engine in engines:
            engine.dispose()


def _lint_here(engines: Sequence[Engine], folders: Sequence[Path], names: Sequence[str], tell: Tell) -> Linted:
    registry = load(folders, strict=False)
    owners = (core_owner(), *registry.owners)
    left_out = {name: one.reasons for name, one in registry.left_out.items()}
    for name in names:
        if name in left_out:
            raise PluginContractError(name, left_out[name])
        if name != CORE and name not in registry.plugins:
            raise PluginNotFoundError(name, (CORE, *registry.plugins))
    chosen = tuple(owner.name for owner in owners if not names or owner.name in names)
    return Linted(chosen, lint(engines, owners, only=chosen, tell=tell), {} if names else left_out)


def _lint_folder(engines: Sequence[Engine], path: Path, folders: Sequence[Path], tell: Tell) -> Linted:
    if not (path / PLUGIN_FILE).is_file():
        raise PluginContractError(path.name, [fault("P007", f"{path / PLUGIN_FILE} is missing")])
    with TemporaryDirectory(prefix="shopdb-lint-") as temporary:
        # Alone with what it needs: a plugin of the same name may be here in another version.
        folder = copied(path, folders, needed(path, folders), Path(temporary))
        registry = load([folder], strict=True)
        owners = (core_owner(), *registry.owners)
        chosen = tuple(owner.name for owner in registry.owners if owner.name == path.name)
        findings = lint(engines, owners, only=chosen, tell=tell) if chosen else ()
    return Linted(chosen, findings, {})
