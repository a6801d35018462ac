"""`shopdb show`: one record, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from shopdb.domain.resource import Resource
    from shopdb.store.positions import Position


@click.command()
@click.argument("resource")
@click.argument("key", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One object; position is {x, y, floor_plan, source} or null.")
def show(resource: str, key: str, *, as_json: bool) -> None:
    """Show every field of one record of RESOURCE, and where it stands.

    ID is its id, its asset number, or its name if no other has the same.
    """
    from shopdb.cli import output
    from shopdb.cli.site import opened_shop
    from shopdb.domain.listing import record_to_json
    from shopdb.store import records
    from shopdb.store.positions import resolve_asset_position

    with opened_shop() as shop, shop.reading() as session:
        described = shop.catalog[resource]
        record = records.find(session, described, key)
        standing = _stands(described)
        position = resolve_asset_position(session, record.id) if standing else None
    if as_json:
        document = record_to_json(described, record)
        output.show_document(document | {"position": _position_to_json(position)} if standing else document)
        return
    fields = [(described.singular, f"{record.label} (#{record.id})")]
    fields += [(one.label, output.for_people(record.values[one.name], one)) for one in described.fields]
    output.show_fields([*fields, ("Position", _position_to_text(position))] if standing else fields)


def _stands(resource: Resource) -> bool:
    """Whether its records are assets, which stand somewhere."""
    return (resource.extends or resource).name == "assets"


def _position_to_json(position: Position | None) -> dict[str, Any] | None:
    if position is None:
        return None
    return {"x": position.x, "y": position.y, "floor_plan": position.floor_plan, "source": position.source}


def _position_to_text(position: Position | None) -> str:
    if position is None:
        return ""
    plan = f" on {position.floor_plan}" if position.floor_plan else ""
    return f"{position.x:g}, {position.y:g}{plan} ({position.source})"
