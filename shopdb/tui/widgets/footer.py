"""The last line: the keys that matter here, at most six where the terminal is narrow.

Belongs to the terminal.
"""

from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from shopdb.tui.safety import content

NARROW = 100
MOST_WHEN_NARROW = 6
FRAME_ACTIONS = frozenset({"navigate", "search"})
Key = tuple[str, str]


class KeyLine(Widget):
    """Shows the bindings of the screen in front that ask to be shown, and always the help's."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyLine { height: 1; dock: bottom; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self) -> None:
        """Begin without keys."""
        super().__init__()
        self._drawn = Content("")

    def on_mount(self) -> None:
        """Follow the keys of whatever has the focus."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> Content:
        """Draw as many keys as fit; the search and the help are always among them."""
        if self.app.screen is not self.screen:
            return self._drawn  # behind a dialog, Textual would ask the dialog which of these keys work
        self._drawn = self._content()
        return self._drawn

    def _content(self) -> Content:
        own, frame = self._keys()
        last = frame[-1:] if frame and self.size.width < NARROW else frame
        room = self.size.width - 2 - cell_len(f"{self._help_key} help") - sum(map(_cells, last))
        most = MOST_WHEN_NARROW - 1 - len(last) if self.size.width < NARROW else 99
        if len(own) < most and last is not frame:
            own += frame[:-1]
        shown: list[Content] = []
        used = 0
        for key, told in own:
            width = _cells((key, told))
            if len(shown) == most or used + width > room:
                break
            shown.append(Content.assemble((key, "bold $text-primary"), f" {content(told).plain}"))
            used += width
        shown += [Content.assemble((key, "bold $text-primary"), f" {content(told).plain}") for key, told in last]
        shown.append(Content.assemble((self._help_key, "bold $text-primary"), " help"))
        return Content("  ").join(shown)

    @property
    def _help_key(self) -> str:
        """The key of the help: where people type, it cannot be the question mark."""
        active = (one.binding for one in self.screen.active_bindings.values())
        return next((self.app.get_key_display(one) for one in active if one.action == "help"), "?")

    def _keys(self) -> tuple[list[Key], list[Key]]:
        """Return the keys of what is in front, and those of the frame around it, the search last."""
        found: dict[str, Key] = {}
        frame: dict[str, Key] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.description and binding.key != "question_mark":
                keys = frame if binding.action in FRAME_ACTIONS else found
                keys.setdefault(binding.action, (self.app.get_key_display(binding), binding.description))
        return list(found.values()), list(frame.values())


def _cells(key: Key) -> int:
    return cell_len(f"{key[0]} {key[1]}  ")
