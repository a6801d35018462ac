"""One record: its fields, its relations, what belongs to it, and all that happened to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from shopdb.domain.kinds import Ref
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import RecordNotFoundError
from shopdb.store.base import utc_now
from shopdb.tui import cells
from shopdb.tui.desk import Desk
from shopdb.tui.failures import told
from shopdb.tui.frame import AreaScreen
from shopdb.tui.messages import StateRead
from shopdb.tui.news import News
from shopdb.tui.panes.deeds import Deeds
from shopdb.tui.panes.history import HistoryPane
from shopdb.tui.panes.overview import Facts, OverviewPane
from shopdb.tui.panes.pane import Pane
from shopdb.tui.panes.relations import RELATIONSHIPS, RelationsPane
from shopdb.tui.panes.scope import Scope
from shopdb.tui.panes.table import RecordTable
from shopdb.tui.safety import content, cut
from shopdb.tui.widgets.tabs import TabLine

OVERVIEW: Final = 0
TITLE_FIELDS: Final = ("asset_number", "status", "location", "last_seen")
"""What stands beside a record's name, where it has it."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab, which makes its pane when it is opened; ``counts`` names the child resource that it lists."""

    name: str
    make: Callable[[], Pane]
    counts: str = ""


class RecordBody(Vertical):
    """Everything but the frame: its keys come before the frame's in the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "screen.edit", "Edit"),
        Binding("d", "screen.remove", "Delete"),
        Binding("left_square_bracket", "screen.tab(-1)", "Previous tab", show=False),
        Binding("right_square_bracket", "screen.tab(1)", "Next tab"),
    ]


class RecordScreen(AreaScreen):
    """A record of a resource."""

    HELP: ClassVar[str | None] = (
        "[ and ] go from tab to tab. On the overview enter follows a link and a accepts what a collector saw. "
        "u on the history takes back the batch under the cursor, after saying what it was."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reload", "Read anew", show=False),
        Binding("escape", "leave", "Back", show=False),
    ]
    DEFAULT_CSS = """
    RecordScreen {
        & #record--title { height: 1; padding: 0 1; text-style: bold; }
        & #record--panes { height: 1fr; }
    }
    """

    def __init__(self, desk: Desk, resource: Resource, record_id: int) -> None:
        """Show the record with this id."""
        super().__init__(desk, resource.singular, area=resource.name)
        self._resource, self._record_id = resource, record_id
        self._tabs = list(self._all_tabs())
        self._panes: dict[int, Pane] = {}
        self._out_of_date: set[int] = set()
        self._open = OVERVIEW
        self._label = ""
        self._news = News(desk)

    def over(self, desk: Desk) -> AreaScreen | None:
        """Return the record over another desk."""
        resource = desk.catalog.get(self._resource.name)
        return None if resource is None else RecordScreen(desk, resource, self._record_id)

    def go_on(self, former: AreaScreen) -> None:
        """Begin with the tab that is open there, if it is still one."""
        if isinstance(former, RecordScreen):
            name = former._tabs[former._open].name  # noqa: SLF001 of this very class
            self._open = next((at for at, tab in enumerate(self._tabs) if tab.name == name), OVERVIEW)

    def compose_area(self) -> ComposeResult:
        """Show what it is, the tabs, and the pane of one of them."""
        with RecordBody():
            yield Static(content(self._resource.singular), id="record--title")
            yield TabLine([tab.name for tab in self._tabs])
            yield Vertical(id="record--panes")

    def on_mount(self) -> None:
        """Open the first tab, or that of the screen which this one follows."""
        self._deeds = Deeds(self, self.desk, self._done)
        first = self._open
        self._show(OVERVIEW)  # which also tells what stands in the title
        if first != OVERVIEW:
            self._show(first)

    def _all_tabs(self) -> Iterator[Tab]:
        where = (self.desk, self._resource, self._record_id)
        yield Tab("Overview", partial(OverviewPane, *where))
        yield Tab("Relations", lambda: RelationsPane(self.desk, self._resource, self._ref))
        for child in self.desk.catalog.children(self._resource.name):
            if child.name != RELATIONSHIPS and self.desk.may(f"{child.name}.view"):
                yield Tab(child.title, partial(self._table, child), child.name)
        yield Tab("History", partial(HistoryPane, *where))

    def _table(self, child: Resource) -> RecordTable:
        return RecordTable(self.desk, Scope(child, self._ref))

    @property
    def _ref(self) -> Ref:
        return Ref(self._record_id, self._label)

    # -- tabs ----------------------------------------------------------------------------------------------

    def action_tab(self, by: int) -> None:
        """Open the next tab; after the last comes the first."""
        self._show((self._open + by) % len(self._tabs))

    def on_tab_line_clicked(self, message: TabLine.Clicked) -> None:
        """Open the tab that was clicked."""
        self._show(message.index)

    def focus_area(self) -> None:
        """Go to where the open pane's keys work."""
        self._panes[self._open].enter()

    def _show(self, index: int) -> None:
        self._open = index
        self.query_one(TabLine).open(index)
        known = index in self._panes
        pane = self._panes[index] if known else self._panes.setdefault(index, self._tabs[index].make())
        for other in self._panes.values():
            other.display = other is pane
        if not known:
            self.query_one("#record--panes", Vertical).mount(pane)
        elif index in self._out_of_date:
            pane.reload()
        self._out_of_date.discard(index)
        self.call_after_refresh(pane.enter)
        self.refresh_bindings()

    # -- what is known -------------------------------------------------------------------------------------

    def on_shop_state(self, read: StateRead) -> None:
        """Read anew what is seen when somebody has changed something."""
        if self._news.brings(read):
            self.action_reload()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was in front."""
        self.on_shop_state(self.desk.frame().state)

    def action_reload(self) -> None:
        """Read anew what is seen now, and the rest once it is."""
        self._out_of_date = set(self._panes) - {self._open, OVERVIEW}
        for index in {self._open, OVERVIEW} & set(self._panes):
            self._panes[index].reload()

    def on_overview_pane_known(self, message: OverviewPane.Known) -> None:
        """Say what the record is, and how much belongs to it."""
        message.stop()
        if message.facts is not None:
            self._tell(message.facts)
        elif isinstance(message.error, RecordNotFoundError):
            self._write_title(f"{self._label or self._resource.singular} is deleted; u on its history brings it back")
            if self._open == OVERVIEW:
                self._show(len(self._tabs) - 1)
        elif message.error is not None and not self._label:
            self._write_title(told(message.error))

    def _tell(self, facts: Facts) -> None:
        self._label = facts.record.label
        values = facts.record.values
        fields = (self._resource.fields_by_name.get(name) for name in TITLE_FIELDS)
        parts = [self._shown(field, facts) for field in fields if field and values[field.name] is not None]
        self._write_title(" · ".join((facts.record.label, self._resource.singular, *parts)))
        line = self.query_one(TabLine)
        for index, tab in enumerate(self._tabs):
            if tab.counts:
                count = facts.counts.get(tab.counts, 0)
                line.rename(index, f"{tab.name} {count}" if count else tab.name)

    def _shown(self, field: Field, facts: Facts) -> str:
        values = facts.record.values
        if field.name == "last_seen":
            return f"seen {cells.seen(values, field, utc_now())}"
        return cells.cell(values[field.name], field, utc_now())

    def _write_title(self, text: str) -> None:
        line = self.query_one("#record--title", Static)
        line.update(content(cut(text, max(self.size.width - 2, 40))), layout=False)

    # -- what can be done ----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of records to the lists of other records, where one of those is open."""
        del parameters
        if action in ("edit", "remove"):
            lists_others = isinstance(self._panes.get(self._open), RecordTable | RelationsPane)
            return self.desk.may_change(self._resource) and not lists_others
        return True

    def action_edit(self) -> None:
        """Edit the record."""
        self._deeds.edit(self._resource, self._record_id)

    def action_remove(self) -> None:
        """Delete the record."""
        self._deeds.remove(self._resource, [self._record_id])

    def action_leave(self) -> None:
        """Go back to where the record was opened from."""
        if len(self.app.screen_stack) > 1:
            self.dismiss(None)

    def _done(self, record_id: int | None) -> None:
        if record_id is None:
            self.action_leave()
        else:
            self.action_reload()
