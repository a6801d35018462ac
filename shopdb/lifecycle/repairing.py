"""Putting a plugin's files back as they were installed; what somebody changed by hand is kept beside them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import PluginMissingError
from shopdb.lifecycle.steps import Course, Outcome, Report, Step, Work, operate
from shopdb.plugins.sites_own import put_files
from shopdb.store.installed import installed


def repair(shop: Shop, name: str, *, origin: Origin, report: Report) -> Outcome:
    """Put the files of the installed archive in place of those that are there; raises `PluginMissingError`."""
    with shop.engine.connect() as connection:
        states = {one.name: one for one in installed(connection).values() if one.archive_id and not one.removed_at}
    if name not in states:
        raise PluginMissingError(name, "repaired", states)
    return operate(shop, "repair", name, {}, REPAIRING, origin=origin, report=report)


def _put(work: Work) -> None:
    with work.engine.connect() as connection:
        put_files(connection, installed(connection)[work.plugin], work.parent)


def _settle(_work: Work, _session: Session) -> None:
    """Nothing in the database says otherwise."""


REPAIRING = Course(
    (Step("put back", "putting its files back", _put),),
    _settle,
    lambda _work: None,
    lambda work: f"the files of {work.plugin} are as they were installed",
)
