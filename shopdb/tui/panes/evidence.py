"""A held push beside the records that it may be about: which evidence agrees, which contradicts.

Belongs to the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from textual.content import Content
from textual.widget import Widget

from shopdb.tui.safety import content, cut, fit

LABELS: Final = {
    "serial": "Serial number",
    "uuid": "System UUID",
    "mac": "MAC",
    "host": "Name",
    "agent": "Agent",
    "asset_number": "Asset number",
}
LABEL_CELLS: Final = 14
LEAST_CELLS: Final = 20  # of one record beside another
AGREES, CONTRADICTS, CHOSEN = "=", "x", ">"
MOST_VALUES: Final = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that a held push may be about."""

    id: int
    name: str
    agrees: frozenset[str]
    contradicts: frozenset[str]
    known: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Candidate:
        """Return the candidate that a held item keeps as JSON."""
        agrees, contradicts = (frozenset(document.get(name, ())) for name in ("agrees", "contradicts"))
        name = str(document.get("name") or f"asset {document['id']}")
        return cls(document["id"], name, agrees, contradicts, document.get("known", {}))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A push that waits for a person; ``in_doubt`` is whether it is about which device it speaks of."""

    id: int
    plugin: str
    reason: str
    note: str
    times: int
    received_at: datetime
    in_doubt: bool
    evidence: Mapping[str, Sequence[str]]
    candidates: tuple[Candidate, ...]


class Evidence(Widget):
    """What one held push says, and beside it what is known of each candidate; one of those is chosen."""

    DEFAULT_CSS = """
    Evidence { height: auto; max-height: 60%; min-height: 6; border-top: solid $border; padding: 0 1; }
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._shown: Waiting | None = None
        self._at = 0

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that "same" is about."""
        return self._shown.candidates[self._at] if self._shown is not None and self._shown.candidates else None

    def show(self, waiting: Waiting | None) -> None:
        """Show another push; the same one, read anew, keeps its chosen candidate."""
        if waiting is None or self._shown is None or waiting.id != self._shown.id:
            self._at = 0
        self._shown = waiting
        self._at = min(self._at, max(len(waiting.candidates) - 1, 0)) if waiting is not None else 0
        self.refresh(layout=True)

    def choose(self, by: int) -> None:
        """Choose the next candidate; after the last comes the first."""
        if self._shown is not None and self._shown.candidates:
            self._at = (self._at + by) % len(self._shown.candidates)
            self.refresh()

    def render(self) -> Content:
        """Draw the reason and the table."""
        if self._shown is None:
            return Content("")
        width = max(self.size.width, 40)
        lines = [content(cut(self._shown.reason, width)).stylize("bold")]
        lines += [content(cut(line, width)) for line in self._shown.note.splitlines()[:MOST_VALUES]]
        if self._shown.in_doubt:
            lines += self._table(self._shown, width)
        else:
            lines.append(Content("r takes it in again once the cause is mended, i lets it go."))
        return Content("\n").join(lines)

    def _table(self, waiting: Waiting, width: int) -> list[Content]:
        room = max((width - LABEL_CELLS) // LEAST_CELLS - 1, 1)
        first = max(0, min(self._at, len(waiting.candidates) - room))
        shown = waiting.candidates[first : first + room]
        cells = (width - LABEL_CELLS) // (len(shown) + 1)
        heading = fit("", LABEL_CELLS) + fit("this push", cells)
        for at, one in enumerate(shown, first):
            heading += fit(f"{CHOSEN if at == self._at else ' '} {at + 1} {one.name}", cells)
        kinds = dict.fromkeys((*waiting.evidence, *(kind for one in shown for kind in one.known)))
        lines = [Content(heading).stylize("bold")]
        for kind in kinds:
            said = fit(LABELS.get(kind, kind), LABEL_CELLS) + fit(_listed(waiting.evidence.get(kind, ())), cells)
            lines.append(Content.assemble(Content(said), *(_cell(one, kind, cells) for one in shown)))
        left = len(waiting.candidates) - len(shown)
        if not waiting.candidates:
            lines.append(Content("Nothing here is like it. d makes a new record of it."))
        elif left:
            lines.append(Content(f"{left} more candidates: left and right go to them."))
        return lines


def _cell(one: Candidate, kind: str, cells: int) -> Content:
    mark, style = (
        (AGREES, "$text-success") if kind in one.agrees
        else (CONTRADICTS, "$text-error") if kind in one.contradicts
        else (" ", "$text-muted")
    )  # fmt: skip
    return Content(fit(f"{mark} {_listed(one.known.get(kind, ()))}", cells)).stylize(style)


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(str(value) for value in values[:MOST_VALUES])
    return f"{shown} +{len(values) - MOST_VALUES}" if len(values) > MOST_VALUES else shown or "\u2013"
