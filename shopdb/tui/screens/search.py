"""One box over everything: results as you type, exact numbers first; a scanned code jumps straight there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from shopdb.store import search
from shopdb.store.search import Hit
from shopdb.tui.desk import Desk
from shopdb.tui.failures import told
from shopdb.tui.safety import content, cut, plain

PAUSE_SECONDS = 0.08
"""Typing faster than this asks once: it saves two thirds of the bytes for sixty milliseconds."""
MOST_HITS = 50


class Hits(Widget):
    """The results as one widget: fifty of them cost as much to draw as one."""

    DEFAULT_CSS = """
    Hits { height: 1fr; }
    Hits > .hits--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"hits--cursor"}
    cursor = reactive(0)

    def __init__(self) -> None:
        """Start without results."""
        super().__init__()
        self.hits: Sequence[Hit] = ()
        self._titles: dict[str, str] = {}

    def show(self, hits: Sequence[Hit], titles: dict[str, str]) -> None:
        """Show results; ``titles`` names their resources."""
        self.hits, self._titles = hits, titles
        self.cursor = 0
        self.refresh()

    def render(self) -> Content:
        """Draw the visible part around the cursor."""
        height, width = max(self.size.height, 1), max(self.size.width, 20)
        first = max(0, min(self.cursor - height + 1, len(self.hits) - height)) if self.cursor >= height else 0
        lines = []
        for index, hit in enumerate(self.hits[first : first + height], first):
            mark = ">" if index == self.cursor else " "
            kind = cut(self._titles.get(hit.resource, hit.resource), 14)
            text = cut(plain(f"{mark} {kind:<14} {hit.title}  {hit.detail}"), width)
            line = content(text)
            lines.append(line.stylize("reverse") if index == self.cursor else line)
        return Content("\n").join(lines) if lines else content("")


class SearchScreen(ModalScreen[Hit | None]):
    """Answers with the record that was chosen, None if nobody chose one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down,ctrl+n", "move(1)", "Next", priority=True),
        Binding("up,ctrl+p", "move(-1)", "Previous", priority=True),
        Binding("pagedown", "move(10)", "Ten further", show=False, priority=True),
        Binding("pageup", "move(-10)", "Ten back", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    SearchScreen { align: center top; }
    SearchScreen Input, SearchScreen Input:focus { height: 1; border: none; padding: 0 1; background: $panel; }
    SearchScreen > Vertical { width: 90%; height: 80%; margin-top: 1; background: $surface; border: solid $border; }
    """

    def __init__(self, desk: Desk) -> None:
        """Look for records that the person at the desk may see."""
        super().__init__()
        self._desk = desk
        self._slot = desk.jobs.slot(self)
        self._titles = {resource.name: resource.singular for resource in desk.catalog.values()}
        self._visible = [name for name in desk.catalog if desk.may(f"{name}.view")]
        self._pause: Timer | None = None
        self._answered = ""
        self._opens_first = False

    def compose(self) -> ComposeResult:
        """Show the box and an empty list."""
        with Vertical():
            yield Input(placeholder="Search everything: name, number, serial, address, place ...", max_length=200)
            yield Hits()
            yield Static(content("enter open · up/down choose · esc back"), classes="dialog--help")

    def on_mount(self) -> None:
        """Be ready to type."""
        box = self.query_one(Input)
        box.cursor_blink = False
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask a moment after the last key."""
        event.stop()
        if self._pause is not None:
            self._pause.stop()
        self._opens_first = False
        self._pause = self.set_timer(PAUSE_SECONDS, self._ask)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what is under the cursor; a scanner is faster than the answer, so wait for that."""
        event.stop()
        if self._answered == event.value:
            self._open()
        else:
            self._opens_first = True
            self._ask()

    def on_click(self, event: events.Click) -> None:
        """Open the result that was clicked."""
        results = self.query_one(Hits)
        if event.widget is results and event.y < len(results.hits):
            results.cursor = event.y
            self._open()

    def action_move(self, by: int) -> None:
        """Move the cursor over the results."""
        results = self.query_one(Hits)
        results.cursor = max(0, min(results.cursor + by, len(results.hits) - 1))

    def _ask(self) -> None:
        words = self.query_one(Input).value

        def found() -> tuple[str, list[Hit]]:
            look = search.hits
            return words, self._desk.read(
                lambda session: look(session, words, resources=self._visible, limit=MOST_HITS)
            )

        self._slot.run(found, self._show, self._failed)

    def _show(self, answer: tuple[str, list[Hit]]) -> None:
        self._answered, hits = answer
        self.query_one(Hits).show(hits, self._titles)
        keys = "enter open · up/down choose · esc back"
        if self._answered.strip() and not hits:
            keys = "Nothing found. A part of a name, number, serial or address will do. esc back"
        elif len(hits) == MOST_HITS:
            keys = f"the best {MOST_HITS}; another word narrows them · {keys}"
        self.query_one(".dialog--help", Static).update(content(keys))
        if self._opens_first:
            self._open()

    def _failed(self, error: Exception) -> None:
        self._opens_first = False
        self.query_one(".dialog--help", Static).update(content(f"! {told(error)} enter asks again · esc back"))

    def _open(self) -> None:
        results = self.query_one(Hits)
        if results.hits:
            self.dismiss(results.hits[results.cursor])
