"""What there is to know of the record under the cursor at a glance, in the lines below a list.

Belongs to the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy.orm import Session
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from shopdb.domain.resource import BLANK, Resource
from shopdb.services.relations import Relation, relations
from shopdb.store.positions import Position, resolve_asset_position
from shopdb.tui import cells
from shopdb.tui.desk import Desk
from shopdb.tui.failures import told
from shopdb.tui.lookup import Whole, whole
from shopdb.tui.safety import content, cut

ASSETS: Final = "assets"
PAUSE_SECONDS: Final = 0.08
"""Moving on faster than this asks for nothing."""
MOST_RELATED: Final = 3
LONGEST_VALUE: Final = 60  # cells


class Preview(Static):
    """A few lines about a record, read a moment after the cursor came to rest on it."""

    DEFAULT_CSS = """
    Preview { height: 4; border-top: solid $border; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, desk: Desk, resource: Resource) -> None:
        """Show nothing yet."""
        super().__init__()
        self._desk, self._resource = desk, resource
        self._slot = desk.jobs.slot(self)
        self._pause: Timer | None = None
        self._record_id: int | None = None

    def show(self, record_id: int | None) -> None:
        """Show another record, or the same as it is now; None for none."""
        if self._pause is not None:
            self._pause.stop()
        self._record_id = record_id
        if record_id is None:
            self._slot.cancel()
            self._write("", "")
        elif self.display:
            self._pause = self.set_timer(PAUSE_SECONDS, partial(self._ask, record_id))

    def on_show(self) -> None:
        """Read what was not read while nobody could see it."""
        self.show(self._record_id)

    def _ask(self, record_id: int) -> None:
        work = partial(_glance, self._resource, record_id, self._desk.zone)
        self._slot.run(lambda: self._desk.read(work), self._tell, self._failed)

    def _tell(self, lines: Sequence[str]) -> None:
        title, *rest = lines
        self._write(title, " · ".join(rest))

    def _failed(self, error: Exception) -> None:
        self._write("", told(error))

    def _write(self, title: str, text: str) -> None:
        told_of = Content.assemble((cut(title, LONGEST_VALUE), "bold $foreground"), "  ", content(text))
        self.update(told_of, layout=False)


def _glance(resource: Resource, record_id: int, zone: tzinfo, session: Session) -> list[str]:
    """Return the record's label, then what tells most about it first."""
    found = whole(session, resource, record_id)
    root = found.resource.extends or found.resource
    lines = [found.record.label]
    if root.name == ASSETS:
        lines += related_in_words(relations(session, record_id))
        lines += [position_in_words(position) for position in [resolve_asset_position(session, record_id)] if position]
    return [*lines, *_unlisted(found, resource, zone)]


def related_in_words(found: Sequence[Relation]) -> Iterator[str]:
    """Yield a clause for each kind of relation: "drives CMM-1, CMM-2"."""
    for label, group in groupby(found, key=lambda one: one.label):
        names = [f"{one.other.label}{f' ({one.other_type})' if one.other_type else ''}" for one in group]
        more = f" and {len(names) - MOST_RELATED} more" if len(names) > MOST_RELATED else ""
        yield f"{label} {', '.join(names[:MOST_RELATED])}{more}"


def position_in_words(position: Position) -> str:
    """Return where something stands and by which rule: "at 12.5, 8 on Hall 1 (via location Bay 3)"."""
    plan = f" on {position.floor_plan}" if position.floor_plan else ""
    return f"at {position.x:g}, {position.y:g}{plan} ({position.source})"


def _unlisted(found: Whole, listed_in: Resource, zone: tzinfo) -> Iterator[str]:
    shown = {one.name for one in listed_in.listed_fields} | {found.resource.label_field, "resource", "mapx", "mapy"}
    for field in found.resource.fields:
        value = found.record.values[field.name]
        if field.name not in shown and value not in BLANK:
            yield f"{field.label}: {cut(cells.whole(value, field, zone), LONGEST_VALUE)}"
