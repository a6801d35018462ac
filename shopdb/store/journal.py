"""What was done to plugins, step by step, what failed of them, and which servers have taken it up.

The journal is what a later process needs to finish, or take back, what this one began.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from shopdb.store.base import utc_now
from shopdb.store.engine import writing_engine
from shopdb.store.models import PluginFault, PluginOperation, Program
from shopdb.store.schema import table_of

SERVER_SILENT = timedelta(seconds=30)
"""A server that has not said for so long which generation it answers with has ended."""
RUNNING, DONE, TAKEN_BACK, STOPPED = "running", "done", "taken back", "stopped"
_OPERATIONS, _FAULTS, _PROGRAMS = table_of(PluginOperation), table_of(PluginFault), table_of(Program)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationState:
    """One thing that was, or is being, done to a plugin."""

    id: int
    verb: str
    plugin: str
    state: str
    step: str
    host: str
    actor: str
    started_at: datetime
    ended_at: datetime | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedFault:
    """Why some program runs without a plugin (``stopped``), or closed a part of it."""

    plugin: str
    content_digest: bytes | None
    program: str
    host: str
    problem: str
    stopped: bool
    happened_at: datetime


def this_host() -> str:
    """Return the name under which this host is known in the journal."""
    return socket.gethostname()[:190]


# ---------------------------------------------------------------- operations


def generation(connection: Connection) -> int:
    """Return the number that grows whenever plugins were installed, switched or removed; 0 on a new site."""
    return connection.scalar(select(func.max(_OPERATIONS.c.generation))) or 0


def begin_operation(engine: Engine, *, verb: str, plugin: str, actor: str, facts: Mapping[str, Any]) -> int:
    """Write down that something begins and return its id."""
    row = {
        "verb": verb,
        "plugin": plugin,
        "state": RUNNING,
        "host": this_host(),
        "actor": actor[:120],
        "started_at": utc_now(),
        "facts": dict(facts),
        "log_text": "",
        "told": "",
    }
    with writing_engine(engine).begin() as connection:
        made = connection.execute(insert(_OPERATIONS).values(row)).inserted_primary_key
    assert made is not None
    return int(made[0])


def note_step(engine: Engine, operation_id: int, step: str, facts: Mapping[str, Any], log: str) -> None:
    """Write down that a step is complete, with what a later process needs to know."""
    with writing_engine(engine).begin() as connection:
        connection.execute(
            update(_OPERATIONS)
            .where(_OPERATIONS.c.id == operation_id)
            .values(step=step, facts=dict(facts), log_text=log)
        )


def note_facts(engine: Engine, operation_id: int, facts: Mapping[str, Any]) -> None:
    """Write down in the middle of a step what a later process needs to know."""
    with writing_engine(engine).begin() as connection:
        connection.execute(update(_OPERATIONS).where(_OPERATIONS.c.id == operation_id).values(facts=dict(facts)))


def end_operation(connection: Connection, operation_id: int, state: str, *, log: str = "", told: str = "") -> None:
    """Write down how something ended; what is done makes a new generation."""
    values: dict[str, Any] = {"state": state, "ended_at": utc_now(), "log_text": log, "told": told}
    if state == DONE:
        values["generation"] = generation(connection) + 1
    connection.execute(update(_OPERATIONS).where(_OPERATIONS.c.id == operation_id).values(values))


def bump_generation(connection: Connection, operation_id: int) -> int:
    """Make a new generation in the middle of an operation and return it."""
    now = generation(connection) + 1
    connection.execute(update(_OPERATIONS).where(_OPERATIONS.c.id == operation_id).values(generation=now))
    return now


def operations(
    connection: Connection, *, plugin: str = "", state: str = "", operation_id: int | None = None, limit: int = 50
) -> tuple[OperationState, ...]:
    """Return operations, newest first, of one plugin, in one state, or the one of an id."""
    query = select(_OPERATIONS).order_by(_OPERATIONS.c.id.desc()).limit(limit)
    if plugin:
        query = query.where(_OPERATIONS.c.plugin == plugin)
    if state:
        query = query.where(_OPERATIONS.c.state == state)
    if operation_id is not None:
        query = query.where(_OPERATIONS.c.id == operation_id)
    return tuple(_operation(row) for row in connection.execute(query))


def _operation(row: Row[Any]) -> OperationState:
    names = ("id", "verb", "plugin", "state", "step", "host", "actor", "started_at", "ended_at", "facts", "told")
    return OperationState(log=row.log_text, **{name: getattr(row, name) for name in names})


# ---------------------------------------------------------------- faults


def note_fault(
    engine: Engine, *, plugin: str, content_digest: bytes | None, program: str, problem: str, stopped: bool
) -> None:
    """Write down why this program goes without a plugin or has closed a part of it; the same again is the newest."""
    told = problem[:4000]
    key = {
        "plugin": plugin,
        "program": program,
        "host": this_host(),
        "problem_digest": sha256(told.encode(errors="replace")).digest(),
    }
    same = [_FAULTS.c[name] == value for name, value in key.items()]
    values = {"content_digest": content_digest, "problem": told, "stopped": stopped, "happened_at": utc_now()}
    with writing_engine(engine).begin() as connection:
        if connection.execute(update(_FAULTS).where(*same).values(values)).rowcount == 0:
            connection.execute(insert(_FAULTS).values(**key, **values))


def faults(connection: Connection) -> tuple[NotedFault, ...]:
    """Return what was noted, newest first."""
    names = ("plugin", "content_digest", "program", "host", "problem", "stopped", "happened_at")
    rows = connection.execute(select(_FAULTS).order_by(_FAULTS.c.happened_at.desc()).limit(500))
    return tuple(NotedFault(**{name: getattr(row, name) for name in names}) for row in rows)


def forget_faults(connection: Connection, plugin: str) -> None:
    """Forget what a plugin did before it was installed, upgraded or switched on anew."""
    connection.execute(delete(_FAULTS).where(_FAULTS.c.plugin == plugin))


# ---------------------------------------------------------------- servers


@contextmanager
def serving(engine: Engine, address: str, now_at: int) -> Iterator[None]:
    """Be known as a running server while the block lasts."""
    say_generation(engine, address, now_at)
    try:
        yield
    finally:
        with writing_engine(engine).begin() as connection:
            connection.execute(delete(_PROGRAMS).where(*_this_process()))


def say_generation(engine: Engine, address: str, now_at: int) -> None:
    """Say which generation this server answers with; to be said anew every ten seconds."""
    with writing_engine(engine).begin() as connection:
        values = {"address": address[:190], "generation": now_at, "seen_at": utc_now()}
        if connection.execute(update(_PROGRAMS).where(*_this_process()).values(values)).rowcount == 0:
            connection.execute(insert(_PROGRAMS).values(host=this_host(), process=os.getpid(), **values))
        connection.execute(delete(_PROGRAMS).where(_PROGRAMS.c.seen_at < utc_now() - timedelta(days=1)))


def servers_behind(connection: Connection, wanted: int) -> tuple[str, ...]:
    """Return where servers run that answer with an older generation, as "host address"."""
    alive = _PROGRAMS.c.seen_at > utc_now() - SERVER_SILENT
    rows = connection.execute(
        select(_PROGRAMS.c.host, _PROGRAMS.c.address).where(alive, _PROGRAMS.c.generation < wanted)
    )
    return tuple(f"{row.host} {row.address}" for row in rows)


def _this_process() -> tuple[Any, Any]:
    return _PROGRAMS.c.host == this_host(), _PROGRAMS.c.process == os.getpid()
