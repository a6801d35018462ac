"""What is known of a plugin before anything of it runs: who it is, who signed it, what it will add, whether it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from shopdb import __contract_version__
from shopdb.boot import Shop
from shopdb.exceptions import ArchiveRefusedError
from shopdb.plugins.archive import Archive, read_archive
from shopdb.plugins.loader import bundled_folder, discover
from shopdb.plugins.rules import fault
from shopdb.plugins.survey import Survey, survey
from shopdb.plugins.trust import Trust, trusted_keys, verdict
from shopdb.store.installed import InstalledState, installed

Verb = Literal["install", "upgrade", "nothing"]
OFFERS = "plugin-archives"
"""The folder in the home where archives are put for the plugins screen to offer."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """An archive, and how it stands to this site; ``problems`` keep it from being installed.

    ``verb`` is what taking it in would be; ``here`` the version that is installed, "" if none is.
    """

    archive: Archive = field(repr=False)
    verb: Verb
    here: str
    trust: Trust
    survey: Survey
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    is_bundled: bool = False

    @property
    def needs_confirmation(self) -> bool:
        """Whether somebody must say by name that they would run it: nobody whom this site trusts has signed it."""
        return not self.is_bundled and self.trust.state != "signed"


@dataclass(frozen=True, slots=True)
class Offer:
    """An archive in a local folder, by its manifest alone."""

    path: Path
    name: str
    version: str
    description: str


def inspect(shop: Shop, path: Path) -> Inspection:
    """Return what a folder or zip would bring to this site; no line of it is run.

    Raises `ArchiveRefusedError` for what is no plugin's archive.
    """
    archive = read_archive(path)
    with shop.reading() as session:
        trust = verdict(archive, trusted_keys(session))
        states = installed(session.connection())
    found = survey(archive.files, archive.meta)
    state = states.get(archive.name)
    here = _version_here(archive.name, state)
    problems = [*_contract_problems(archive), *_dependency_problems(shop, archive), *_name_problems(shop, archive)]
    problems += found.problems
    verb: Verb = "install" if state is None or state.removed_at else "upgrade"
    if here and Version(archive.meta.version) < Version(here):
        problems.append(f"{here} is here already, and is newer; `shopdb plugin rollback` goes back to the one before")
    elif verb == "upgrade" and state is not None and state.content_digest == archive.digest:
        verb = "nothing"
    warnings = tuple(_warnings(archive, state))
    is_bundled = path.resolve() == bundled_folder() / archive.name
    return Inspection(archive, verb, here, trust, found, tuple(problems), warnings, is_bundled)


def offers(folder: Path) -> tuple[Offer, ...]:
    """Return the plugins' archives in a folder, by name and version; what is none is passed by."""
    found = []
    for path in sorted(folder.glob("*.zip")) if folder.is_dir() else ():
        try:
            meta = read_archive(path).meta
        except ArchiveRefusedError:
            continue
        found.append(Offer(path, meta.name, meta.version, meta.description))
    return tuple(sorted(found, key=lambda offer: (offer.name, Version(offer.version))))


def _version_here(name: str, state: InstalledState | None) -> str:
    if state is not None and state.removed_at is None:
        return state.plugin_version
    bundled = {found.name: found.meta for found in discover([bundled_folder()])}
    meta = bundled.get(name)
    return meta.version if meta is not None else ""


def _contract_problems(archive: Archive) -> Iterator[str]:
    wanted = archive.meta.core_version
    if not SpecifierSet(wanted).contains(__contract_version__, prereleases=True):
        yield fault("P020", f"it was written for the contract {wanted}, this is {__contract_version__}")


def _dependency_problems(shop: Shop, archive: Archive) -> Iterator[str]:
    for name, span in archive.meta.dependencies.items():
        plugin = shop.plugins.plugins.get(name)
        if plugin is None:
            yield fault("P021", f"it needs {name}, which is not on here")
        elif not SpecifierSet(span).contains(plugin.meta.version, prereleases=True):
            yield fault("P022", f"it needs {name} {span}, and {plugin.meta.version} is here")
    for name, plugin in shop.plugins.plugins.items():
        asked = plugin.meta.dependencies.get(archive.name, "")
        if not SpecifierSet(asked).contains(archive.meta.version, prereleases=True):
            yield fault("P022", f"{name} needs {archive.name} {asked}")


def _name_problems(shop: Shop, archive: Archive) -> Iterator[str]:
    resource = shop.catalog.get(archive.name)
    if resource is not None and resource.plugin != archive.name:
        yield fault("P008", f"{archive.name!r} is a resource of {resource.plugin}")


def _warnings(archive: Archive, state: InstalledState | None) -> Iterator[str]:
    if state is not None and state.removed_at is not None:
        yield f"the data that {archive.name} left when it was removed is taken up again"
    if not archive.meta.core_version:
        yield "its manifest does not say for which versions of the contract it was written"
