"""The command palette: every area, every key of the screen in front, and records as you type."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from shopdb.store import search
from shopdb.tui.desk import Area, Desk
from shopdb.tui.messages import AreaAsked, RecordAsked
from shopdb.tui.safety import content, unmarked

MOST_RECORDS = 8
SHORTEST_QUERY = 2

Command = tuple[str, str, Callable[[], object]]


class ShopCommands(Provider):
    """What the palette offers; the desk and the areas are set on a subclass once somebody has signed in."""

    desk: Desk | None = None
    areas: tuple[Area, ...] = ()

    async def discover(self) -> Hits:
        """Yield every command before anything is typed."""
        for label, told, run in self._commands():
            yield DiscoveryHit(content(label), run, help=unmarked(told))

    async def search(self, query: str) -> Hits:
        """Yield what matches, commands first."""
        matcher = self.matcher(query)
        for label, told, run in self._commands():
            score = matcher.match(label)
            if score > 0:
                yield Hit(score, matcher.highlight(label), run, help=unmarked(told))
        if self.desk is not None and len(query) >= SHORTEST_QUERY:
            async for hit in self._records(self.desk, query):
                yield hit

    def _commands(self) -> Iterator[Command]:
        for area in self.areas:
            yield f"Go to {area.label}", area.section, partial(self.app.post_message, AreaAsked(area.name))
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.description and active.enabled:
                run = partial(self.app.run_action, binding.action, active.node)
                yield binding.description, f"key {self.app.get_key_display(binding)}", run

    async def _records(self, desk: Desk, query: str) -> Hits:
        visible = [name for name in desk.catalog if desk.may(f"{name}.view")]
        ask = partial(search.hits, words=query, resources=visible, limit=MOST_RECORDS)
        for found in await asyncio.to_thread(desk.read, ask):
            shown = Content(content(found.title).plain)
            told = f"{desk.catalog[found.resource].singular} · {found.detail}"
            run = partial(self.app.post_message, RecordAsked(found.resource, found.id))
            yield Hit(found.score / 200, shown, run, text=found.title, help=unmarked(told))
