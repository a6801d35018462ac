"""Fields that hold many links: through an association table, or through a relationship type between assets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Table, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Ref
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import RefusedValuesError
from shopdb.store import changes
from shopdb.store.models.assets import AssetRelationship, RelationshipType
from shopdb.store.schema import Schema, association_ends, key_column, label_of, own_table, root_table, table_of


@dataclass(frozen=True, slots=True)
class Ends:
    """The rows that make a field's links: the owner's id, the target's id and label, and what restricts them."""

    clause: FromClause
    owner: Column[Any]
    target: Column[Any]
    label: ColumnElement[Any]
    conditions: tuple[ColumnElement[bool], ...]


def ends(session: Session, resource: Resource, field: Field) -> Ends:
    """Return where a LINKS field's links are kept."""
    schema: Schema = session.info["schema"]
    known_by = label_of(schema.tables[field.target])
    target = known_by.table.alias()
    key = target.c[key_column(known_by.table).name]
    if field.relation:
        relation = table_of(AssetRelationship)
        kind = table_of(RelationshipType)
        inverse = field.relation.startswith("~")
        owner, other = ("target_id", "source_id") if inverse else ("source_id", "target_id")
        clause = relation.join(kind, kind.c.id == relation.c.type_id).join(target, key == relation.c[other])
        named = kind.c.name == field.relation.lstrip("~")
        return Ends(clause, relation.c[owner], relation.c[other], target.c[known_by.name], (named,))
    through = schema.tables[field.path]
    own_end, other_end = association_ends(through, root_table(resource), own_table(resource))
    return Ends(through.join(target, key == other_end), own_end, other_end, target.c[known_by.name], ())


def read(session: Session, resource: Resource, field: Field, ids: Sequence[int]) -> dict[int, tuple[Ref, ...]]:
    """Return the field's links for each of the ids, sorted by label, in one statement."""
    found = ends(session, resource, field)
    statement = (
        select(found.owner, found.target, found.label)
        .select_from(found.clause)
        .where(found.owner.in_(ids), *found.conditions)
        .order_by(found.label, found.target)
    )
    links: defaultdict[int, list[Ref]] = defaultdict(list)
    for owner, target, label in session.connection().execute(statement):
        links[owner].append(Ref(target, label or ""))
    return {record_id: tuple(links[record_id]) for record_id in ids}


def replace(session: Session, resource: Resource, field: Field, record_id: int, wanted: Iterable[Ref]) -> bool:
    """Make the record's links exactly these (their ids are known); return whether anything changed."""
    before = {ref.id for ref in read(session, resource, field, [record_id])[record_id] if ref.id is not None}
    after = {ref.id for ref in wanted if ref.id is not None}
    if before == after:
        return False
    table: Table = table_of(AssetRelationship) if field.relation else session.info["schema"].tables[field.path]
    owner, other, fixed = _columns(session, resource, field, table)
    gone = select(table).where(table.c[owner] == record_id, table.c[other].in_(before - after))
    gone = gone.where(*[table.c[name] == value for name, value in fixed.items()])
    changes.delete_rows(session, table, [dict(row) for row in session.connection().execute(gone).mappings()])
    changes.insert_rows(session, table, [{owner: record_id, other: new, **fixed} for new in sorted(after - before)])
    return True


def _columns(session: Session, resource: Resource, field: Field, table: Table) -> tuple[str, str, dict[str, Any]]:
    if not field.relation:
        own_end, other_end = association_ends(table, root_table(resource), own_table(resource))
        return own_end.name, other_end.name, {}
    name = field.relation.lstrip("~")
    kind = session.connection().execute(select(RelationshipType.id, RelationshipType.inheritsposition).where(
        RelationshipType.name == name
    )).one_or_none()  # fmt: skip
    if kind is None:
        raise RefusedValuesError(resource.name, {field.name: [f"there is no relationship type {name!r}"]})
    owner, other = ("target_id", "source_id") if field.relation.startswith("~") else ("source_id", "target_id")
    return owner, other, {"type_id": kind.id, "inheritsposition": kind.inheritsposition}
