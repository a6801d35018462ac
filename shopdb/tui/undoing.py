"""Taking a batch back from the terminal: asking first, doing it, saying what could not be done.

Belongs to the terminal; what undo means is shopdb/services/undo.py.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session
from textual.app import App

from shopdb.exceptions import BatchNotFoundError
from shopdb.services.undo import UndoReport, undo
from shopdb.store.models import Batch
from shopdb.tui.desk import Desk, Written
from shopdb.tui.widgets.confirm import Confirm

MOST_TOLD = 5
LONG_ENOUGH_TO_READ = 15.0  # seconds


class Undoing:
    """The undo of one signed-in person at a ``desk``; ``last_batch`` is what was done last."""

    def __init__(self, app: App[None], desk: Desk) -> None:
        """Ask and tell through the application."""
        self._app, self.desk = app, desk
        self.last_batch: int | None = None

    def ask(self, batch_id: int | None) -> None:
        """Take a batch back after a question that says what it was; without a number, the last one."""
        wanted = self.last_batch if batch_id is None else batch_id
        if wanted is None:
            self._app.notify("Nothing has been changed here yet. u on a record's history takes any batch back.")
            return
        self.desk.jobs.run(
            self._app, lambda: self.desk.read(partial(_in_words, wanted)), partial(self._confirm, wanted)
        )

    def _confirm(self, batch_id: int, told: str) -> None:
        def go(confirmed: bool | None) -> None:  # noqa: FBT001 Textual's callback
            if confirmed:
                work = partial(self.desk.write, f"undo batch {batch_id}", lambda session: undo(session, batch_id))
                self.desk.jobs.run(self._app, work, self._undone)

        if self.last_batch not in (None, batch_id):
            told += f"\nThis is not what you did last, which was batch {self.last_batch}."
        self._app.push_screen(Confirm(f"Undo batch {batch_id}?", told, yes="undo", no="keep"), go)

    def _undone(self, written: Written[UndoReport]) -> None:
        report = written.value
        if written.batch_id is not None:
            self.last_batch = written.batch_id
        rows = "1 row is as it was" if report.restored == 1 else f"{report.restored} rows are as they were"
        told = f"Batch {report.batch_id} undone: {rows}."
        if written.batch_id is None and report.undone_by is not None:
            told = f"Batch {report.batch_id} was undone already, by batch {report.undone_by}."
        if not report.skipped:
            self._app.notify(f"{told} u does it again." if written.batch_id is not None else told)
            return
        more = f" (and {len(report.skipped) - MOST_TOLD} more)" if len(report.skipped) > MOST_TOLD else ""
        left = "; ".join(report.skipped[:MOST_TOLD]) + more
        self._app.notify(f"{told}\nLeft as it is: {left}", severity="warning", timeout=LONG_ENOUGH_TO_READ)


def _in_words(batch_id: int, session: Session) -> str:
    columns = (Batch.label, Batch.actor, Batch.made_at, Batch.size)
    found = session.connection().execute(select(*columns).where(Batch.id == batch_id)).one_or_none()
    if found is None:
        raise BatchNotFoundError(batch_id)
    return f"{found.label or 'changes'}: {found.size} entries by {found.actor}, {found.made_at:%Y-%m-%d %H:%M} UTC"
