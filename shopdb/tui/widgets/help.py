"""Every key of the screen in front, to be searched and tried.

Belongs to the terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from shopdb.tui.safety import content, fit

KEY_CELLS = 18
EVERYWHERE = "Everywhere"
FRAME_ACTIONS = frozenset({"navigate", "search", "help"})


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One line of the help."""

    key: str
    told: str
    where: str


def is_scrolling(binding: Binding) -> bool:
    """Whether a binding is one of those by which Textual scrolls anything: no news to anybody."""
    return binding.action.startswith(("scroll_", "page_"))


def keys_of(screen: Screen[Any]) -> list[KeyHelp]:
    """Return the keys that work on this screen now, those of the focused widget first, those of every screen last."""
    found: dict[tuple[str, str], KeyHelp] = {}
    active: ActiveBinding
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.description and active.enabled and not binding.system and not is_scrolling(binding):
            is_general = isinstance(active.node, App) or binding.action in FRAME_ACTIONS
            where = EVERYWHERE if is_general else type(active.node).__name__
            known = found.get((where, binding.action))
            key = screen.app.get_key_display(binding)
            joined = key if known is None else f"{known.key} {key}"
            found[where, binding.action] = KeyHelp(joined, binding.description, where)
    return sorted(found.values(), key=lambda one: one.where == EVERYWHERE)


class HelpScreen(ModalScreen[None]):
    """Lists the keys; typing narrows the list down."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down,pagedown", "scroll(1)", "Further", show=False, priority=True),
        Binding("up,pageup", "scroll(-1)", "Back up", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical {
        width: 90%; max-width: 90; height: 90%; padding: 0 1; background: $surface; border: solid $border;
    }
    HelpScreen Static { height: auto; }
    HelpScreen Input, HelpScreen Input:focus { height: 1; border: none; padding: 0; background: $panel; }
    """

    def __init__(self, keys: Sequence[KeyHelp], text: str = "") -> None:
        """`text` stands above the keys: what this screen is for."""
        super().__init__()
        self._keys = keys
        self._text = text

    def compose(self) -> ComposeResult:
        """Show the box to search in, and the keys."""
        with Vertical():
            yield Input(placeholder="Search the keys ... (esc back)", max_length=60)
            with VerticalScroll(can_focus=False):
                yield Static("", id="help--keys")

    def on_mount(self) -> None:
        """Show all keys."""
        box = self.query_one(Input)
        box.cursor_blink = False
        box.focus()
        self._draw("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the keys that match."""
        self._draw(event.value)

    def action_scroll(self, direction: int) -> None:
        """Scroll by half a page."""
        area = self.query_one(VerticalScroll)
        area.scroll_relative(y=direction * max(area.size.height // 2, 1), animate=False)

    def _draw(self, words: str) -> None:
        wanted = words.casefold().split()
        lines = [self._text, ""] if self._text and not wanted else []
        for one in self._keys:
            if one.where == EVERYWHERE and not wanted and f"\n{EVERYWHERE}" not in lines:
                lines.append(f"\n{EVERYWHERE}")
            line = f"{fit(one.key, KEY_CELLS)} {one.told}"
            if all(word in line.casefold() for word in wanted):
                lines.append(line)
        told = "\n".join(lines) or "No key does that here."
        self.query_one("#help--keys", Static).update(content(told, lines=True))
