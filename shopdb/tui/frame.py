"""The frame around every area: header, navigation, the area itself, the keys."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from shopdb.tui.desk import Desk
from shopdb.tui.messages import AreaAsked, SearchAsked, StateRead
from shopdb.tui.widgets.footer import KeyLine
from shopdb.tui.widgets.header import ShopHeader
from shopdb.tui.widgets.help import HelpScreen, keys_of
from shopdb.tui.widgets.navigation import Navigation

WIDE = 100
"""Cells; narrower terminals fold the navigation away."""


class AreaScreen(Screen[None]):
    """A screen within the frame. Subclasses compose their area and say in ``HELP`` what it is for."""

    HELP: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "navigate", "Go to"),
        Binding("ctrl+k", "search", "Search"),
        Binding("question_mark,f1", "help", "Every key of this screen", show=False),
    ]
    DEFAULT_CSS = """
    AreaScreen {
        & #frame--body { height: 1fr; }
        & #frame--area { width: 1fr; height: 1fr; }
        & Navigation { display: none; }
        & Navigation.-shown { display: block; }
    }
    """

    def __init__(self, desk: Desk, title: str, *, area: str = "") -> None:
        """``area`` is the name under which the navigation knows the screen."""
        super().__init__()
        self.desk = desk
        self.area_title = title
        self._area_name = area
        self._unfolded = False

    def over(self, desk: Desk) -> AreaScreen | None:
        """Return this screen anew, over a desk whose plugins have changed; None if what it shows is not there any more.

        Only screens that are opened on top of others are asked: the lowest of an area is made by the area.
        """
        del desk
        return None

    def go_on(self, former: AreaScreen) -> None:
        """Take over where a person was on another screen of this kind; called before this one is shown."""

    def compose(self) -> ComposeResult:
        """Lay the frame around the area."""
        frame = self.desk.frame()
        yield ShopHeader(frame.site, self.desk.user, frame.port, self.desk.zone)
        with Horizontal(id="frame--body"):
            yield Navigation(frame.areas, self._area_name)
            with Vertical(id="frame--area"):
                yield from self.compose_area()
        yield KeyLine()

    def compose_area(self) -> ComposeResult:
        """Compose what this screen is about."""
        yield from ()

    def on_screen_resume(self) -> None:
        """Begin with what was read last, and fold the navigation as the width demands."""
        frame = self.desk.frame()
        self.query_one(ShopHeader).tell(frame.state)
        self.query_one(Navigation).relabel(frame.areas)
        self._fold()

    def on_state_read(self, message: StateRead) -> None:
        """Show the new state and let the area know."""
        self.query_one(ShopHeader).tell(message)
        self.query_one(Navigation).relabel(self.desk.frame().areas)
        self.on_shop_state(message)

    def on_shop_state(self, read: StateRead) -> None:
        """Called with every reading of the shop's state, some two seconds apart; areas reload when it says so."""

    def on_resize(self) -> None:
        """Fold or unfold the navigation."""
        self._fold()

    def action_navigate(self) -> None:
        """Go to the navigation and back; where it is folded away, unfold it for that long."""
        navigation = self.query_one(Navigation)
        if navigation.has_focus:
            self.on_navigation_left()
        else:
            self._unfolded = True
            self._fold()
            navigation.focus()

    def focus_area(self) -> None:
        """Put the focus where the area's own keys work."""
        area = self.query_one("#frame--area", Vertical)
        inside = [widget for widget in self.focus_chain if area in widget.ancestors]
        self.set_focus(inside[0] if inside else None)

    def action_search(self) -> None:
        """Open the global search."""
        self.post_message(SearchAsked())

    def action_help(self) -> None:
        """Show every key."""
        self.app.push_screen(HelpScreen(keys_of(self), self.HELP or ""))

    def _fold(self) -> None:
        shown = self._unfolded or self.size.width >= WIDE
        self.query_one(Navigation).set_class(shown, "-shown")

    def on_area_asked(self, _message: AreaAsked) -> None:
        """Fold the navigation while the application goes there; this screen is found as it was left."""
        self.on_navigation_left()

    def on_navigation_left(self) -> None:
        """Fold the navigation and go back to the area."""
        self._unfolded = False
        self._fold()
        self.focus_area()
