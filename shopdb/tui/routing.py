"""The program as its screens ask it: to go somewhere, to open something, to undo or do something.

Belongs to the terminal. What there is to go to is the seat's; this only finds the way.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete

from shopdb.exceptions import ShopdbError
from shopdb.tui.containment import ScreenFailed
from shopdb.tui.messages import (
    AreaAsked,
    DeedAsked,
    Done,
    ListAsked,
    PluginFailed,
    RecordAsked,
    SearchAsked,
    UndoAsked,
)
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.screens.door import DoorScreen

if TYPE_CHECKING:
    from shopdb.store.search import Hit
    from shopdb.tui.desk import Desk
    from shopdb.tui.seat import Seat


class RoutingApp(SafeApp):
    """An application that goes where the screens of whoever has signed in ask to go."""

    _seat: Seat | None = None

    @property
    def _desk(self) -> Desk | None:
        return None if self._seat is None else self._seat.desk

    # -- where to go ---------------------------------------------------------------------------------------

    def on_area_asked(self, message: AreaAsked) -> None:
        """Switch to an area; it is as it was left."""
        self._go(message.area)

    def _go(self, area: str) -> None:
        from shopdb.tui.areas import SCREEN_PREFIX
        from shopdb.tui.frame import AreaScreen

        if self._seat is None:
            return
        if area not in {one.name for one in self._seat.areas}:
            self.notify("This is not here any more.", severity="warning")
        elif area.startswith(SCREEN_PREFIX):
            self._seat.screens.open(area.removeprefix(SCREEN_PREFIX))
        elif area == self.current_mode:
            # A form on top stays: what is typed there is not given up by going somewhere.
            while len(self.screen_stack) > 1 and isinstance(self.screen, AreaScreen):
                self.pop_screen()
        else:
            self.open_mode(area)

    def pop_screen(self) -> AwaitComplete:
        """Leave the screen in front; what waited for that can go on with other plugins."""
        popped = super().pop_screen()
        self.call_later(self._catch_up)
        return popped

    def _catch_up(self) -> None:
        if self._seat is not None:
            self._seat.catch_up()

    def on_screen_failed(self, message: ScreenFailed) -> None:
        """Write it down, and go on where there is something to do once an area has failed and was closed."""
        if self._seat is None:
            return
        self._seat.note_fault(message.plugin, f"{message.name} failed and was closed: {message.reason}")
        if isinstance(self.screen, DoorScreen):
            self.screen.say(f"{message.name} failed and was closed.\n\nctrl+p goes to another area, ctrl+q quits.")

    def on_plugin_failed(self, message: PluginFailed) -> None:
        """Write down what a plugin did."""
        if self._seat is not None:
            self._seat.note_fault(message.plugin, message.problem)

    def on_list_asked(self, message: ListAsked) -> None:
        """Show a filtered list on top of what is open, so that esc comes back."""
        from shopdb.tui.screens.record_list import RecordListScreen

        if self._desk is None:
            return
        desk = self._desk
        try:
            resource = desk.catalog[message.resource]
        except ShopdbError as error:  # a plugin's widget or screen names it
            self.notify(str(error), severity="error")
            return
        self.open_screen(resource.title, partial(RecordListScreen, desk, resource, message.filter))

    def on_record_asked(self, message: RecordAsked) -> None:
        """Open a record as what it is."""
        if self._desk is None:
            return
        desk = self._desk

        def look(session: Any) -> str:
            from shopdb.store import records

            plain = desk.catalog[message.resource]
            return records.typed(session, plain, records.get(session, plain, message.id)).name

        self.jobs.run(self, lambda: desk.read(look), lambda name: self._open_record(desk, str(name), message.id))

    def _open_record(self, desk: Desk, resource: str, record_id: int) -> None:
        from shopdb.tui.screens.record_view import RecordScreen

        described = desk.catalog[resource]
        self.open_screen(described.singular, partial(RecordScreen, desk, described, record_id))

    def action_search(self) -> None:
        """Open the global search."""
        from shopdb.tui.screens.search import SearchScreen

        def go(hit: Hit | None) -> None:
            if hit is not None:
                self.post_message(RecordAsked(hit.resource, hit.id))

        if self._desk is not None and not isinstance(self.screen, SearchScreen):
            self.push_screen(SearchScreen(self._desk), go)

    def on_search_asked(self, _message: SearchAsked) -> None:
        """Open the global search."""
        self.action_search()

    # -- what was done -------------------------------------------------------------------------------------

    def on_done(self, message: Done) -> None:
        """Say what was done and how to undo it."""
        if message.batch_id is None or self._seat is None:
            self.notify(f"{message.text}: nothing changed.")
            return
        self._seat.undoing.last_batch = message.batch_id
        self.notify(f"{message.text}. u undoes it (batch {message.batch_id}).")
        self.look()

    def action_undo(self) -> None:
        """Take back what this person did last."""
        self.post_message(UndoAsked())

    def on_undo_asked(self, message: UndoAsked) -> None:
        """Take a batch back, after a question that says what it was."""
        if self._seat is not None:
            self._seat.undoing.ask(message.batch_id)

    def on_deed_asked(self, message: DeedAsked) -> None:
        """Begin something with a plugin."""
        if self._seat is not None:
            self._seat.operate(message)

    def look(self) -> None:
        """Read soon what has become of the shop: something was changed just now."""
