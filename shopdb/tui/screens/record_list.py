"""The list of a resource: what there is, filtered, sorted, and the record under the cursor at a glance."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from shopdb.domain.resource import Resource
from shopdb.tui.desk import Desk
from shopdb.tui.frame import AreaScreen
from shopdb.tui.messages import StateRead
from shopdb.tui.news import News
from shopdb.tui.panes.preview import Preview
from shopdb.tui.panes.scope import Scope
from shopdb.tui.panes.table import RecordTable
from shopdb.tui.widgets.grid import Grid

HIGH_ENOUGH = 20
"""Lines of a terminal that has room for the preview."""


class RecordListScreen(AreaScreen):
    """A resource's records."""

    HELP: ClassVar[str | None] = (
        "/ filters: words anywhere, field:value, field=exactly, last_seen<7d, field:none, -not. tab completes. "
        "space marks; b edits all marked, d deletes them. s sorts, the same field again turns it round. "
        "What others change appears by itself."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back", show=False)]

    def __init__(self, desk: Desk, resource: Resource, filter_text: str = "") -> None:
        """List the records that ``filter_text`` lets through, to begin with."""
        super().__init__(desk, resource.title, area=resource.name)
        self._resource, self._filter_text = resource, filter_text
        self._table = RecordTable(desk, Scope(resource), filter_text=filter_text)
        self._preview = Preview(desk, resource)
        self._news = News(desk)

    def over(self, desk: Desk) -> AreaScreen | None:
        """Return the list over another desk."""
        resource = desk.catalog.get(self._resource.name)
        return None if resource is None else RecordListScreen(desk, resource, self._filter_text)

    def go_on(self, former: AreaScreen) -> None:
        """Filter, sort and mark as it was there, the cursor on the same record."""
        if isinstance(former, RecordListScreen):
            self._table.go_on(former._table.place)  # noqa: SLF001 of this very class

    def compose_area(self) -> ComposeResult:
        """Show the list, and the record under the cursor."""
        yield self._table
        yield self._preview

    def on_grid_highlighted(self, message: Grid.Highlighted) -> None:
        """Show the record under the cursor."""
        self._preview.show(message.row.id if message.row is not None else None)

    def on_shop_state(self, read: StateRead) -> None:
        """Read the list anew when somebody has changed something."""
        if self._news.brings(read):
            self._table.reload()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was in front."""
        self.on_shop_state(self.desk.frame().state)

    def focus_area(self) -> None:
        """Go to the rows."""
        self._table.enter()

    def on_resize(self) -> None:
        """Give the preview its lines where there are enough."""
        self._preview.display = self.size.height >= HIGH_ENOUGH

    def action_leave(self) -> None:
        """Go back to what this list was opened from."""
        if len(self.app.screen_stack) > 1:
            self.dismiss(None)
