"""Sessions that log what they write and keep the search index true, whoever uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, Table, TextClause, UpdateBase, event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction, sessionmaker

from shopdb.domain.access import Origin
from shopdb.exceptions import UnloggedWriteError
from shopdb.store import changes, indexing
from shopdb.store.engine import writing_engine
from shopdb.store.log import log_of, record, write_log
from shopdb.store.schema import Schema, schema_of

WRITTEN_TEXT = re.compile(
    r"\s*(?:insert\s+(?:\w+\s+){0,2}into|replace\s+into|update|delete\s+from|truncate(?:\s+table)?)\s+[`\"]?(\w+)",
    re.IGNORECASE,
)


class ShopSession(Session):
    """A session over one shop; ``info`` holds its `Schema`, and its `Origin` when it may write."""

    def bulk_save_objects(self, objects: Iterable[object], *_options: Any, **_named: Any) -> None:
        """Refuse what no hook would see: `UnloggedWriteError`."""
        raise UnloggedWriteError(", ".join(sorted({_table(one).name for one in objects})))

    def bulk_insert_mappings(self, mapper: Any, *_options: Any, **_named: Any) -> None:
        """Refuse what no hook would see: `UnloggedWriteError`."""
        raise UnloggedWriteError(inspect(mapper).local_table.name)

    def bulk_update_mappings(self, mapper: Any, *_options: Any, **_named: Any) -> None:
        """Refuse what no hook would see: `UnloggedWriteError`."""
        raise UnloggedWriteError(inspect(mapper).local_table.name)


def reading_sessions(engine: Engine, schema: Schema) -> sessionmaker[ShopSession]:
    """Return sessions for reading; a write through them fails for want of an origin."""
    return sessionmaker(engine, class_=ShopSession, expire_on_commit=False, info={"schema": schema})


def writing_session(engine: Engine, schema: Schema, origin: Origin) -> ShopSession:
    """Return a session whose writes are recorded as one batch of this origin."""
    info = {"schema": schema, "origin": origin}
    return ShopSession(writing_engine(engine), expire_on_commit=False, info=info)


def origin_of(session: Session) -> Origin:
    """Return who writes through the session."""
    origin: Origin = session.info["origin"]
    return origin


@event.listens_for(ShopSession, "do_orm_execute")
def _refuse_unlogged(state: ORMExecuteState) -> None:
    table: Table | None = None
    if isinstance(state.statement, UpdateBase):
        table = state.statement.table  # type: ignore[assignment]  # a join is no target on both engines
    elif isinstance(state.statement, TextClause) and (written := WRITTEN_TEXT.match(state.statement.text)):
        table = schema_of(state.session).tables.get(written[1].lower())
    if table is not None and table.info.get("logged", True):
        raise UnloggedWriteError(table.name)


@event.listens_for(ShopSession, "before_flush")
def _read_what_will_change(session: Session, _flush: UOWTransaction, _instances: Any) -> None:
    gone = [instance for instance in session.deleted if _is_logged(instance)]
    changed = [instance for instance in session.dirty if _is_logged(instance) and session.is_modified(instance)]
    before: dict[Any, dict[str, Any]] = {}
    for instance in [*changed, *gone]:
        row = _row(session, instance)
        if row is not None:
            before[instance] = row
    session.info["before_flush"] = before
    for instance in gone:
        if instance in before:
            changes.delete_dependents(session, _table(instance), [before[instance]])


@event.listens_for(ShopSession, "after_flush")
def _log_what_changed(session: Session, _flush: UOWTransaction) -> None:
    before = session.info.pop("before_flush")
    for instance in session.new:
        if _is_logged(instance):
            record(session, _table(instance), "create", after=[_values(session, instance)])
    for instance, row in before.items():
        if instance in session.deleted:
            record(session, _table(instance), "delete", before=[row])
        else:
            record(session, _table(instance), "update", before=[row], after=[{**row, **_values(session, instance)}])


def _table(instance: Any) -> Table:
    table = inspect(instance).mapper.local_table
    assert isinstance(table, Table)
    return table


def _is_logged(instance: Any) -> bool:
    return bool(_table(instance).info.get("logged"))


def _row(session: Session, instance: Any) -> dict[str, Any] | None:
    """Return the row as the database has it, kept from others; None if it is gone, which the flush will find out."""
    table = _table(instance)
    identity = inspect(instance).identity or ()
    match = [column == value for column, value in zip(table.primary_key.columns, identity, strict=True)]
    found = session.connection().execute(select(table).where(*match).with_for_update()).mappings().one_or_none()
    return None if found is None else dict(found)


def _values(session: Session, instance: Any) -> dict[str, Any]:
    """Return what the instance holds of its row; what only the database knows yet (an SQL expression) is read."""
    state, table = inspect(instance), _table(instance)
    names = {state.mapper.get_property_by_column(column).key: column.name for column in table.columns}
    if not state.expired_attributes.isdisjoint(names):
        return _row(session, instance) or {}
    return {column: state.dict[name] for name, column in names.items() if name in state.dict}


@event.listens_for(ShopSession, "before_commit")
def _write_the_log(session: Session) -> None:
    marks = log_of(session).marks
    if session.in_nested_transaction() and not marks[-1].is_ending:
        # A savepoint ends here, or the whole transaction with a savepoint still open: then this is called once more.
        marks[-1].is_ending = True
        return
    settle(session)


def settle(session: Session) -> int | None:
    """Write what the log and the search index owe so far and return the batch's id, None if nothing was changed.

    Happens by itself before every commit; work on very many rows calls it now and then to bound its memory.
    """
    session.flush()
    batch_id, written = write_log(session)
    indexing.refresh(session, written)
    return batch_id


@event.listens_for(ShopSession, "after_transaction_create")
def _remember_the_mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        log_of(session).mark()


@event.listens_for(ShopSession, "after_transaction_end")
def _forget_the_mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info["left_mark"] = log_of(session).marks.pop()
    elif transaction.parent is None:
        session.info.pop("log", None)


@event.listens_for(ShopSession, "after_soft_rollback")
def _drop_what_was_taken_back(session: Session, previous: SessionTransaction) -> None:
    if previous.nested:  # it has ended by now: `_forget_the_mark` comes first
        log_of(session).return_to(session.info["left_mark"])
