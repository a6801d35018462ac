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


class KeyLine(Widget):
    """Shows the bindings of the screen in front that ask to be shown, and always the help's."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyLine { height: 1; dock: bottom; background: $panel; color: $foreground; padding: 0 1; }
    """

    def on_mount(self) -> None:
        """Follow the keys of whatever has the focus."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> Content:
        """Draw as many keys as fit, the help's last."""
        room = self.size.width - cell_len("  ? help")
        most = MOST_WHEN_NARROW - 1 if self.size.width < NARROW else 99
        shown: list[Content] = []
        used = 0
        for key, told in self._keys():
            width = cell_len(f"{key} {told}  ")
            if len(shown) == most or used + width > room:
                break
            shown.append(Content.assemble((key, "bold $text-primary"), f" {content(told).plain}"))
            used += width
        shown.append(Content.assemble((self._help_key, "bold $text-primary"), " help"))
        return Content("  ").join(shown)

    @property
    def _help_key(self) -> str:
        """The key of the help: where people type, it cannot be the question mark."""
        active = (one.binding for one in self.screen.active_bindings.values())
        return next((self.app.get_key_display(one) for one in active if one.action == "help"), "?")

    def _keys(self) -> list[tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.description and binding.key != "question_mark":
                found.setdefault(binding.action, (self.app.get_key_display(binding), binding.description))
        return list(found.values())
