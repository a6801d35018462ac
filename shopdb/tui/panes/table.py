"""A resource's list with all that can be done in it: filtered, sorted, marked, opened, changed.

Belongs to the terminal. It is the body of a list's screen, and each tab of what belongs to a record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from shopdb.domain.filters import Filter, parse_filter
from shopdb.domain.listing import ListQuery, SortKey, parse_sort
from shopdb.domain.resource import UNSORTABLE
from shopdb.exceptions import ShopdbError
from shopdb.tui.completion import FilterCompletion
from shopdb.tui.desk import Desk
from shopdb.tui.messages import RecordAsked
from shopdb.tui.panes.deeds import Deeds
from shopdb.tui.panes.pane import Pane
from shopdb.tui.panes.scope import Place, Scope
from shopdb.tui.safety import content, cut, fit
from shopdb.tui.sources import RecordSource, columns_of
from shopdb.tui.widgets.choice import Answer
from shopdb.tui.widgets.columns import ASCENDING, DESCENDING, Sort
from shopdb.tui.widgets.filterbar import FilterBar
from shopdb.tui.widgets.grid import Grid
from shopdb.tui.widgets.pick import Pick

LONGEST_SHOWN_FILTER = 30  # cells


class RecordGrid(Grid):
    """A grid whose footer says how to open a record."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Open")]


class RecordTable(Pane):
    """A title, the filter, the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        Binding("n", "make", "New"),
        Binding("e", "edit", "Edit"),
        Binding("d", "remove", "Delete"),
        Binding("b", "edit_together", "Edit marked"),
        Binding("s", "sort", "Sort", show=False),
        Binding("r", "reload", "Read anew", show=False),
        Binding("escape", "back", "Back", show=False),
    ]
    DEFAULT_CSS = """
    RecordTable {
        & > .table--title { height: 1; padding: 0 1; text-style: bold; }
    }
    """

    def __init__(self, desk: Desk, scope: Scope, *, filter_text: str = "") -> None:
        """Show a list; esc comes back to ``filter_text``."""
        super().__init__()
        self._desk, self._scope, self._resource = desk, scope, scope.resource
        self._first_filter = self._filter_text = filter_text
        self._sort = parse_sort("", self._resource)
        self._place: Place | None = None
        self._title = Static(classes="table--title")
        self._bar = FilterBar(
            desk.jobs,
            FilterCompletion(desk.read, desk.catalog, self._resource),
            value=filter_text,
            placeholder="/ filters: words, status:active, last_seen<7d, -tags:retired",
        )
        self._columns = columns_of(self._resource)
        self._deeds = Deeds(self, desk, self._done)
        self.grid = RecordGrid(desk.jobs, self._columns)

    def compose(self) -> ComposeResult:
        """Show the title, the filter and the rows."""
        yield self._title
        yield self._bar
        yield self.grid

    def on_mount(self) -> None:
        """Read the first rows."""
        self.grid.focus()
        if self._place is not None and self._return_to(self._place):
            return
        if not self._apply(self._first_filter):
            self._apply("")

    @property
    def place(self) -> Place:
        """Where a person is."""
        at = self.grid.row.id if self.grid.row is not None else None
        typing = self._bar.has_pseudo_class("focus-within")
        return Place(self._filter_text, self._sort, at, self.grid.marks, self._bar.value, typing)

    @property
    def asked(self) -> ListQuery:
        """What is listed, and in which order."""
        typed = parse_filter(self._filter_text, self._resource)
        return ListQuery(replace(typed, conditions=(*self._scope.condition, *typed.conditions)), self._sort)

    def go_on(self, place: Place) -> None:
        """Begin where a person was in another table of the same records, as far as it is still there."""
        self._place = place

    def _return_to(self, place: Place) -> bool:
        if place.sort.field in self._resource.fields_by_name:
            self._sort = place.sort
        if not self._apply(place.filter, at=place.at):
            return False
        self.grid.mark(place.marks)
        if place.typed != place.filter:
            self._bar.value = place.typed
        if place.is_typing:
            self._bar.focus()
        return True

    def reload(self) -> None:
        """Read the list anew, the cursor staying on its record."""
        if self.grid.total == 0:
            self._show()  # the columns of an empty list have no widths worth keeping
        else:
            self.grid.reload()

    def enter(self) -> None:
        """Go to the rows."""
        self.grid.focus()

    # -- filter and order ----------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Go to the filter."""
        self._bar.focus()

    def on_filter_bar_asked(self, message: FilterBar.Asked) -> None:
        """Filter, or say why that cannot be done; what was typed stays either way."""
        message.stop()
        if self._apply(message.text):
            self.grid.focus()

    def on_filter_bar_left(self, message: FilterBar.Left) -> None:
        """Go back to the rows, as they are filtered."""
        message.stop()
        self._bar.value = self._filter_text
        self._bar.tell("")
        self._write_title()
        self.grid.focus()

    def action_sort(self) -> None:
        """Choose what to sort by; the same again turns the order round."""
        sortable = sorted(
            (one for one in self._resource.fields if one.kind not in UNSORTABLE), key=lambda one: not one.listed
        )
        answers = [Answer(one.name, f"{one.label} {self._arrow(one.name)}") for one in sortable]
        question = Pick("Sort by (the same again turns it round)", answers, at=self._sort.field)
        self.app.push_screen(question, lambda name: None if name is None else self._sort_by(name))

    def on_grid_sort_asked(self, message: Grid.SortAsked) -> None:
        """Sort by a heading that was clicked, or ask by what."""
        message.stop()
        if message.column is None:
            self.action_sort()
        elif self._resource.field(message.column).kind in UNSORTABLE:
            self.app.bell()
        else:
            self._sort_by(message.column)

    def _sort_by(self, name: str) -> None:
        again = self._sort.field == name
        self._sort = SortKey(name, descending=again and not self._sort.descending)
        self._show(at=self.grid.row.id if self.grid.row else None)

    def _apply(self, text: str, *, at: int | None = None) -> bool:
        try:
            parse_filter(text, self._resource)
        except ShopdbError as refused:
            self._bar.tell(str(refused))
            self._write_title()
            return False
        self._bar.tell("")
        self._filter_text = self._bar.value = text
        self._show(at)
        return True

    def _show(self, at: int | None = None) -> None:
        source = RecordSource(self._desk.read, self._resource, self.asked)
        self.grid.empty = self._empty(parse_filter(self._filter_text, self._resource))
        self.grid.show(source, columns=self._columns, sort=Sort(self._sort.field, self._sort.descending), at=at)
        self._write_title()

    def _empty(self, typed: Filter) -> str:
        if typed:
            back = "/ changes the filter" if self._filter_text == self._first_filter else "esc takes the filter away"
            return f"Nothing matches {cut(self._filter_text, 60)}; {back}."
        here = "here" if self._scope.parent is not None else "yet"
        adds = " n adds one." if self._desk.may_change(self._resource) else ""
        return f"No {self._resource.title.lower()} {here}.{adds}"

    # -- the title -----------------------------------------------------------------------------------------

    def on_grid_counted(self) -> None:
        """Say how many there are."""
        self._write_title()

    def on_grid_marked(self) -> None:
        """Say how many are marked, and offer what can be done to them."""
        self._write_title()
        self.refresh_bindings()

    def on_resize(self) -> None:
        """Fit the title to the width."""
        self._write_title()

    def _write_title(self) -> None:
        total, marked = self.grid.total, len(self.grid.marks)
        parts = [self._resource.title if total is None else f"{self._resource.title}  {total}"]
        if marked:
            parts.append(f"{marked} marked: b edits them, d deletes them, esc takes the marks off")
        elif self._bar.value != self._filter_text:
            parts.append(f"still showing {cut(self._filter_text, LONGEST_SHOWN_FILTER) or 'all'}")
        field = self._resource.field(self._sort.field)
        order = f"by {field.label} {self._arrow(field.name)}"
        width = max(self.size.width - 2, 20)
        told = fit(" · ".join(parts), max(width - len(order) - 1, 1))
        self._title.update(content(f"{told} {order}"), layout=False)

    def _arrow(self, name: str) -> str:
        if name != self._sort.field:
            return ""
        return DESCENDING if self._sort.descending else ASCENDING

    # -- records -------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what this person may do, and what there are marks for."""
        del parameters
        if action in ("make", "edit", "remove"):
            return self._desk.may_change(self._resource)
        if action == "edit_together":
            return self._desk.may_change(self._resource) and bool(self.grid.marks)
        return True

    def on_grid_opened(self, message: Grid.Opened) -> None:
        """Open a record."""
        message.stop()
        self.post_message(RecordAsked(self._resource.name, message.row.id))

    def action_make(self) -> None:
        """Make a new record."""
        self._deeds.make(self._resource, self._scope.values)

    def action_edit(self) -> None:
        """Edit the record under the cursor."""
        if self.grid.row is not None:
            self._deeds.edit(self._resource, self.grid.row.id)

    def action_remove(self) -> None:
        """Delete the marked records, or the one under the cursor."""
        ids = self._chosen()
        if ids:
            self._deeds.remove(self._resource, ids)

    def action_edit_together(self) -> None:
        """Give the marked records the same values."""
        self._deeds.edit_together(self._resource, self._chosen())

    def action_reload(self) -> None:
        """Read the list anew."""
        self.reload()

    def action_back(self) -> None:
        """Take the marks off, else the filter; else esc is the screen's."""
        if self.grid.marks:
            self.grid.unmark()
        elif self._bar.value != self._first_filter:
            self._apply(self._first_filter)
        else:
            raise SkipAction

    def _chosen(self) -> Sequence[int]:
        row = [self.grid.row.id] if self.grid.row is not None else []
        return sorted(self.grid.marks) or row

    def _done(self, record_id: int | None) -> None:
        if record_id is None or self.grid.row is None or self.grid.row.id == record_id:
            self.grid.unmark()
            self.reload()
        else:
            self._show(at=record_id)
