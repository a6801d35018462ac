"""`shopdb history`: what happened to one record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from shopdb.domain.resource import Resource
    from shopdb.services.history import HistoryEntry

AT_ONCE = 200


@click.command()
@click.argument("resource")
@click.argument("key", metavar="ID")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="The newest N entries; without it, all.")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, with every field before and after.")
def history(resource: str, key: str, limit: int | None, *, as_json: bool) -> None:
    """Tell who changed what of one record of RESOURCE when, newest first.

    ID is its id, its asset number, or its name if no other has the same; for a deleted record its id.
    """
    from itertools import islice

    from shopdb.cli import output
    from shopdb.cli.site import opened_shop

    with opened_shop() as shop, shop.reading() as session:
        described = shop.catalog[resource]
        entries = islice(_entries(session, described, key), limit)
        if as_json:
            output.show_json(entry.as_json() for entry in entries)
            return
        batch_id = None
        for entry in entries:
            if entry.batch_id != batch_id:
                output.show_line(_headline(entry))
            for line in _told(entry):
                output.show_line(line)
            batch_id = entry.batch_id


def _entries(session: Any, resource: Resource, key: str) -> Iterator[HistoryEntry]:
    from shopdb.exceptions import RecordNotFoundError
    from shopdb.services.history import history as read
    from shopdb.store import records

    try:
        record_id = records.find(session, resource, key).id
        found = read(session, resource, record_id, limit=AT_ONCE)
    except RecordNotFoundError:
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise
        record_id = int(key)
        found = read(session, resource, record_id, limit=AT_ONCE)
        if not found:
            raise
    while found:
        yield from found
        found = read(session, resource, record_id, limit=AT_ONCE, before=found[-1].id)


def _headline(entry: HistoryEntry) -> str:
    moment = entry.made_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    label = f", {entry.label}" if entry.label else ""
    return f"{moment}  batch {entry.batch_id}  {entry.actor} ({entry.door}){label}"


def _told(entry: HistoryEntry) -> Iterator[str]:
    from shopdb.cli.output import for_people

    counted = f"({entry.count})" if entry.count > 1 else ""
    yield "  " + " ".join(filter(None, (entry.action, entry.title, counted)))
    for row in entry.rows if entry.count == 1 else ():
        for one in row.fields:
            values = (for_people(value, one.field) or "-" for value in (one.before, one.after))
            shown = (
                " -> ".join(values)
                if entry.action == "update"
                else for_people(one.before if one.after is None else one.after, one.field)
            )
            yield f"    {' '.join(filter(None, (row.label, one.field.label)))}: {shown}"
