"""A file or folder to pick: typed with completion, what is likely to be meant first.

Belongs to the terminal. Folders are listed in job threads: a share on the network may not answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from shopdb.tui.jobs import Jobs
from shopdb.tui.safety import content
from shopdb.tui.widgets.choice import Answer
from shopdb.tui.widgets.pick import Answers

LONGEST_PATH = 4000
MOST_ENTRIES = 200
KEYS = "tab completes · enter picks · esc back"

IsMeant = Callable[[Path], bool]


class PathPick(ModalScreen[str | None]):
    """Answers with the path that was picked, None if none was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("tab", "complete", "Complete", show=False, priority=True),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    PathPick { align: center middle; }
    PathPick > Vertical {
        width: 90%; max-width: 90; height: auto; padding: 0 1; background: $surface; border: solid $border;
        & > Input, & > Input:focus { height: 1; border: none; padding: 0; background: $panel; }
        & > #path--keys { color: $text-muted; }
    }
    """

    def __init__(
        self, jobs: Jobs, title: str, offers: Sequence[Answer], *, meant: IsMeant, suffix: str, value: str = ""
    ) -> None:
        """Offer paths before anything is typed; ``meant`` tells a folder to pick from one to look into, in a job."""
        super().__init__()
        self._slot = jobs.slot(self)
        self._title, self._offers, self._meant, self._suffix, self._value = title, offers, meant, suffix, value
        self._list = Answers(() if value else offers, 0)
        self._is_moved = False

    def compose(self) -> ComposeResult:
        """Show the question, a line, and what it could become."""
        with Vertical():
            yield Static(content(self._title))
            yield Input(
                self._value, placeholder="a path, or choose below", max_length=LONGEST_PATH, select_on_focus=False
            )
            yield self._list
            yield Static(content(KEYS), id="path--keys")

    def on_mount(self) -> None:
        """Be ready to type."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what the path could become."""
        self._is_moved = False
        if not event.value:
            self._slot.cancel()
            self._list.show(self._offers)
        else:
            self._slot.run(
                partial(entries, event.value, self._suffix), self._list.show, lambda _error: self._list.show(())
            )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pick what was chosen in the list or typed; look into a folder that is none to pick."""
        event.stop()
        chosen = self._list.chosen if self._is_moved or not event.value else None
        path = chosen.value if chosen is not None else event.value
        if path:
            self._slot.run(
                partial(self._is_to_pick, path), partial(self._picked, path), lambda error: self._say(str(error))
            )

    def action_move(self, by: int) -> None:
        """Go to another entry."""
        self._list.move(by if self._is_moved or not self.query_one(Input).value else 0)
        self._is_moved = True

    def action_complete(self) -> None:
        """Put the chosen entry, or the first, into the line."""
        if self._list.chosen is not None:
            self._write(self._list.chosen.value)

    def _is_to_pick(self, path: str) -> bool | None:
        """Whether a path can be picked; None if nothing is there."""
        found = Path(path).expanduser()
        if not found.exists():
            return None
        return found.is_file() or self._meant(found)

    def _picked(self, path: str, is_to_pick: bool | None) -> None:  # noqa: FBT001 a job's answer
        if is_to_pick:
            self.dismiss(path)
        elif is_to_pick is None:
            self._say("There is nothing under this path.")
        else:
            self._write(path if path.endswith(os.sep) else path + os.sep)

    def _write(self, path: str) -> None:
        line = self.query_one(Input)
        line.value = path
        line.cursor_position = len(path)

    def _say(self, text: str) -> None:
        self.query_one("#path--keys", Static).update(content(f"{text} · {KEYS}"))


def entries(typed: str, suffix: str) -> tuple[Answer, ...]:
    """Return the folders and files of a suffix that a typed path could become, folders first. Blocks."""
    folder, _, begun = typed.rpartition(os.sep)
    place = Path(folder + os.sep if os.sep in typed else ".").expanduser()
    found: list[tuple[bool, str]] = []
    with os.scandir(place) as listing:
        for entry in listing:
            is_folder = entry.is_dir()
            fits = entry.name.casefold().startswith(begun.casefold()) and (begun or not entry.name.startswith("."))
            if fits and (is_folder or entry.name.casefold().endswith(suffix)):
                found.append((not is_folder, entry.name))
    shown = sorted(found)[:MOST_ENTRIES]
    start = folder + os.sep if os.sep in typed else ""
    return tuple(
        Answer(f"{start}{name}{'' if is_file else os.sep}", f"{name}{'' if is_file else os.sep}")
        for is_file, name in shown
    )
