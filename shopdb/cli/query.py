"""`shopdb q`: the records of a resource that a filter lets through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shopdb.boot import Shop
    from shopdb.domain.listing import ListQuery, Record
    from shopdb.domain.resource import Field, Resource


@click.command("q")
@click.argument("resource")
@click.argument("filter", default="")
@click.option("--sort", metavar="FIELD", default="", help="Sort by this field; -FIELD the other way round.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most N records; without it, all.")
@click.option("--json", "form", flag_value="json", help="A list of objects.")
@click.option("--csv", "form", flag_value="csv", help="Comma-separated values, the listed fields.")
def query(resource: str, filter: str, sort: str, limit: int | None, form: str | None) -> None:
    """List the records of RESOURCE that FILTER lets through.

    FILTER is the language of the filter bar, in one argument: 'status:active last_seen<7d -tag:old words'.
    Write -- before one that begins with a minus.
    """
    from shopdb.cli.site import opened_shop
    from shopdb.domain.filters import parse_filter
    from shopdb.domain.listing import ListQuery, parse_sort

    with opened_shop() as shop:
        described = shop.catalog[resource]
        asked = ListQuery(parse_filter(filter, described), parse_sort(sort, described))
        show_records(shop, described, asked, fields=described.listed_fields, limit=limit, form=form)


def show_records(
    shop: Shop, resource: Resource, query: ListQuery, *, fields: Sequence[Field], limit: int | None, form: str | None
) -> None:
    """Print these fields of the records that a query lets through, as a table, or as "json" or "csv"."""
    from shopdb.cli import output
    from shopdb.domain.cells import to_cell
    from shopdb.domain.listing import record_to_json

    records = _records(shop, resource, query, limit, [field.name for field in fields])
    if form == "json":
        output.show_json(record_to_json(resource, record) for record in records)
    elif form == "csv":
        cells = ([str(one.id), *(to_cell(one.values[field.name], field) for field in fields)] for one in records)
        output.show_csv(["id", *(field.name for field in fields)], cells)
    else:
        texts = (
            [str(one.id), *(output.for_people(one.values[field.name], field) for field in fields)] for one in records
        )
        output.show_table(["id", *(field.label for field in fields)], texts)


def _records(
    shop: Shop, resource: Resource, query: ListQuery, limit: int | None, names: Sequence[str]
) -> Iterator[Record]:
    """Yield the records with these fields, page by page: a million of them take no more memory than a thousand."""
    from shopdb.domain.listing import LARGEST_PAGE
    from shopdb.store import records

    left = limit
    with shop.reading() as session:
        while left is None or left > 0:
            size = LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)
            page = records.page(session, resource, replace(query, limit=size), also=names)
            yield from page.rows
            if page.after is None:
                return
            query = replace(query, after=page.after)
            left = None if left is None else left - size
