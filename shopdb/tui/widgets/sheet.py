"""Labels and texts, in one column or two, with a cursor that goes from one to the next.

Belongs to the terminal. It draws what it is given, harmlessly, and posts what enter was pressed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from shopdb.tui.safety import content, fit

WIDE_ENOUGH: Final = 84  # cells, for two columns
LABEL: Final = 20  # cells, the marker included
GAP: Final = 2
SHORT: Final = 3  # lines; a longer text gets the whole width
LONGEST: Final = 200  # lines that are shown of a text
MARKER: Final = ">"


@dataclass(frozen=True, slots=True)
class Item:
    """One label with its text; ``opens`` is handed back when it is chosen, "" if it leads nowhere."""

    label: str
    text: str
    opens: str = ""
    tone: str = ""  # "", "muted", "warning" or "error"


@dataclass(frozen=True, slots=True)
class Section:
    """Items under a heading, which may be empty."""

    heading: str
    items: Sequence[Item]


@dataclass(slots=True)
class _Place:
    item: Item
    lines: list[str]
    column: int = 0
    y: int = 0
    is_wide: bool = False

    @property
    def end(self) -> int:
        return self.y + len(self.lines)


@dataclass(slots=True)
class _Layout:
    """Where everything stands for one width."""

    width: int = 0
    columns: int = 1
    height: int = 0
    places: list[_Place] = field(default_factory=list)
    headings: dict[int, str] = field(default_factory=dict)
    rows: dict[int, list[_Place]] = field(default_factory=dict)

    @property
    def column_width(self) -> int:
        return (self.width - GAP * (self.columns - 1)) // self.columns


class Sheet(ScrollView, can_focus=True):
    """Sections of items."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open"),
        Binding("j,down", "move(1)", "Next line", show=False),
        Binding("k,up", "move(-1)", "Previous line", show=False),
        Binding("l,right", "across(1)", "Right column", show=False),
        Binding("h,left", "across(-1)", "Left column", show=False),
        Binding("g,home", "first", "First line", show=False),
        Binding("G,end", "last", "Last line", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sheet--heading", "sheet--label", "sheet--text", "sheet--link", "sheet--cursor",
        "sheet--muted", "sheet--warning", "sheet--error",
    }  # fmt: skip
    DEFAULT_CSS = """
    Sheet {
        height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1;
        & > .sheet--heading { color: $text-primary; text-style: bold; }
        & > .sheet--label { color: $text-muted; }
        & > .sheet--text { color: $foreground; }
        & > .sheet--link { color: $text-primary; }
        & > .sheet--muted { color: $text-muted; }
        & > .sheet--warning { color: $text-warning; }
        & > .sheet--error { color: $text-error; }
        & > .sheet--cursor { background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground; }
        &:focus > .sheet--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        &:nocolor > .sheet--cursor { text-style: reverse; }
    }
    """

    @dataclass
    class Chosen(Message):
        """Enter or a double click on an item."""

        sheet: Sheet
        item: Item

    def __init__(self, *, id: str | None = None) -> None:
        """A sheet without items yet."""
        super().__init__(id=id)
        self._sections: Sequence[Section] = ()
        self._layout_of_items = _Layout()
        self._cursor = 0

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        places = self._layout_of_items.places
        return places[self._cursor].item if places else None

    def show(self, sections: Sequence[Section]) -> None:
        """Show other sections; the cursor stays on an item with the same label."""
        label = self.item.label if self.item is not None else ""
        self._sections = sections
        self._lay_out()
        labels = [place.item.label for place in self._layout_of_items.places]
        self._cursor = labels.index(label) if label in labels else 0
        self._go(self._cursor)

    def action_choose(self) -> None:
        """Tell that the item under the cursor was chosen."""
        if self.item is not None:
            self.post_message(self.Chosen(self, self.item))

    def action_move(self, by: int) -> None:
        """Go to the next item, down one column and then the other."""
        self._go(self._cursor + by)

    def action_across(self, by: int) -> None:
        """Go to the other column."""
        places = self._layout_of_items.places
        if places:
            here = places[self._cursor]
            beside = [at for at, place in enumerate(places) if place.column == here.column + by]
            if beside:
                self._go(min(beside, key=lambda at: abs(places[at].y - here.y)))

    def action_first(self) -> None:
        """Go to the first item."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last item."""
        self._go(len(self._layout_of_items.places) - 1)

    def on_click(self, event: events.Click) -> None:
        """Go to the item that was clicked; choose it on a double click."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        layout = self._layout_of_items
        column = min(offset.x // (layout.column_width + GAP), layout.columns - 1) if layout.width else 0
        for at, place in enumerate(layout.places):
            if place.y <= offset.y + self.scroll_offset.y < place.end and place.column == column:
                self._go(at)
                if event.chain == 2:
                    self.action_choose()

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._lay_out()
        self._go(self._cursor)

    def _go(self, index: int) -> None:
        places = self._layout_of_items.places
        self._cursor = max(0, min(index, len(places) - 1))
        if places:
            place = places[self._cursor]
            top = 0 if self._cursor == 0 else place.y
            self.scroll_to_region(Region(0, top, 1, place.end - top), animate=False, force=True)
        self.refresh()

    # -- layout --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        width = max(self.scrollable_content_region.width, LABEL + 10)
        layout = self._layout_of_items = _Layout(width, 2 if width >= WIDE_ENOUGH else 1)
        for section in self._sections:
            if section.heading:
                layout.headings[layout.height] = section.heading
                layout.height += 1
            short: list[_Place] = []
            long: list[_Place] = []
            for item in section.items:
                lines = _wrapped(item.text, layout.column_width - LABEL)
                (short if len(lines) <= SHORT else long).append(_Place(item, lines))
            self._stack(layout, short)
            for place in long:
                place.is_wide = True
                place.lines = _wrapped(place.item.text, width - LABEL)
                place.y = layout.height
                layout.height = place.end
            layout.places += [*short, *long]
        for place in layout.places:
            for y in range(place.y, place.end):
                layout.rows.setdefault(y, []).append(place)
        self.virtual_size = Size(width, layout.height)

    @staticmethod
    def _stack(layout: _Layout, places: Sequence[_Place]) -> None:
        """Fill the columns one after the other, as evenly as the order allows."""
        most = -(-sum(len(place.lines) for place in places) // layout.columns)
        top, y, column = layout.height, layout.height, 0
        bottom = top
        for place in places:
            if y - top >= most and column < layout.columns - 1:
                column, y = column + 1, top
            place.column, place.y = column, y
            y = place.end
            bottom = max(bottom, y)
        layout.height = bottom

    # -- drawing -------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        layout = self._layout_of_items
        at = y + self.scroll_offset.y
        width = layout.width
        if at in layout.headings:
            return Strip([Segment(fit(layout.headings[at], width), self._style("heading"))], width)
        segments: list[Segment] = []
        drawn = 0
        for place in layout.rows.get(at, ()):
            x = place.column * (layout.column_width + GAP)
            room = width - x if place.is_wide else layout.column_width
            segments += [Segment(" " * (x - drawn), self.rich_style), *self._drawn(place, at - place.y, room)]
            drawn = x + room
        return Strip([*segments, Segment(" " * max(width - drawn, 0), self.rich_style)]).crop_extend(
            0, self.size.width, self.rich_style
        )

    def _drawn(self, place: _Place, line: int, room: int) -> list[Segment]:
        at_cursor = place is self._layout_of_items.places[self._cursor]
        marker = MARKER if at_cursor and line == 0 else " "
        label = fit(f"{marker} {place.item.label if line == 0 else ''}", LABEL)
        text = fit(place.lines[line], max(room - LABEL, 1))
        if at_cursor:
            return [Segment(label + text, self._style("cursor"))]
        tone = place.item.tone or ("link" if place.item.opens else "text")
        return [Segment(label, self._style("label")), Segment(text, self._style(tone))]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"sheet--{name}")


def _wrapped(text: str, width: int) -> list[str]:
    """Return the text in lines of at most ``width`` cells, harmless; the last says so if it is cut."""
    most = LONGEST * max(width, 1)
    lines = [line.plain for line in content(text[:most], lines=True).wrap(max(width, 1))] or [""]
    return lines if len(text) <= most and len(lines) <= LONGEST else [*lines[:LONGEST], "..."]
