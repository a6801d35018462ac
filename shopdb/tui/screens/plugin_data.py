"""What a plugin keeps in one of its tables, to be read and exported; nothing of the plugin's code is needed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from shopdb.domain.listing import Record
from shopdb.domain.resource import Resource
from shopdb.plugins.importing import plugin_in
from shopdb.store import records
from shopdb.store.base import utc_now
from shopdb.tui import cells
from shopdb.tui.desk import Desk
from shopdb.tui.exporting import write_csv
from shopdb.tui.frame import AreaScreen
from shopdb.tui.jobs import JobFailed
from shopdb.tui.messages import RecordAsked
from shopdb.tui.screens.log import LogScreen
from shopdb.tui.screens.record_list import RecordListScreen
from shopdb.tui.widgets.ask import Ask


class DataListScreen(RecordListScreen):
    """The rows of a table, none of which can be changed here."""

    HELP: ClassVar[str | None] = (
        "What the plugin keeps, read straight from its table. / filters, s sorts, enter shows a row, c writes all "
        "that is listed into a file. Nothing is changed here."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("c", "export", "Export as CSV")]

    def __init__(self, desk: Desk, resource: Resource, folder: Path) -> None:
        """Read at a desk that knows the table; offer to export into the folder."""
        super().__init__(desk, resource)
        self._folder = folder

    def over(self, desk: Desk) -> AreaScreen | None:
        """Return this very screen, unless it needs the code of the plugin, which may have changed."""
        del desk
        return None if plugin_in(self._resource.model.__module__) else self

    def on_record_asked(self, message: RecordAsked) -> None:
        """Show a row as a whole."""
        message.stop()
        work = partial(records.get, resource=self._resource, record_id=message.id)
        self.desk.jobs.run(self, lambda: self.desk.read(work), self._show)

    def _show(self, record: Record) -> None:
        lines = [
            f"{field.label}: {cells.whole(record.values[field.name], field, self.desk.zone)}"
            for field in self._resource.fields
        ]
        if self.is_current:
            self.app.push_screen(LogScreen(f"{self._resource.singular} {record.label}", "\n".join(lines)))

    def action_export(self) -> None:
        """Write what is listed into a file, whose path is asked for."""
        path = self._folder / f"{self._resource.name}-{utc_now():%Y%m%d-%H%M%S}.csv"
        text = "All that the filter lets through, every column of it, as comma-separated values."
        question = Ask("Export into which file?", text, value=str(path), yes="writes it", refuse=_refuse)
        self.app.push_screen(question, lambda typed: None if typed is None else self._export(_path(typed)))

    def _export(self, path: Path) -> None:
        work = partial(write_csv, self.desk.read, self._resource, self._table.asked, path)
        self.desk.jobs.run(self, work, partial(self._exported, path), self._failed)

    def _exported(self, path: Path, count: int) -> None:
        self.app.notify(f"{count} rows are in {path}.")

    def _failed(self, error: Exception) -> None:
        self.app.post_message(JobFailed(error))


def _refuse(typed: str) -> str:
    if not typed.strip():
        return "Type the path of a file."
    return "This is there already, and nothing is written over." if _path(typed).exists() else ""


def _path(typed: str) -> Path:
    return Path(typed.strip()).expanduser()
