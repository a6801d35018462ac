"""The command palette: every area, every key of the screen in front, and records as you type."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from shopdb.store import search
from shopdb.tui.desk import Area, Desk
from shopdb.tui.failures import told
from shopdb.tui.messages import AreaAsked, RecordAsked
from shopdb.tui.safety import content, unmarked
from shopdb.tui.theme import CONTRAST, DARK, LIGHT
from shopdb.tui.widgets.help import is_scrolling

MOST_RECORDS = 8
SHORTEST_QUERY = 2

COLOURS = {DARK: "dark", LIGHT: "light", CONTRAST: "high contrast"}

Command = tuple[str, str, Callable[[], object]]


class ShopCommands(Provider):
    """What the palette offers; the desk and the areas are set on a subclass once somebody has signed in."""

    desk: Desk | None = None
    areas: tuple[Area, ...] = ()

    async def discover(self) -> Hits:
        """Yield every command before anything is typed."""
        for label, words, run in self._commands():
            yield DiscoveryHit(content(label), run, help=unmarked(words))

    async def search(self, query: str) -> Hits:
        """Yield what matches, commands first."""
        matcher = self.matcher(query)
        for label, words, run in self._commands():
            score = matcher.match(label)
            if score > 0:
                yield Hit(score, matcher.highlight(label), run, help=unmarked(words))
        if self.desk is not None and len(query) >= SHORTEST_QUERY:
            async for hit in self._records(self.desk, query):
                yield hit

    def _commands(self) -> Iterator[Command]:
        for area in self.areas:
            yield f"Go to {area.label}", area.section or "Areas", partial(self.app.post_message, AreaAsked(area.name))
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.description and active.enabled and not binding.system and not is_scrolling(binding):
                run = partial(self.app.run_action, binding.action, active.node)
                yield binding.description, f"key {self.app.get_key_display(binding)}", run
        for theme, words in COLOURS.items():
            yield f"Colours: {words}", "until the program ends", partial(setattr, self.app, "theme", theme)
        yield "Sign out", "forgets the remembered password", partial(self.app.run_action, "app.sign_out")

    async def _records(self, desk: Desk, query: str) -> Hits:
        visible = [name for name in desk.catalog if desk.may(f"{name}.view")]
        ask = partial(search.hits, words=query, resources=visible, limit=MOST_RECORDS)
        try:
            hits = await asyncio.to_thread(desk.read, ask)
        except Exception as error:  # noqa: BLE001 a silent database must not close the palette
            yield Hit(1, content(told(error)), lambda: None, text=unmarked(told(error)))
            return
        for found in hits:
            shown = Content(content(found.title).plain)
            kind = desk.catalog[found.resource].singular
            run = partial(self.app.post_message, RecordAsked(found.resource, found.id))
            yield Hit(found.score / 200, shown, run, text=found.title, help=unmarked(f"{kind} · {found.detail}"))
