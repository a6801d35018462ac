"""The same done to many records: one batch, an answer for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shopdb.domain.resource import Resource
from shopdb.exceptions import ShopdbError
from shopdb.services import records


@dataclass(frozen=True, slots=True)
class BulkReport:
    """With which records it was done (by id), and why not with the others."""

    done: tuple[int, ...]
    refused: Mapping[int, str]


def change_each(session: Session, resource: Resource, ids: Sequence[int], values: Mapping[str, Any]) -> BulkReport:
    """Set the same values on each record; one that refuses is left as it was and hinders no other.

    Raises `RefusedValuesError` and changes nothing where the values would do for no record at all.
    """
    resource.check(values, partial=True)
    return _each(session, ids, lambda record_id: records.change(session, resource, record_id, values))


def remove_each(session: Session, resource: Resource, ids: Sequence[int]) -> BulkReport:
    """Delete each record with all that belongs to it; one that is still used stays and hinders no other."""
    return _each(session, ids, lambda record_id: records.remove(session, resource, record_id))


def _each(session: Session, ids: Sequence[int], work: Callable[[int], object]) -> BulkReport:
    done: list[int] = []
    refused: dict[int, str] = {}
    for record_id in ids:
        try:
            with session.begin_nested():
                work(record_id)
            done.append(record_id)
        except ShopdbError as error:
            refused[record_id] = str(error)
    return BulkReport(tuple(done), refused)
