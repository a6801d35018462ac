"""Editors of links: type a part of what is meant and choose.

Belongs to the forms. What could be meant comes from a function that may ask the database and runs in a job thread.
A text that was never chosen is kept as a label; saving finds its record or refuses it beside the field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from shopdb.domain.kinds import Ref, value_from_json
from shopdb.domain.resource import Field
from shopdb.tui import cells
from shopdb.tui.forms.editors import LONGEST_LINE, Edited
from shopdb.tui.jobs import Jobs
from shopdb.tui.lookup import Match
from shopdb.tui.safety import content
from shopdb.tui.widgets.filterbar import Completion, Completions

PAUSE_SECONDS: Final = 0.08
"""Typing faster than this asks once."""
CHOSEN: Final = "* "

LookUp = Callable[[str], Sequence[Match]]


class LinkEditor(Vertical):
    """One record of another resource."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next record", show=False),
        Binding("up", "move(-1)", "Previous record", show=False),
        Binding("enter", "choose", "Choose", show=False, priority=True),
        Binding("escape", "close", "Close the choice", show=False),
    ]
    DEFAULT_CSS = """
    LinkEditor, LinksEditor {
        height: auto;
        & > Input { height: 1; border: none; padding: 0; background: $surface; }
        & > Input:focus { border: none; background: $panel; }
    }
    """

    def __init__(self, field: Field, value: Any, jobs: Jobs, look_up: LookUp) -> None:
        """Hold ``value``; ``look_up`` gives the records that some words could mean."""
        super().__init__()
        self._field = field
        self._look_up = look_up
        self._slot = jobs.slot(self)
        self._pause: Timer | None = None
        self._matches: Sequence[Match] = ()
        self._matched = ""
        self._ref: Ref | None = value
        self._shown: Any = value
        self._line = Input(
            value.label if value else "",
            placeholder="type to search; space lists the first",
            max_length=LONGEST_LINE,
            select_on_focus=True,
        )
        self._line.cursor_blink = False
        self._told_text = self._line.value
        self._list = Completions()

    def compose(self) -> ComposeResult:
        """The line; what could be meant is made when there is something to choose from."""
        yield self._line

    @property
    def is_changed(self) -> bool:
        """Whether another record is meant."""
        return bool(_keys(self.read()) != _keys(self._shown))

    def read(self) -> Any:
        """The link; by its label alone if it was typed and not chosen."""
        text = self._line.value.strip()
        if self._ref is not None and text == self._ref.label.strip():
            return self._ref
        return value_from_json(text, self._field) if text else None

    def show(self, value: Any) -> None:
        """Hold another link."""
        self._shown = value
        self._put(value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for what could be meant, a moment after the last key."""
        event.stop()
        if event.value != self._told_text:  # Textual tells of the first text, too
            self._told_text = event.value
            self._ask()
            self.post_message(Edited())

    def on_descendant_blur(self) -> None:
        """Take the only record that could be meant; close the choice."""
        words = self._line.value.strip()
        if words and words == self._matched and self._needs_choice and len(self._matches) == 1:
            self._take(self._matches[0])
        self._close()

    def action_move(self, by: int) -> None:
        """Go to another of the offered records; while none are, the arrows are the form's."""
        if not self._list.move(by):
            raise SkipAction

    def action_choose(self) -> None:
        """Take the record that was gone to, or the likeliest, and go on."""
        offered = self._list.chosen or self._list.first
        if offered is None:
            self.screen.focus_next()
            return
        self._take(self._matches[offered.start])  # `_offer` counts them there
        self._close()

    def action_close(self) -> None:
        """Close the choice; if it is closed, esc is the form's."""
        if self._list.first is None:
            raise SkipAction
        self._close()

    @property
    def _needs_choice(self) -> bool:
        return self._ref is None or self._line.value.strip() != self._ref.label.strip()

    def _take(self, match: Match) -> None:
        self._put(match.ref)
        self.post_message(Edited())

    def _put(self, ref: Ref | None) -> None:
        self._ref = ref
        self._write(ref.label if ref else "")

    def _told(self, match: Match) -> str:
        return match.ref.label

    def _write(self, text: str) -> None:
        with self.prevent(Input.Changed):
            self._line.value = self._told_text = text
        self._line.cursor_position = len(text)

    def _ask(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        words = self._line.value
        ask = partial(self._slot.run, partial(self._look_up, words), partial(self._offer, words))
        if words and self._needs_choice:
            self._pause = self.set_timer(PAUSE_SECONDS, ask)
        else:
            self._close()

    def _offer(self, words: str, matches: Sequence[Match]) -> None:
        self._matches, self._matched = matches, words.strip()
        if self._line.has_focus:
            if not self._list.is_attached:
                self.mount(self._list)
            self._list.show([Completion(self._told(one), at, one.told) for at, one in enumerate(matches)])

    def _close(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._slot.cancel()
        self._list.show(())


class LinksEditor(LinkEditor):
    """Several records of another resource: choosing adds one, or takes it off; backspace takes the last one off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "drop", "Take the last one off", show=False, priority=True),
    ]

    def __init__(self, field: Field, value: Any, jobs: Jobs, look_up: LookUp) -> None:
        """Hold the links of ``value``."""
        super().__init__(field, None, jobs, look_up)
        self._shown = value
        self._refs: list[Ref] = list(value or ())
        self._tokens = Static(self._listed())

    def compose(self) -> ComposeResult:
        """What is chosen, above the line."""
        yield self._tokens
        yield from super().compose()

    def read(self) -> Any:
        """The links; what is left in the line counts as one more."""
        rest = self._line.value.strip()
        refs = (*self._refs, *(Ref(None, label.strip()) for label in rest.split(";") if label.strip()))
        return value_from_json(refs, self._field) or ()

    def show(self, value: Any) -> None:
        """Hold other links."""
        self._shown = value
        self._hold(value or ())

    def action_drop(self) -> None:
        """Take the last one off, if nothing is typed."""
        if self._line.value or not self._refs:
            raise SkipAction
        self._hold(self._refs[:-1])
        self.post_message(Edited())

    def _take(self, match: Match) -> None:
        others = [ref for ref in self._refs if ref.id != match.ref.id]
        self._hold(others if len(others) < len(self._refs) else [*self._refs, match.ref])
        self.post_message(Edited())

    def _hold(self, refs: Sequence[Ref]) -> None:
        self._refs = list(refs)
        self._write("")
        self._tokens.update(self._listed())

    def _told(self, match: Match) -> str:
        chosen = any(ref.id == match.ref.id for ref in self._refs)
        return f"{CHOSEN if chosen else ''}{match.ref.label}"

    @property
    def _needs_choice(self) -> bool:
        return bool(self._line.value)

    def _listed(self) -> Content:
        return content("  ".join(f"[{ref.label}]" for ref in self._refs) or cells.NOTHING)


def _keys(value: Any) -> Any:
    if isinstance(value, tuple):
        return {ref.key for ref in value}
    return value.key if isinstance(value, Ref) else value or set()
