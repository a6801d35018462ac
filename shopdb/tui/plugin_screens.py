"""The screens that plugins bring: opened on top of what is there, and made anew when their code has changed.

Belongs to the terminal. A screen reads and writes through whatever desk there is now, so that it may stay open while
other plugins come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from textual.screen import Screen

from shopdb.domain.screens import ScreenContext, ScreenSpec
from shopdb.plugins.importing import plugin_in
from shopdb.tui.areas import context_for
from shopdb.tui.containment import ContainedApp, ScreenFailed
from shopdb.tui.desk import Desk, Written
from shopdb.tui.guarding import as_failure
from shopdb.tui.messages import Done, ListAsked


class PluginScreens:
    """The plugins' own screens of one application."""

    def __init__(self, app: ContainedApp, desk: Callable[[], Desk]) -> None:
        """Let screens work at the desk that there is whenever they do."""
        self._app, self._desk = app, desk
        self._specs: Mapping[str, ScreenSpec] = {}
        self._ids: WeakKeyDictionary[Screen[Any], str] = WeakKeyDictionary()

    def bring(self, specs: Mapping[str, ScreenSpec]) -> None:
        """Open these screens from now on."""
        self._specs = specs

    def open(self, screen_id: str) -> None:
        """Show a screen on top of what is open: leaving it, the way Textual has it, comes back there."""
        spec = self._specs.get(screen_id)
        if spec is not None and all(self._ids.get(screen) != screen_id for screen in self._app.screen_stack):
            self._app.open_screen(spec.title, partial(self._made, spec))

    def again(self, screen: Screen[Any]) -> Screen[Any] | None:
        """Return a screen of the same kind; None if there is none any more, or it cannot be made."""
        spec = self._specs.get(self._ids.get(screen, ""))
        if spec is None:
            return None
        try:
            return self._made(spec)
        except BaseException as error:  # noqa: BLE001 a plugin's code
            self._app.post_message(ScreenFailed(spec.title, as_failure(error), plugin_in(type(screen).__module__)))
            return None

    def _made(self, spec: ScreenSpec) -> Screen[Any]:
        screen: Screen[Any] = spec.factory(self._context())
        screen.title = screen.title or spec.title
        self._ids[screen] = spec.id
        return screen

    def _context(self) -> ScreenContext:
        def read(work: Callable[[Any], Any]) -> Any:
            return self._desk().read(work)

        def write(label: str, work: Callable[[Any], Any]) -> Written[Any]:
            return self._desk().write(label, work)

        def done(label: str, batch_id: int) -> None:
            self._app.post_message(Done(label, batch_id))

        def open_list(resource: str, filter_text: str) -> None:
            self._app.post_message(ListAsked(resource, filter_text))

        return context_for(replace(self._desk(), read=read, write=write), done, open_list)
