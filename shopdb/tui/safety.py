"""The gate between text from outside and the terminal.

Belongs to the terminal. Names, notes and payloads come from people and machines nobody here knows; nothing of
them may move the cursor, change the clipboard, reverse a line or be read as markup. `plain`, from the domain,
is the gate that every widget uses; `Gate` stands behind it, on the lines just before they are sent.
"""

from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from shopdb.domain.plain import ELLIPSIS, cut, fit, plain, stand_in

__all__ = ["ELLIPSIS", "Gate", "content", "cut", "fit", "plain", "unmarked"]


def content(text: str, *, lines: bool = False) -> Content:
    """`plain(text)` as Textual content; square brackets in it are just brackets."""
    return Content(plain(text, lines=lines))


def unmarked(text: str) -> str:
    """`plain(text)` with round brackets, for the few places where Textual takes a text only as markup."""
    return plain(text).translate({ord("["): "(", ord("]"): ")"})


class Gate(LineFilter):
    """The last gate: replaces what no line may carry, keeping the width of every segment."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """`segments` without control segments, acting characters and unsafe link addresses."""
        del background  # the gate reads characters, not colours
        return [Segment(_gated(text), _without_unsafe_link(style)) for text, style, control in segments if not control]


@lru_cache(maxsize=4096)
def _gated(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    cells = cell_len(text)
    drawn = "".join(char if stand_in(char) is None else "�" * get_character_cell_size(char) for char in text)
    while drawn and get_character_cell_size(drawn[0]) == 0:
        drawn = drawn[1:]
    return drawn if cell_len(drawn) == cells else set_cell_size(drawn, cells)


@lru_cache(maxsize=1024)
def _without_unsafe_link(style: Style | None) -> Style | None:
    """`style` without a link whose address could end the link's own escape sequence."""
    if style is None or style.link is None:
        return style
    safe = style.link.isascii() and style.link.isprintable() and style.link.startswith(("http://", "https://"))
    return style if safe else style.update_link(None)
