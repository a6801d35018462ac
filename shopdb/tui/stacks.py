"""The screens that lie on one another in each area, exchanged while the program runs, and code of screens forgotten.

Belongs to the terminal. Textual pushes and pops screens, but exchanges none that lies below another; and it keeps the
styles and classes of every screen that it ever showed. Both are changed here and nowhere else, because it takes what
Textual keeps to itself; tests/tui/test_live_plugins.py tries it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual import events
from textual._context import visible_screen_stack
from textual.app import App
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen

CACHES = ("_css_bases", "_get_component_classes")
"""What Textual keeps by the class of a widget, for ever."""


class StackedApp(App[None]):
    """An application whose areas go on with other screens."""

    def __init__(self, *, ansi_color: bool | None = None, driver_class: type[Driver] | None = None) -> None:
        """As Textual has it."""
        super().__init__(ansi_color=ansi_color, driver_class=driver_class)

    def stack_of(self, mode: str) -> tuple[Screen[Any], ...]:
        """The screens of a mode from the lowest to the one in front; none if it was not opened yet."""
        return tuple(self._screen_stacks.get(mode, ()))

    def put_stack(self, mode: str, make: Callable[[], Screen[Any]], screens: Sequence[Screen[Any]]) -> None:
        """Let a mode go on with other screens, some of which may be there already; ``make`` makes its lowest.

        Without any, the mode is opened anew when somebody goes there.
        """
        self._modes[mode] = make
        visible_screen_stack.set([])  # each screen's tasks would keep what was seen when they began
        former = self._screen_stacks.get(mode, [])
        if not screens:
            self._screen_stacks.pop(mode, None)
        else:
            for screen in screens:
                if screen not in former:
                    self._get_screen(screen)
                    screen._push_result_callback(self, None)  # noqa: SLF001 as the first lines say
                    self._load_screen_css(screen)
                    screen._update_auto_focus()  # noqa: SLF001 as above
            self._screen_stacks[mode] = list(screens)
        self._take_away([screen for screen in former if screen not in screens])
        if mode == self.current_mode:
            self._show([screen for screen in screens if screen not in former])

    def drop_mode(self, mode: str) -> None:
        """Take a mode that is not the current one away, with its screens."""
        self._modes.pop(mode, None)
        self._take_away(self._screen_stacks.pop(mode, []))

    def forget_code(self, folder: Path) -> None:
        """Forget the styles that screens and widgets of the code in a folder brought, and Textual's notes of them."""
        own = [
            location for location in self.stylesheet.source if location[0] and Path(location[0]).is_relative_to(folder)
        ]
        for place in own:
            del self.stylesheet.source[place]
        if own:
            self.stylesheet.reparse()
            self.refresh_css()
        for name in CACHES:
            DOMNode.__dict__[name].__func__.cache_clear()

    def _take_away(self, screens: Sequence[Screen[Any]]) -> None:
        async def remove() -> None:
            for screen in reversed(screens):
                await self._replace_screen(screen)

        if screens:
            self.call_next(remove)

    def _show(self, screens: Sequence[Screen[Any]]) -> None:
        """Lay out screens that are seen now; those below a dialog are, too."""
        if any(screen._css_update_count != self._css_update_count for screen in screens):  # noqa: SLF001 as above
            self.refresh_css()
        for screen in screens:
            screen.post_message(events.ScreenResume())
        if self.screen in screens:
            self.screen_change_signal.publish(self.screen)
