"""What plugins want everybody to know now, asked of each plugin by itself.

Belongs to the terminal. A plugin that fails or does not answer has no notices; the header goes on without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from textual.message_pump import MessagePump

from shopdb.store.engine import is_transient
from shopdb.tui.failures import told
from shopdb.tui.jobs import PATIENCE_WITH_PLUGINS, Jobs, Slot

NOTICES_SERVICE = ".active_notices"
Notice = tuple[str, str]
Ask = Callable[[Session], Any]


@dataclass(slots=True)
class _Asked:
    ask: Ask
    slot: Slot
    since: float = 0.0
    is_late: bool = False
    told: tuple[Notice, ...] = ()


class Notices:
    """The notices of all plugins as they were told last."""

    def __init__(
        self,
        read: Callable[[Callable[[Session], Any]], Any],
        services: Mapping[str, Ask],
        failed: Callable[[str, str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask the ``services`` that are about notices; ``failed`` hears of a plugin and its problem."""
        self._read, self._failed, self._clock = read, failed, clock
        self._services = {
            name.removesuffix(NOTICES_SERVICE): ask for name, ask in services.items() if name.endswith(NOTICES_SERVICE)
        }
        self._asked: dict[str, _Asked] = {}

    @property
    def told(self) -> tuple[Notice, ...]:
        """(severity, text) of each notice."""
        return tuple(notice for asked in self._asked.values() for notice in asked.told)

    def ask(self, owner: MessagePump, jobs: Jobs, changed: Callable[[], object]) -> None:
        """Ask every plugin that has answered; ``changed`` is called once one tells something else than before."""
        for plugin, ask in self._services.items():
            asked = self._asked.get(plugin)
            if asked is None:
                asked = self._asked[plugin] = _Asked(ask, jobs.apart(plugin).slot(owner))
            if asked.slot.busy:
                self._wait(plugin, asked)
            else:
                asked.since, asked.is_late = self._clock(), False
                work = partial(self._read, partial(_in_words, ask))
                asked.slot.run(work, partial(self._answered, asked, changed), partial(self._lost, plugin, asked))

    def close(self) -> None:
        """Hear nothing more."""
        for asked in self._asked.values():
            asked.slot.cancel()

    def _wait(self, plugin: str, asked: _Asked) -> None:
        if not asked.is_late and self._clock() - asked.since > PATIENCE_WITH_PLUGINS:
            asked.is_late, asked.told = True, ()
            self._failed(plugin, f"its notices do not answer within {PATIENCE_WITH_PLUGINS:.0f} s")

    def _answered(self, asked: _Asked, changed: Callable[[], object], told: tuple[Notice, ...]) -> None:
        if told != asked.told:
            asked.told = told
            changed()

    def _lost(self, plugin: str, asked: _Asked, error: Exception) -> None:
        asked.told = ()
        if not is_transient(error):
            self._failed(plugin, f"asking for its notices: {told(error)}")


def _in_words(ask: Ask, session: Session) -> tuple[Notice, ...]:
    return tuple((str(one.severity), str(one.title)) for one in ask(session))
