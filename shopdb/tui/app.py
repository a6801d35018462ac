"""The terminal program: opens the shop behind its first frame, signs people in and out, and follows how the shop is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from shopdb.config import Settings
from shopdb.exceptions import PluginError, ShopdbError
from shopdb.tui.messages import StateRead
from shopdb.tui.opening import Opened, forget, open_for_terminal, remember, sign_in
from shopdb.tui.routing import RoutingApp
from shopdb.tui.safe_app import PATIENCE_AT_THE_END
from shopdb.tui.screens.door import DoorScreen
from shopdb.tui.screens.login import LoginScreen
from shopdb.tui.screens.trouble import Answer, TroubleScreen
from shopdb.tui.watch import SECONDS_BETWEEN_LOOKS, Watch

if TYPE_CHECKING:
    from shopdb.domain.access import Origin
    from shopdb.tui.desk import Frame


class ShopApp(RoutingApp):
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
        self._watch = Watch(self, self._look, self._tell)
        self._looking: Timer | None = None
        self._was_away = False

    # -- opening -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin to open the shop behind the first frame."""
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        work = partial(open_for_terminal, self._settings, safe=self._safe)
        self.jobs.run(self, work, self._opened, self._not_opened)

    def _not_opened(self, error: Exception) -> None:
        from shopdb.tui.failures import told

        def go(answer: Answer | None) -> None:
            self._safe = self._safe or answer == "safe"
            self._open()

        self.push_screen(TroubleScreen(told(error), is_a_plugins=isinstance(error, PluginError)), go)

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
        from shopdb.tui.seat import Seat

        self._seat = Seat(self, opened, origin, safe=self._safe, frame=self._frame, changed=self._changed)
        self._changed()
        self._looking = self.set_interval(SECONDS_BETWEEN_LOOKS, self._watch.look)
        self._watch.look()
        self._go(self._first_area if self._first_area in {area.name for area in self._seat.areas} else "dashboard")

    def _changed(self) -> None:
        """Let the palette and the frame in front tell what there is now."""
        if self._seat is not None and self._opened_shop is not None:
            # Whatever knows a former shop keeps the code of plugins that have gone.
            self._opened_shop = replace(self._opened_shop, shop=self._seat.shop)
            self.COMMANDS = {self._seat.commands}  # type: ignore[misc]  # this instance's own: another app has other ones
            self.screen.post_message(self._seat.with_notices(self._watch.last))

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
        seat, opened = self._seat, self._opened_shop
        if seat is None or opened is None:
            return
        self._seat = None
        self.COMMANDS = set()  # type: ignore[misc]  # as above
        if self._looking is not None:
            self._looking.stop()
        self.switch_mode(self.home_mode)
        seat.leave()
        self._opened_shop = replace(opened, shop=seat.shop, name="")
        self.call_after_refresh(self._ask_who, self._opened_shop)

    async def action_quit(self) -> None:
        """Quit, after a question if something is being done with a plugin."""
        from shopdb.tui.widgets.confirm import Confirm

        deed = None if self._seat is None else self._seat.operating.deed
        if deed is None:
            self.exit()
        elif not isinstance(self.screen, Confirm):
            text = "It stops in the middle. The next start says where, and finishes it or takes it back."
            question = Confirm(f"{deed.title} is not done. Quit?", text, yes="quit", no="stay")
            self.push_screen(question, lambda yes: self.exit() if yes else None)

    # -- what the header tells -----------------------------------------------------------------------------

    def _look(self) -> StateRead:
        """Read the shop's state; runs in the watch's thread."""
        from shopdb.tui.state import read_state, server_state

        seat, server = self._seat, server_state(self._settings)
        return StateRead(None if seat is None else seat.desk.read(read_state), server)

    def _tell(self, read: StateRead) -> None:
        was_away = self._was_away
        self._was_away = read.away_since is not None
        self.screen.post_message(read if self._seat is None else self._seat.heard(read))
        if self._was_away and not was_away:
            told = "What you see stays; what you save is kept in its form. Trying again every two seconds."
            self.notify(told, title="The database does not answer", severity="warning", timeout=10)
        elif was_away and not self._was_away:
            self.notify("The database answers again.")

    def _frame(self) -> Frame:
        from shopdb.tui.desk import Frame

        seat = self._seat
        site = self._settings if seat is None else seat.shop.settings
        last = self._watch.last
        return Frame(
            site.site_name,
            site.port,
            () if seat is None else seat.areas,
            last if seat is None else seat.with_notices(last),
        )

    def on_unmount(self) -> None:
        """Finish what is being saved, then give the database back."""
        self._watch.close()
        if self._seat is not None:
            self._seat.close()
        self.jobs.close(PATIENCE_AT_THE_END)
        if self._opened_shop is not None:
            self._opened_shop.shop.close()  # whatever plugins came since, they share its engine


def run(settings: Settings, *, safe: bool = False, area: str = "dashboard") -> int:
    """Run the terminal program until somebody quits and return the exit code."""
    app = ShopApp(settings, safe=safe, area=area)
    app.run()
    return app.return_code or 0
