"""The terminal program: opens the shop behind its first frame, signs somebody in, and goes where screens ask to go."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from shopdb.config import Settings
from shopdb.exceptions import ShopdbError
from shopdb.tui.containment import ScreenFailed
from shopdb.tui.messages import AreaAsked, Done, ListAsked, RecordAsked, SearchAsked, StateRead, UndoAsked
from shopdb.tui.opening import Opened, desk_for, forget, open_for_terminal, remember, sign_in
from shopdb.tui.safe_app import PATIENCE_AT_THE_END, SafeApp
from shopdb.tui.screens.door import DoorScreen
from shopdb.tui.screens.login import LoginScreen
from shopdb.tui.screens.trouble import TroubleScreen
from shopdb.tui.watch import SECONDS_BETWEEN_LOOKS, Watch

if TYPE_CHECKING:
    from textual.screen import Screen

    from shopdb.domain.access import Origin
    from shopdb.domain.screens import ScreenSpec
    from shopdb.store.search import Hit
    from shopdb.tui.desk import Area, Desk, Frame
    from shopdb.tui.undoing import Undoing


class ShopApp(SafeApp):
    """shopdb in a terminal."""

    TITLE = "shopdb"
    DEFAULT_MODE = home_mode = "door"
    MODES: ClassVar[dict[str, Any]] = {"door": DoorScreen}
    COMMANDS: ClassVar[set[Any]] = set()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+k", "search", "Search everything", show=False),
        Binding("ctrl+p", "command_palette", "Every command", show=False, priority=True),
        Binding("u", "undo", "Undo what you did last", show=False),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(self, settings: Settings, *, safe: bool = False, area: str = "dashboard", **options: Any) -> None:
        """Open on an area; ``safe`` starts without plugins."""
        super().__init__(**options)
        self._settings = settings
        self._safe = safe
        self._first_area = area
        self._opened_shop: Opened | None = None
        self._desk: Desk | None = None
        self._undoing: Undoing | None = None
        self._areas: tuple[Area, ...] = ()
        self._watch = Watch(self, self._look, self._tell)
        self._looking: Timer | None = None
        self._was_away = False
        self._plugin_screens: dict[str, Screen[Any]] = {}

    # -- opening -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin to open the shop behind the first frame."""
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        work = partial(open_for_terminal, self._settings, safe=self._safe)
        self.jobs.run(self, work, self._opened, self._not_opened)

    def _not_opened(self, error: Exception) -> None:
        from shopdb.tui.failures import told

        self.push_screen(TroubleScreen(told(error)), lambda _again: self._open())

    def _opened(self, opened: Opened) -> None:
        self._opened_shop = opened
        if opened.origin is not None:
            self._enter(opened, opened.origin)
        else:
            self._ask_who(opened)

    def _ask_who(self, opened: Opened) -> None:
        def check(name: str, password: str, keep: bool) -> Origin | None:  # noqa: FBT001 what the screen calls
            origin = sign_in(opened.shop, name, password)
            if origin is not None and keep:
                self._remember(name, password)
            return origin

        site = opened.shop.settings.site_name
        asking = LoginScreen(self.jobs, site, check, name=opened.name, where=opened.keeps_in)
        self.push_screen(asking, lambda origin: None if origin is None else self._enter(opened, origin))

    def _remember(self, name: str, password: str) -> None:
        try:
            remember(self._settings, name, password)
        except (ShopdbError, OSError) as error:
            # The person is signed in all the same; only the next start asks again.
            self.call_later(self.notify, f"You are signed in, but not remembered: {error}", severity="warning")

    def _enter(self, opened: Opened, origin: Origin) -> None:
        from shopdb.tui.areas import areas_for, screens_of
        from shopdb.tui.commands import ShopCommands
        from shopdb.tui.undoing import Undoing

        plugins = opened.shop.plugins
        desk = self._desk = desk_for(opened.shop, origin, opened.zone, self.jobs, self._frame)
        self._undoing = Undoing(self, desk)
        self._areas = areas_for(desk, plugins.navigation)
        commands = type("SignedInCommands", (ShopCommands,), {"desk": desk, "areas": self._areas})
        self.COMMANDS = {commands}  # type: ignore[misc]  # this instance's own: another app in the process has another desk
        for name, make in screens_of(self._areas, desk, plugins).items():
            self.add_mode(name, make)
        self._looking = self.set_interval(SECONDS_BETWEEN_LOOKS, self._watch.look)
        self._watch.look()
        self._go(self._first_area if self._first_area in {area.name for area in self._areas} else "dashboard")

    # -- signing out ---------------------------------------------------------------------------------------

    def action_sign_out(self) -> None:
        """Forget who is signed in, also for the next start, and ask anew."""
        from shopdb.tui.widgets.confirm import Confirm

        def go(confirmed: bool | None) -> None:  # noqa: FBT001 Textual's callback
            if confirmed:
                self.jobs.run(self, partial(forget, self._settings), lambda _done: self._sign_out())

        self.push_screen(
            Confirm("Sign out?", "What is not saved is lost. This machine forgets you.", yes="sign out", no="stay"), go
        )

    def _sign_out(self) -> None:
        opened = self._opened_shop
        if self._desk is None or opened is None:
            return
        self._desk = self._undoing = None
        self.COMMANDS = set()  # type: ignore[misc]  # as above
        if self._looking is not None:
            self._looking.stop()
        self.switch_mode(self.home_mode)
        for area in self._areas:
            if area.name in self._modes:
                self.remove_mode(area.name)
        self._areas = ()
        self.call_after_refresh(self._ask_who, replace(opened, name=""))

    # -- where to go ---------------------------------------------------------------------------------------

    def on_area_asked(self, message: AreaAsked) -> None:
        """Switch to an area; it is as it was left."""
        self._go(message.area)

    def _go(self, area: str) -> None:
        from shopdb.tui.areas import SCREEN_PREFIX
        from shopdb.tui.frame import AreaScreen

        if area.startswith(SCREEN_PREFIX):
            self._open_plugin_screen(area.removeprefix(SCREEN_PREFIX))
        elif area == self.current_mode:
            # A form on top stays: what is typed there is not given up by going somewhere.
            while len(self.screen_stack) > 1 and isinstance(self.screen, AreaScreen):
                self.pop_screen()
        else:
            self.open_mode(area)

    def _open_plugin_screen(self, screen_id: str) -> None:
        """Show a plugin's screen on top of what is open: leaving it, the way Textual has it, comes back there."""
        if self._desk is None or self._opened_shop is None:
            return
        spec = self._opened_shop.shop.plugins.screens[screen_id]
        if self._plugin_screens.get(screen_id) not in self.screen_stack:
            self.open_screen(spec.title, partial(self._plugin_screen, spec, self._desk))

    def _plugin_screen(self, spec: ScreenSpec, desk: Desk) -> Screen[Any]:
        from shopdb.tui.areas import context_for

        def done(label: str, batch_id: int) -> None:
            self.post_message(Done(label, batch_id))

        def open_list(resource: str, filter_text: str) -> None:
            self.post_message(ListAsked(resource, filter_text))

        screen: Screen[Any] = spec.factory(context_for(desk, done, open_list))
        screen.title = screen.title or spec.title
        self._plugin_screens[spec.id] = screen
        return screen

    def on_screen_failed(self, message: ScreenFailed) -> None:
        """Go on where there is something to do, once an area has failed and was closed."""
        if self._desk is not None and isinstance(self.screen, DoorScreen):
            self.screen.say(f"{message.name} failed and was closed.\n\nctrl+p goes to another area, ctrl+q quits.")

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
        if message.batch_id is None or self._undoing is None:
            self.notify(f"{message.text}: nothing changed.")
            return
        self._undoing.last_batch = message.batch_id
        self.notify(f"{message.text}. u undoes it (batch {message.batch_id}).")
        self._watch.look()

    def action_undo(self) -> None:
        """Take back what this person did last."""
        self.post_message(UndoAsked())

    def on_undo_asked(self, message: UndoAsked) -> None:
        """Take a batch back, after a question that says what it was."""
        if self._undoing is not None:
            self._undoing.ask(message.batch_id)

    # -- what the header tells -----------------------------------------------------------------------------

    def _look(self) -> StateRead:
        """Read the shop's state; runs in the watch's thread."""
        from shopdb.tui.state import read_state, server_state

        server = server_state(self._settings)
        return StateRead(None if self._desk is None else self._desk.read(read_state), server)

    def _tell(self, read: StateRead) -> None:
        was_away = self._was_away
        self._was_away = read.away_since is not None
        self.screen.post_message(read)
        if self._was_away and not was_away:
            told = "What you see stays; what you save is kept in its form. Trying again every two seconds."
            self.notify(told, title="The database does not answer", severity="warning", timeout=10)
        elif was_away and not self._was_away:
            self.notify("The database answers again.")

    def _frame(self) -> Frame:
        from shopdb.tui.desk import Frame

        site = self._settings if self._opened_shop is None else self._opened_shop.shop.settings
        return Frame(site.site_name, site.port, self._areas, self._watch.last)

    def on_unmount(self) -> None:
        """Finish what is being saved, then give the database back."""
        self._watch.close()
        self.jobs.close(PATIENCE_AT_THE_END)
        if self._opened_shop is not None:
            self._opened_shop.shop.close()


def run(settings: Settings, *, safe: bool = False, area: str = "dashboard") -> int:
    """Run the terminal program until somebody quits and return the exit code."""
    app = ShopApp(settings, safe=safe, area=area)
    app.run()
    return app.return_code or 0
