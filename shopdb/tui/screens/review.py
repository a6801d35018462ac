"""The review queue: pushes that wait for a person, and one key for each decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from shopdb.domain.collector import CollectorSchema
from shopdb.services import held
from shopdb.services.collect import Answer
from shopdb.services.held import Decision
from shopdb.store.base import utc_now
from shopdb.store.models import HeldItem
from shopdb.tui import cells
from shopdb.tui.desk import Desk, Written
from shopdb.tui.frame import AreaScreen
from shopdb.tui.jobs import JobFailed
from shopdb.tui.messages import Done, StateRead
from shopdb.tui.news import News
from shopdb.tui.panes.evidence import Candidate, Evidence, Waiting
from shopdb.tui.rows import Column, Row
from shopdb.tui.safety import content
from shopdb.tui.sources import HeldRows
from shopdb.tui.widgets.grid import Grid

MOST_SHOWN = 500
"""The oldest ones; the rest follow as these are decided."""
COLUMNS = (
    Column("received", "Came", 7),
    Column("times", "Times", 5, right=True),
    Column("plugin", "Plugin", 10),
    Column("reason", "Why it waits"),
)
Schemas = Mapping[str, CollectorSchema]


class ReviewGrid(Grid):
    """The waiting pushes; sideways keys choose a candidate instead of panning columns."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "screen.decide('same')", "Same as >"),
        Binding("d", "screen.decide('different')", "Different"),
        Binding("i", "screen.decide('ignore')", "Ignore"),
        Binding("r", "screen.replay", "Replay"),
        Binding("l,right", "screen.choose(1)", "Next candidate", show=False),
        Binding("h,left", "screen.choose(-1)", "Previous candidate", show=False),
    ]


class ReviewScreen(AreaScreen):
    """Held pushes with their evidence."""

    HELP: ClassVar[str | None] = (
        "A push waits here when nobody can say for sure which record it is about, or when it was refused. "
        "left and right choose a candidate; = agrees with the push, x contradicts it. s says that it is the chosen "
        "one, d that it is none of them, i that nothing shall be heard of it again. The answer is remembered: the "
        "same question is not asked twice. r takes a refused push in again. u takes the last decision back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "reload", "Read anew", show=False)]
    DEFAULT_CSS = """
    ReviewScreen #review--title { height: 1; padding: 0 1; text-style: bold; }
    """

    def __init__(self, desk: Desk, schemas: Schemas) -> None:
        """``schemas`` are the collectors' of the plugins that are on."""
        super().__init__(desk, "Review queue", area="held_items")
        self._schemas = schemas
        self._news = News(desk)
        self._total = 0
        self._first: int | None = None
        self._waiting: dict[int, Waiting] = {}
        self._grid = ReviewGrid(desk.jobs, COLUMNS, empty="Nothing waits for a person.")
        self._evidence = Evidence()
        self._busy = False

    def compose_area(self) -> ComposeResult:
        """Show the queue, and one of its pushes in full."""
        yield Static(content("Review queue"), id="review--title")
        yield self._grid
        yield self._evidence

    def on_mount(self) -> None:
        """Read for the first time."""
        self._grid.show(HeldRows(self._read), at=self._first)
        self._grid.focus()

    def go_on(self, former: AreaScreen) -> None:
        """Begin with the push that is looked at there."""
        if isinstance(former, ReviewScreen) and former._grid.row is not None:  # noqa: SLF001 of this very class
            self._first = former._grid.row.id  # noqa: SLF001 as above

    def on_shop_state(self, read: StateRead) -> None:
        """Read anew when somebody has changed something, or one more waits."""
        if self._news.brings(read) or (read.state is not None and read.state.held != self._total):
            self.action_reload()

    def action_reload(self) -> None:
        """Read the queue anew."""
        self._grid.reload()

    def on_grid_counted(self) -> None:
        """Say how many wait."""
        shown = len(self._waiting)
        told = "" if shown == self._total else f", the oldest {shown} are shown"
        self.query_one("#review--title", Static).update(content(f"Review queue  {self._total} waiting{told}"))
        self._evidence.display = bool(self._total)
        self.refresh_bindings()

    def on_grid_highlighted(self, message: Grid.Highlighted) -> None:
        """Show the push under the cursor in full."""
        self._evidence.show(self._waiting.get(message.row.id) if message.row is not None else None)
        self.refresh_bindings()

    # -- deciding ------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be decided about the push under the cursor, to those who may."""
        if action not in ("decide", "replay", "choose"):
            return True
        waiting = self._current
        if waiting is None or not self.desk.may(held.PERMISSION):
            return False
        if action == "decide":
            return parameters == ("ignore",) or (
                waiting.in_doubt and (parameters != ("same",) or bool(waiting.candidates))
            )
        return waiting.in_doubt if action == "choose" else not waiting.in_doubt

    def action_choose(self, by: int) -> None:
        """Choose another candidate."""
        self._evidence.choose(by)

    def action_decide(self, decision: Decision) -> None:
        """Decide about the push under the cursor."""
        waiting, chosen = self._current, self._evidence.chosen
        if waiting is None:
            return
        same_as = chosen if decision == "same" else None

        def work(session: Session) -> list[Answer]:
            asset_id = None if same_as is None else same_as.id
            return held.decide(session, self._schemas, waiting.id, decision, asset_id=asset_id)

        words = {
            "same": f"same as {same_as.name}" if same_as is not None else "same",
            "different": "a device of its own",
            "ignore": "ignored",
        }
        self._write(f"held push {waiting.id}: {words[decision]}", work)

    def action_replay(self) -> None:
        """Take the push under the cursor in again."""
        waiting = self._current
        if waiting is not None:
            self._write(
                f"held push {waiting.id}: replayed",
                lambda session: [held.replay(session, self._schemas, waiting.id)],
            )

    @property
    def _current(self) -> Waiting | None:
        return self._waiting.get(self._grid.row.id) if self._grid.row is not None else None

    def _write(self, label: str, work: Callable[[Session], Sequence[Answer]]) -> None:
        if self._busy:
            self.app.bell()
            return
        self._busy = True
        self.desk.jobs.run(self, partial(self.desk.write, label, work), partial(self._decided, label), self._failed)

    def _decided(self, label: str, written: Written[Sequence[Answer]]) -> None:
        self._busy = False
        self.app.post_message(Done(f"{label[0].upper()}{label[1:]}{_told(written.value)}", written.batch_id))
        self.action_reload()

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.app.post_message(JobFailed(error))
        self.action_reload()

    # -- reading, in job threads ---------------------------------------------------------------------------

    def _read(self) -> Sequence[Row]:
        total, found = self.desk.read(_waiting_pushes)
        self._total, self._waiting = total, {one.id: one for one in found}
        now = utc_now()
        return [Row(one.id, (cells.age(one.received_at, now), str(one.times), one.plugin, one.reason)) for one in found]


def _waiting_pushes(session: Session) -> tuple[int, list[Waiting]]:
    unanswered = HeldItem.resolution.is_(None)
    total = session.scalar(select(func.count()).select_from(HeldItem).where(unanswered)) or 0
    columns = (
        HeldItem.id, HeldItem.plugin, HeldItem.reason, HeldItem.note, HeldItem.times, HeldItem.received_at,
        HeldItem.fingerprint, HeldItem.evidence, HeldItem.candidates,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(unanswered).order_by(HeldItem.id).limit(MOST_SHOWN))
    return total, [
        Waiting(
            row.id, row.plugin, row.reason, row.note or "", row.times, row.received_at,
            row.fingerprint is not None, row.evidence or {}, tuple(Candidate.of(one) for one in row.candidates or ()),
        )
        for row in rows
    ]  # fmt: skip


def _told(answers: Sequence[Answer]) -> str:
    """Return what became of the pushes, in words."""
    if not answers:
        return ""
    counts = Counter(answer.outcome for answer in answers)
    parts = [f"{count} {outcome}" for outcome, count in counts.items()]
    reasons = [reason for answer in answers if answer.outcome in ("held", "refused") for reason in answer.reasons]
    return f" ({', '.join(parts)})" + (f": {reasons[0]}" if reasons else "")
