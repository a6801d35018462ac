"""Taking up what was done to the site's plugins, by whomever, and letting go of the code that is not used any more.

Belongs to the terminal. The application reads the number of the generation every two seconds; the shop of a new one is
opened in a thread of its own, because importing a plugin may take its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.message_pump import MessagePump

from shopdb.boot import Shop
from shopdb.plugins.registry import Registry
from shopdb.plugins.standing import ONLY_DATA, SWITCHED_OFF
from shopdb.plugins.unloading import let_go
from shopdb.store import journal
from shopdb.tui.jobs import Jobs
from shopdb.tui.opening import Uses

PATIENCE_WITH_READERS = 10.0
"""Seconds after which whatever still works with former code is left to its own fate."""


@dataclass(frozen=True, slots=True)
class Former:
    """A shop that was in use until a newer one took its place."""

    shop: Shop
    uses: Uses


class Renewal:
    """Which generation of plugins this terminal shows, and those that it has not let go of yet."""

    def __init__(
        self, owner: MessagePump, renewed: Callable[[Shop], object], failed: Callable[[Exception], object]
    ) -> None:
        """``renewed`` gets the shop of each new generation, ``failed`` why there is none; as messages to the owner."""
        self._jobs = Jobs(threads=2)
        self._slot = self._jobs.slot(owner)
        self._letting_go = self._jobs.slot(owner)
        self._renewed, self._failed = renewed, failed
        self._shop: Shop | None = None
        self._safe = False
        self._tried = 0
        self._former: list[Former] = []

    @property
    def busy(self) -> bool:
        """Whether a new shop is on its way."""
        return self._slot.busy

    def begin(self, shop: Shop, *, safe: bool) -> None:
        """Follow the plugins of a shop that is shown now."""
        self._shop, self._safe, self._tried = shop, safe, shop.generation

    def hear(self, generation: int) -> None:
        """Take up a generation, unless it is shown or could not be taken up before."""
        if self._shop is not None and generation > max(self._shop.generation, self._tried) and not self.busy:
            self._tried = generation
            self.look()

    def look(self) -> None:
        """Take up whatever generation there is."""
        if self._shop is not None:
            self._slot.run(partial(_newer, self._shop, safe=self._safe), self._built, self._failed)

    def retire(self, former: Former) -> None:
        """Keep a shop that was in use until it can be let go of."""
        self._former.append(former)

    def let_go(self, released: Callable[[tuple[Former, ...], tuple[str, ...]], object]) -> None:
        """Forget the code of former shops, which nothing shows any more; ``released`` hears what they leave running."""
        if self._shop is None or not self._former or self._letting_go.busy:
            return
        former, self._former = tuple(self._former), []
        self._letting_go.run(
            partial(_let_go, former, self._shop.plugins), partial(released, former), lambda _error: released(former, ())
        )

    def close(self) -> None:
        """Follow nothing any more."""
        self._slot.cancel()
        self._jobs.close(0)

    def _built(self, shop: Shop | None) -> None:
        if shop is not None:
            self._shop = shop
            self._renewed(shop)


def _newer(shop: Shop, *, safe: bool) -> Shop | None:
    with shop.engine.connect() as connection:
        now = journal.generation(connection)
    return shop.renewed(safe=safe) if now > shop.generation else None


def _let_go(former: tuple[Former, ...], current: Registry) -> tuple[str, ...]:
    left: list[str] = []
    for one in former:
        one.uses.wait(PATIENCE_WITH_READERS)
        left += let_go(one.shop.engine, one.shop.plugins, current)
    return tuple(left)


# ---------------------------------------------------------------- what differs


def differences(former: Registry, current: Registry) -> tuple[str, ...]:
    """Return what has become of plugins, a few words each: "gauges 1.1.0 is here"."""
    return tuple(_differences(former, current))


def folders_of_others(former: Registry, current: Registry) -> tuple[Path, ...]:
    """Return the folders of those plugins whose code is not in use any more."""
    used = {type(plugin).__module__ for plugin in current.plugins.values()}
    return tuple(one.meta.folder for one in former.plugins.values() if type(one).__module__ not in used)


def _differences(former: Registry, current: Registry) -> Iterator[str]:
    for name in sorted({*former.plugins, *current.plugins}):
        was, now = former.plugins.get(name), current.plugins.get(name)
        if now is None:
            yield _gone(name, current)
        elif was is None or was.meta.version != now.meta.version:
            yield f"{name} {now.meta.version} is here"
        elif type(was).__module__ != type(now).__module__:
            yield f"{name} has changed"


def _gone(name: str, current: Registry) -> str:
    left_out = current.left_out.get(name)
    if left_out is None or ONLY_DATA in left_out.reasons:
        return f"{name} is removed"
    if SWITCHED_OFF in left_out.reasons:
        return f"{name} is off"
    return f"{name} is left out: {left_out.reasons[0]}"
