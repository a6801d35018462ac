"""The terminal program: opens the shop behind its first frame, signs somebody in, and goes where screens ask to go."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from shopdb.config import Settings
from shopdb.tui.messages import AreaAsked, Done, ListAsked, RecordAsked, SearchAsked, StateRead, UndoAsked
from shopdb.tui.opening import Opened, desk_for, open_for_terminal, remember, sign_in
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.safety import content
from shopdb.tui.screens.login import LoginScreen
from shopdb.tui.screens.trouble import TroubleScreen

if TYPE_CHECKING:
    from shopdb.boot import Shop
    from shopdb.domain.access import Origin
    from shopdb.domain.screens import ScreenSpec
    from shopdb.services.undo import UndoReport
    from shopdb.store.search import Hit
    from shopdb.tui.desk import Area, Desk, Frame, Written
    from shopdb.tui.state import ShopState

READ_STATE_SECONDS = 2.0


class ShopApp(SafeApp):
    """shopdb in a terminal."""

    TITLE = "shopdb"
    COMMANDS: ClassVar[set[Any]] = set()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+k", "search", "Search everything", show=False),
        Binding("u", "undo", "Undo what you did last", show=False),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(self, settings: Settings, *, safe: bool = False, area: str = "dashboard", **options: Any) -> None:
        """Open on an area; ``safe`` starts without plugins."""
        super().__init__(**options)
        self._settings = settings
        self._safe = safe
        self._first_area = area
        self._shop: Shop | None = None
        self._desk: Desk | None = None
        self._areas: tuple[Area, ...] = ()
        self._last_batch: int | None = None
        self._state = StateRead(None, "unknown")
        self._state_slot = self.jobs.slot(self)

    # -- opening -------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Paint the first frame at once; everything heavy comes after it."""
        yield Static(content(f"shopdb  {self._settings.site_name}\n\nOpening the shop ...", lines=True), id="opening")

    def on_mount(self) -> None:
        """Begin to open the shop behind the first frame."""
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        work = partial(open_for_terminal, self._settings, safe=self._safe)
        self.jobs.run(self, work, self._opened, self._not_opened)

    def _not_opened(self, error: Exception) -> None:
        self.push_screen(TroubleScreen(str(error) or type(error).__name__), lambda _again: self._open())

    def _opened(self, opened: Opened) -> None:
        shop = self._shop = opened.shop

        def enter(origin: Origin | None) -> None:
            if origin is not None:
                self._enter(shop, origin, opened)

        if opened.origin is not None:
            enter(opened.origin)
            return

        def check(name: str, password: str, keep: bool) -> Origin | None:  # noqa: FBT001 what the screen calls
            origin = sign_in(shop, name, password)
            if origin is not None and keep:
                remember(self._settings, name, password)
            return origin

        self.push_screen(LoginScreen(self.jobs, self._settings.site_name, check), enter)

    def _enter(self, shop: Shop, origin: Origin, opened: Opened) -> None:
        from shopdb.tui.areas import areas_for
        from shopdb.tui.commands import ShopCommands

        desk = self._desk = desk_for(shop, origin, opened.zone, self.jobs, self._frame)
        self._areas = areas_for(desk, shop.plugins.navigation)
        commands = type("SignedInCommands", (ShopCommands,), {"desk": desk, "areas": self._areas})
        self.COMMANDS = {commands}  # type: ignore[misc]  # this instance's own: another app in the process has another desk
        for name, make in self._area_screens(shop, desk).items():
            self.add_mode(name, make)
        self.set_interval(READ_STATE_SECONDS, self._read_state)
        self._read_state()
        known = {area.name for area in self._areas}
        self.open_mode(self._first_area if self._first_area in known else "dashboard")

    # -- where to go ---------------------------------------------------------------------------------------

    def _area_screens(self, shop: Shop, desk: Desk) -> Mapping[str, Callable[[], Screen[Any]]]:
        from shopdb.tui.areas import DASHBOARD, SCREEN_PREFIX
        from shopdb.tui.screens.dashboard import DashboardScreen
        from shopdb.tui.screens.record_list import RecordListScreen

        made: dict[str, Callable[[], Screen[Any]]] = {}
        for area in self._areas:
            if area.name == DASHBOARD:
                made[area.name] = partial(DashboardScreen, desk, shop.plugins.widgets)
            elif area.name.startswith(SCREEN_PREFIX):
                spec = shop.plugins.screens[area.name.removeprefix(SCREEN_PREFIX)]
                made[area.name] = partial(self._plugin_screen, spec, desk)
            else:
                made[area.name] = partial(RecordListScreen, desk, desk.catalog[area.name])
        return made

    def _plugin_screen(self, spec: ScreenSpec, desk: Desk) -> Screen[Any]:
        from shopdb.domain.screens import ScreenContext

        def write(label: str, work: Callable[[Any], Any]) -> Any:
            written = desk.write(label, work)
            self.call_from_thread(self.post_message, Done(label, written.batch_id))
            return written.value

        def open_list(resource: str, filter_text: str) -> None:
            self.post_message(ListAsked(resource, filter_text))

        screen: Screen[Any] = spec.factory(ScreenContext(desk.read, write, open_list))
        return screen

    def on_area_asked(self, message: AreaAsked) -> None:
        """Switch to an area; it is as it was left."""
        self.open_mode(message.area)

    def on_list_asked(self, message: ListAsked) -> None:
        """Show a filtered list on top of what is open, so that esc comes back."""
        from shopdb.tui.screens.record_list import RecordListScreen

        if self._desk is None:
            return
        desk, resource = self._desk, self._desk.catalog[message.resource]
        self.open_screen(resource.title, partial(RecordListScreen, desk, resource, message.filter))

    def on_record_asked(self, message: RecordAsked) -> None:
        """Open a record as what it is."""
        if self._desk is None:
            return
        desk = self._desk

        def look(session: Any) -> str:
            from shopdb.store import records

            plain = desk.catalog[message.resource]
            found = records.get(session, plain, message.id)
            return records.typed(session, plain, found).name

        self.jobs.run(self, lambda: desk.read(look), lambda name: self._open_record(desk, str(name), message.id))

    def _open_record(self, desk: Desk, resource: str, record_id: int) -> None:
        from shopdb.tui.screens.record_view import RecordScreen

        described = desk.catalog[resource]
        self.open_screen(described.singular, partial(RecordScreen, desk, described, record_id))

    def action_search(self) -> None:
        """Open the global search."""
        from shopdb.tui.screens.search import SearchScreen

        if self._desk is None or isinstance(self.screen, SearchScreen):
            return

        def go(hit: Hit | None) -> None:
            if hit is not None:
                self.post_message(RecordAsked(hit.resource, hit.id))

        self.push_screen(SearchScreen(self._desk), go)

    def on_search_asked(self, _message: SearchAsked) -> None:
        """Open the global search."""
        self.action_search()

    # -- what was done -------------------------------------------------------------------------------------

    def on_done(self, message: Done) -> None:
        """Say what was done and how to undo it."""
        if message.batch_id is None:
            self.notify(f"{message.text}: nothing changed.")
            return
        self._last_batch = message.batch_id
        self.notify(f"{message.text}. u undoes it (batch {message.batch_id}).")
        self._read_state()

    def action_undo(self) -> None:
        """Take back what this person did last."""
        self.post_message(UndoAsked())

    def on_undo_asked(self, message: UndoAsked) -> None:
        """Take a batch back, after a question that says what it was."""
        batch_id = message.batch_id or self._last_batch
        if self._desk is None:
            return
        if batch_id is None:
            self.notify("Nothing has been changed here yet. `u` on a record's history undoes any batch.")
            return
        desk = self._desk
        self.jobs.run(
            self,
            lambda: desk.read(partial(_batch_in_words, batch_id)),
            lambda told: self._confirm_undo(desk, batch_id, told),
        )

    def _confirm_undo(self, desk: Desk, batch_id: int, told: object) -> None:
        from shopdb.services.undo import undo
        from shopdb.tui.widgets.confirm import Confirm

        def go(confirmed: bool | None) -> None:  # noqa: FBT001 Textual's callback
            if confirmed:
                work = partial(desk.write, f"undo batch {batch_id}", lambda session: undo(session, batch_id))
                self.jobs.run(self, work, self._undone)

        self.push_screen(Confirm(f"Undo batch {batch_id}?", str(told), yes="Undo"), go)

    def _undone(self, written: Written[UndoReport]) -> None:
        report = written.value
        self._last_batch = written.batch_id
        told = f"Batch {report.batch_id} undone: {report.restored} rows are as they were."
        if report.skipped:
            more = f" (and {len(report.skipped) - 5} more)" if len(report.skipped) > 5 else ""
            told += "\nLeft as it is: " + "; ".join(report.skipped[:5]) + more
        self.notify(
            told, severity="warning" if report.skipped else "information", timeout=15 if report.skipped else None
        )
        self._read_state()

    # -- what the header tells -----------------------------------------------------------------------------

    def _read_state(self) -> None:
        if self._desk is None or self._state_slot.busy:
            return
        desk, url = self._desk, f"http://{_reachable(self._settings.host)}:{self._settings.port}"

        def read() -> tuple[ShopState, str]:
            from shopdb.tui.state import read_state, server_state

            server = server_state(url)
            return desk.read(read_state), server

        self._state_slot.run(read, lambda found: self._tell(StateRead(*found)), self._database_away)

    def _database_away(self, _error: Exception) -> None:
        self._tell(StateRead(None, self._state.server, self._state.away_since or time.monotonic()))

    def _tell(self, read: StateRead) -> None:
        was_away, self._state = self._state.away_since is not None, read
        self.screen.post_message(read)
        if read.away_since is not None and not was_away:
            self.notify(
                "What you see stays; what you save is kept in its form. Trying again every two seconds.",
                title="The database does not answer", severity="warning", timeout=10,
            )  # fmt: skip
        elif was_away and read.away_since is None:
            self.notify("The database answers again.", severity="information")

    def _frame(self) -> Frame:
        from shopdb.tui.desk import Frame

        return Frame(self._settings.site_name, self._settings.port, self._areas, self._state)

    def on_unmount(self) -> None:
        """Finish what is being saved, then give the database back."""
        super().on_unmount()
        if self._shop is not None:
            self._shop.close()


def _batch_in_words(batch_id: int, session: Any) -> str:
    from sqlalchemy import select

    from shopdb.exceptions import BatchNotFoundError
    from shopdb.store.models import Batch

    columns = (Batch.label, Batch.actor, Batch.made_at, Batch.size)
    found = session.connection().execute(select(*columns).where(Batch.id == batch_id)).one_or_none()
    if found is None:
        raise BatchNotFoundError(batch_id)
    return f"{found.label or 'changes'}: {found.size} entries by {found.actor}, {found.made_at:%Y-%m-%d %H:%M} UTC"


def _reachable(host: str) -> str:
    """Return where this host reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 compared, not bound


def run(settings: Settings, *, safe: bool = False, area: str = "dashboard") -> int:
    """Run the terminal program until somebody quits and return the exit code."""
    app = ShopApp(settings, safe=safe, area=area)
    app.run()
    return app.return_code or 0
