"""Sessions that log what they write and keep the search index true, whoever uses them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Table, event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction, sessionmaker

from shopdb.domain.access import Origin
from shopdb.exceptions import UnloggedWriteError
from shopdb.store import changes, indexing
from shopdb.store.engine import writing_engine
from shopdb.store.schema import Schema


class ShopSession(Session):
    """A session over one shop; ``info`` holds its `Schema`, and its `Origin` when it may write."""


def reading_sessions(engine: Engine, schema: Schema) -> sessionmaker[ShopSession]:
    """Return sessions for reading; a write through them fails for want of an origin."""
    return sessionmaker(engine, class_=ShopSession, expire_on_commit=False, info={"schema": schema})


def writing_session(engine: Engine, schema: Schema, origin: Origin) -> ShopSession:
    """Return a session whose writes are recorded as one batch of this origin."""
    info = {"schema": schema, "origin": origin}
    return ShopSession(writing_engine(engine), expire_on_commit=False, info=info)


def schema_of(session: Session) -> Schema:
    """Return the schema that the session works on."""
    schema: Schema = session.info["schema"]
    return schema


def origin_of(session: Session) -> Origin:
    """Return who writes through the session."""
    origin: Origin = session.info["origin"]
    return origin


@event.listens_for(ShopSession, "do_orm_execute")
def _refuse_unlogged(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table = state.statement.table  # type: ignore[attr-defined]  # every DML construct has one
        if table.info.get("logged", True):
            raise UnloggedWriteError(table.name)


@event.listens_for(ShopSession, "before_flush")
def _read_what_will_change(session: Session, _flush: UOWTransaction, _instances: Any) -> None:
    by_table: defaultdict[Table, list[Any]] = defaultdict(list)
    for instance in [*session.dirty, *session.deleted]:
        if instance in session.deleted or session.is_modified(instance):
            by_table[inspect(instance).mapper.local_table].append(instance)
    before = session.info["before_flush"] = {}
    for table, instances in by_table.items():
        for instance in instances:
            identity = inspect(instance).identity
            if identity is not None and table.info.get("logged"):
                before[instance] = _row(session, table, identity)
    for instance in list(session.deleted):
        if instance in before:
            # The rows that go with it are logged here; the database would take them away in silence.
            table = inspect(instance).mapper.local_table
            changes.delete_dependents(session, table, before[instance])


def _row(session: Session, table: Table, identity: Sequence[Any]) -> dict[str, Any]:
    match = [column == value for column, value in zip(table.primary_key.columns, identity, strict=True)]
    return dict(session.connection().execute(select(table).where(*match)).mappings().one())


@event.listens_for(ShopSession, "after_flush")
def _log_what_changed(session: Session, _flush: UOWTransaction) -> None:
    before = session.info.pop("before_flush", {})
    for instance in session.new:
        table = inspect(instance).mapper.local_table
        changes.record(session, table, "create", after=[_values(instance, table)])
    for instance, row in before.items():
        table = inspect(instance).mapper.local_table
        if instance in session.deleted:
            changes.record(session, table, "delete", before=[row])
        elif (now := _values(instance, table)) != row:
            changes.record(session, table, "update", before=[row], after=[now])


def _values(instance: Any, table: Table) -> dict[str, Any]:
    state = inspect(instance)
    names = {state.mapper.get_property_by_column(column).key: column.name for column in table.columns}
    return {column: state.dict.get(name) for name, column in names.items()}


@event.listens_for(ShopSession, "before_commit")
def _write_the_log(session: Session) -> None:
    if session.in_nested_transaction():
        return
    settle(session)


def settle(session: Session) -> int | None:
    """Write what the log and the search index owe so far and return the batch's id, None if nothing was changed.

    Happens by itself before every commit; work on very many rows calls it now and then to bound its memory.
    """
    session.flush()
    log = changes.log_of(session)
    batch_id = changes.write_log(session)
    indexing.refresh(session, log.written)
    log.written.clear()
    return batch_id


@event.listens_for(ShopSession, "after_transaction_create")
def _remember_the_mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        changes.log_of(session).savepoints.append(len(changes.log_of(session).entries))


@event.listens_for(ShopSession, "after_transaction_end")
def _forget_the_mark(session: Session, transaction: SessionTransaction) -> None:
    log = changes.log_of(session)
    if transaction.nested:
        session.info["left_savepoint"] = log.savepoints.pop()
    elif transaction.parent is None:
        session.info.pop("log", None)


@event.listens_for(ShopSession, "after_soft_rollback")
def _drop_what_was_taken_back(session: Session, previous: SessionTransaction) -> None:
    if previous.nested:  # it has ended by now: `_forget_the_mark` comes first
        del changes.log_of(session).entries[session.info["left_savepoint"] :]
