"""What is to be told of plugins in the journal, kept until the database takes it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sqlalchemy import Engine

from shopdb.plugins.registry import Registry
from shopdb.store import journal

PROGRAM = "server"
MOST_WAITING = 200
NOBODY = ("", "core")


@dataclass(frozen=True, slots=True)
class Fault:
    """A plugin's fault; ``stopped`` if this server runs without the plugin."""

    plugin: str
    content_digest: bytes | None
    problem: str
    stopped: bool


class Faults:
    """The faults that wait to be written down."""

    def __init__(self) -> None:
        """Begin without any."""
        self._waiting: deque[Fault] = deque(maxlen=MOST_WAITING)

    def note(self, plugin: str, content_digest: bytes | None, problem: str, *, stopped: bool) -> None:
        """Keep a plugin's fault; one of nobody's, or of core's, is for the log alone."""
        fault = Fault(plugin, content_digest, problem, stopped)
        if plugin not in NOBODY and fault not in self._waiting:
            self._waiting.append(fault)

    def waiting_for(self) -> frozenset[str]:
        """Return the plugins of which something is not written down yet."""
        return frozenset(one.plugin for one in self._waiting)

    def write(self, engine: Engine) -> None:
        """Write all down; what the database refuses waits on, and its error is raised."""
        while self._waiting:
            one = self._waiting[0]
            journal.note_fault(
                engine,
                plugin=one.plugin,
                content_digest=one.content_digest,
                program=PROGRAM,
                problem=one.problem,
                stopped=one.stopped,
            )
            self._waiting.popleft()


def faulty(engine: Engine, registry: Registry) -> dict[str, str]:
    """Return the plugins that were left out for a fault of theirs, with all reasons; not those being worked on."""
    found = {name: "\n".join(left.reasons) for name, left in registry.left_out.items() if left.faulty}
    if found:
        with engine.connect() as connection:
            for one in journal.operations(connection, state=journal.RUNNING):
                found.pop(one.plugin, None)
    return found


def noted_here(engine: Engine) -> frozenset[str]:
    """Return the plugins that servers on this host are noted to run without."""
    host = journal.this_host()
    with engine.connect() as connection:
        noted = journal.faults(connection)
    return frozenset(one.plugin for one in noted if one.stopped and one.program == PROGRAM and one.host == host)
