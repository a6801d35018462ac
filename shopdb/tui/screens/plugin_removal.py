"""Removing a plugin: what would become of its data, counted, and a question before any of it goes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, get_args

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from shopdb.lifecycle.removing import Choice
from shopdb.lifecycle.states import PluginState
from shopdb.tui.safety import content
from shopdb.tui.widgets.ask import Ask
from shopdb.tui.widgets.choice import Answer
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.pick import Answers

MOST_TABLES = 6
Removal = tuple[Choice, Path | None]


class RemovalScreen(ModalScreen[Removal | None]):
    """Answers with what shall become of the data, and the folder for a copy of it; None to leave all as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next", show=False),
        Binding("k,up", "move(-1)", "Previous", show=False),
        Binding("enter", "choose", "Choose"),
        Binding("escape", "dismiss(None)", "Back"),
    ]
    DEFAULT_CSS = """
    RemovalScreen { align: center middle; }
    RemovalScreen > Vertical {
        width: 90%; max-width: 90; height: auto; max-height: 90%; padding: 1 2;
        background: $surface; border: solid $border;
        & > .removal--title { text-style: bold; margin-bottom: 1; }
        & > Answers { margin-top: 1; }
        & > .removal--keys { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, state: PluginState, rows: Mapping[str, int], backups: Path) -> None:
        """``rows`` are how many each table has, ``backups`` where a copy of dropped data is written."""
        super().__init__()
        self._state, self._rows, self._backups = state, rows, backups
        labels: dict[Choice, str] = {
            "keep": "keep    the data stays; installing it again takes it up",
            "export": "export  the data is written into a folder, then it goes",
            "drop": "drop    the data goes, after a copy among the backups",
        }
        offered = get_args(Choice) if state.state != "removed" else ("export", "drop")
        self._choices = Answers([Answer(one, labels[one]) for one in (offered if rows else ("keep",))], 0)

    def compose(self) -> ComposeResult:
        """Show what is there, and what can become of it."""
        with Vertical():
            yield Static(content(f"Remove {self._state.name} {self._state.version}?"), classes="removal--title")
            yield Static(content(self._told(), lines=True))
            yield self._choices
            yield Static(content("enter chooses · j k move · esc leaves it"), classes="removal--keys")

    def action_move(self, by: int) -> None:
        """Go to another choice."""
        self._choices.move(by)

    def action_choose(self) -> None:
        """Take the choice, after a question if data would go."""
        chosen = self._choices.chosen
        assert chosen is not None
        if chosen.value == "keep":
            self.dismiss(("keep", None))
        elif chosen.value == "export":
            question = Ask(
                "Export into which folder?", "It is made if it is not there.", value=str(self._backups), yes="goes on",
                refuse=_refuse_folder,
            )  # fmt: skip
            self.app.push_screen(question, lambda typed: None if typed is None else self._ask("export", _folder(typed)))
        else:
            self._ask("drop", None)

    def _ask(self, choice: Choice, folder: Path | None) -> None:
        text = f"{self._counted()} go from the database. A copy is in {folder or self._backups} afterwards."
        question = Confirm(f"Take the data of {self._state.name} away?", text, yes="take it away", no="leave it")

        def go(agreed: bool | None) -> None:  # noqa: FBT001 Textual's callback
            if agreed:
                self.dismiss((choice, folder))

        self.app.push_screen(question, go)

    def _told(self) -> str:
        if not self._rows:
            return "It keeps no data. Its code goes from every terminal and server."
        tables = sorted(self._rows.items(), key=lambda one: -one[1])
        lines = [f"  {count:>9}  {table}" for table, count in tables[:MOST_TABLES]]
        lines += [f"             and {len(tables) - MOST_TABLES} more tables"] if len(tables) > MOST_TABLES else []
        return "\n".join(("Its code goes from every terminal and server. Its data, in rows:", *lines))

    def _counted(self) -> str:
        rows, tables = sum(self._rows.values()), len(self._rows)
        return f"{rows} rows of {tables} tables" if tables != 1 else f"{rows} rows"


def _refuse_folder(typed: str) -> str:
    if not typed.strip():
        return "Type the path of a folder."
    return "This is a file." if _folder(typed).is_file() else ""


def _folder(typed: str) -> Path:
    return Path(typed.strip()).expanduser()
