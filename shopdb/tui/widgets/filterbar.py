"""The line in which a list is filtered, with completion.

Belongs to the terminal. It knows no filter language: completions come from a function that may ask the database,
and what is wrong with a filter is told to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from shopdb.tui.jobs import Jobs
from shopdb.tui.safety import content, cut

MOST_COMPLETIONS = 8
LONGEST_FILTER = 2000


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` takes the place of what stands between `start` and the cursor; `told` explains it."""

    text: str
    start: int
    told: str = ""


Complete = Callable[[str, int], Sequence[Completion]]


class FilterBar(Vertical):
    """A line of text with completions below it while somebody types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next completion", show=False),
        Binding("up", "move(-1)", "Previous completion", show=False),
        Binding("tab", "complete", "Complete", show=False),
        Binding("escape", "leave", "Back to the list", show=False),
    ]
    DEFAULT_CSS = """
    FilterBar {
        height: auto;
        & > Input { height: 1; border: none; padding: 0 1; background: transparent; }
        & > Input:focus { border: none; background: $surface; }
        & > .filter--problem { display: none; height: auto; padding: 0 1; color: $text-error; }
        &.-problem > .filter--problem { display: block; }
    }
    """

    @dataclass
    class Asked(Message):
        """Somebody wants the list filtered by `text`."""

        bar: "FilterBar"
        text: str

    @dataclass
    class Left(Message):
        """Somebody goes back to the list without filtering it anew."""

        bar: "FilterBar"

    def __init__(
        self,
        jobs: Jobs,
        complete: Complete,
        *,
        value: str = "",
        placeholder: str = "Type to filter; ? tells how",
        id: str | None = None,
    ) -> None:
        """`complete(text, cursor)` gives completions; it may block, and runs in a job thread."""
        super().__init__(id=id)
        self._slot = jobs.slot(self)
        self._complete = complete
        self._line = Input(value, placeholder=placeholder, max_length=LONGEST_FILTER, select_on_focus=False)
        self._line.cursor_blink = False
        self._list = Completions()
        self._problem = Static(classes="filter--problem")

    def compose(self) -> ComposeResult:
        """The line, what is wrong with it, and the completions over whatever is below."""
        yield self._line
        yield self._problem
        yield self._list

    @property
    def value(self) -> str:
        """The text of the line."""
        return self._line.value

    @value.setter
    def value(self, text: str) -> None:
        with self.prevent(Input.Changed):
            self._line.value = text
        self._line.cursor_position = len(text)
        self._close()

    def focus(self, scroll_visible: bool = True) -> "FilterBar":  # noqa: FBT001, FBT002  # as Textual has it
        """Let the keys go into the line."""
        self._line.focus(scroll_visible)
        return self

    def tell(self, problem: str) -> None:
        """Show what is wrong with the filter; an empty text takes it away."""
        self._problem.update(content(problem, lines=True))
        self.set_class(bool(problem), "-problem")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask for completions."""
        event.stop()
        self.tell("")
        text, cursor = self._line.value, self._line.cursor_position
        self._slot.run(partial(self._complete, text, cursor), self._list.show)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the completion that was chosen, or else filter."""
        event.stop()
        if self._list.chosen is not None:
            self.action_complete()
        else:
            self._close()
            self.post_message(self.Asked(self, self.value))

    def on_descendant_blur(self) -> None:
        """Take the completions away."""
        self._close()

    def action_move(self, by: int) -> None:
        """Choose another completion."""
        if not self._list.move(by):
            raise SkipAction

    def action_complete(self) -> None:
        """Put the chosen completion, or the first, into the line."""
        completion = self._list.chosen or self._list.first
        if completion is None:
            raise SkipAction
        rest = self._line.value[self._line.cursor_position :]
        before = self._line.value[: completion.start] + completion.text
        self._line.value = before + rest
        self._line.cursor_position = len(before)

    def action_leave(self) -> None:
        """Take the completions away; if there are none, leave the line."""
        if self._list.first is not None:
            self._close()
        else:
            self.post_message(self.Left(self))

    def _close(self) -> None:
        self._slot.cancel()
        self._list.show(())


class Completions(Widget):
    """The completions, over whatever is below the line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"completions--cursor"}
    DEFAULT_CSS = """
    Completions {
        display: none; overlay: screen; constrain: none inside;
        width: 1fr; max-width: 60; height: auto; padding: 0 1;
        background: $panel; color: $foreground;
        &.-open { display: block; }
        & > .completions--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._completions: Sequence[Completion] = ()
        self._cursor: int | None = None

    @property
    def first(self) -> Completion | None:
        """The likeliest completion."""
        return self._completions[0] if self._completions else None

    @property
    def chosen(self) -> Completion | None:
        """The completion that somebody went to."""
        return None if self._cursor is None else self._completions[self._cursor]

    def show(self, completions: Sequence[Completion]) -> None:
        """Offer `completions`; without any, disappear."""
        self._completions = completions[:MOST_COMPLETIONS]
        self._cursor = None
        self.set_class(bool(completions), "-open")
        self.refresh(layout=True)

    def move(self, by: int) -> bool:
        """Go to another completion; whether there are any."""
        if not self._completions:
            return False
        start = -1 if self._cursor is None and by > 0 else self._cursor or 0
        self._cursor = (start + by) % len(self._completions)
        self.refresh()
        return True

    def render(self) -> Content:
        """One line each: a marker, the text, and what it means."""
        room = max(self.size.width, 20)
        lines = []
        for index, completion in enumerate(self._completions):
            at_cursor = index == self._cursor
            text = cut(f"{'>' if at_cursor else ' '} {completion.text}  {completion.told}", room)
            style = self.get_visual_style("completions--cursor") if at_cursor else ""
            lines.append(Content.assemble((text, style)))
        return Content("\n").join(lines)
