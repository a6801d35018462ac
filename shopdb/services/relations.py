"""What a record has to do with others: an asset's relations, read from its end, and what points at any record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.catalog import Catalog
from shopdb.domain.filters import Condition, Filter
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery
from shopdb.domain.resource import Field, Resource
from shopdb.store import records
from shopdb.store.models.assets import Asset, AssetRelationship, AssetType, RelationshipType
from shopdb.store.schema import schema_of

MOST_COUNTED = 1000
"""Pointers are counted no further: beyond, only that there are many matters."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One relationship as it reads from one of its ends; ``id`` is the relationship's own.

    ``label`` is the relation's name, or its inverse where the asset is the second end (not ``outgoing``).
    """

    id: int
    label: str
    outgoing: bool
    inheritsposition: bool
    other: Ref
    other_number: str
    other_type: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """How many records of a resource (counted up to 1000) name a record in one of their fields."""

    resource: Resource
    field: Field
    count: int


def relations(session: Session, asset_id: int) -> list[Relation]:
    """Return an asset's relations, first those that begin at it, by label and other asset; two statements."""
    name, inverse = RelationshipType.name, RelationshipType.inverse
    source, target = AssetRelationship.source_id, AssetRelationship.target_id
    found = []
    for outgoing, label, mine, others in ((True, name, source, target), (False, inverse, target, source)):
        statement = (
            select(
                AssetRelationship.id, AssetRelationship.inheritsposition, label.label("label"),
                others.label("other_id"), Asset.name, Asset.asset_number, AssetType.name.label("type_name"),
            )
            .join(RelationshipType, RelationshipType.id == AssetRelationship.type_id)
            .join(Asset, Asset.id == others)
            .outerjoin(AssetType, AssetType.id == Asset.type_id)
            .where(mine == asset_id)
            .order_by(label, Asset.name, AssetRelationship.id)
        )  # fmt: skip
        found += [_relation(row, outgoing=outgoing) for row in session.connection().execute(statement)]
    return found


def _relation(row: Any, *, outgoing: bool) -> Relation:
    return Relation(
        id=row.id,
        label=row.label,
        outgoing=outgoing,
        inheritsposition=row.inheritsposition,
        other=Ref(row.other_id, row.name),
        other_number=row.asset_number,
        other_type=row.type_name or "",
    )


def pointers(session: Session, resource: Resource, record_id: int) -> list[Pointer]:
    """Return what else points at a record, beside what belongs to it and an asset's relations.

    One statement for each field that could.
    """
    found = []
    for one, field in _pointing_fields(schema_of(session).catalog, resource):
        naming_it = Filter((Condition(field.name, "equals", (Ref(record_id),)),))
        count = records.count(session, one, ListQuery(filter=naming_it), at_most=MOST_COUNTED)
        if count:
            found.append(Pointer(one, field, count))
    return found


def _pointing_fields(catalog: Catalog, resource: Resource) -> Iterator[tuple[Resource, Field]]:
    names = {resource.name} | ({resource.extends.name} if resource.extends else set())
    for one in catalog.values():
        if one.name == AssetRelationship.__tablename__:
            continue
        inherited = one.extends.fields_by_name if one.extends else {}
        for field in one.fields:
            is_own = not field.path and field.name != one.parent and field.name not in inherited
            if is_own and field.kind is Kind.LINK and field.target in names:
                yield one, field
