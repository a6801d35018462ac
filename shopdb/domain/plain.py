"""Any text in characters that a terminal can only draw.

Names, notes and payloads come from people and machines nobody here knows; whatever is written to a terminal, by the
terminal program or by a command, goes through `plain` first.
"""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size, set_cell_size

ELLIPSIS = "…"

_MARKS_ON_A_LETTER = 3  # Hebrew with points needs three; more is a tower that covers the lines above
_POINTS_PER_CELL = 8  # a cell holds one letter, its marks, and what only chooses the picture of an emoji

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNSEEN_MARKS = frozenset({0x034F, 0x17B4, 0x17B5, *range(0x180B, 0x1810)})
_UNSEEN_RANGES = ((0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))
_REGIONAL_A = 0x1F1E6
_JOINER = "\u200d"
_PICTURE_CHOOSERS = frozenset("\ufe0e\ufe0f") | frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_KEYCAP = "\u20e3"


def plain(text: str, *, lines: bool = False) -> str:
    """`text` in characters that a terminal can only draw, composed (NFC).

    What would act or hide (control and bidi characters, zero width, surrogates, private use, unassigned)
    becomes a visible stand-in: `␛`, `«U+202E»`. With `lines`, line feeds stay and tabs become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    if lines:
        return "\n".join(_plain_line(line) for line in text.expandtabs(4).splitlines())
    return _plain_line(text)


def cut(text: str, cells: int) -> str:
    """`plain(text)` in at most `cells` cells; what does not fit ends in an ellipsis."""
    room = cells * _POINTS_PER_CELL
    shown = plain(text[:room])
    if len(text) <= room and cell_len(shown) <= cells:
        return shown
    if cells <= 0:
        return ""
    return set_cell_size(shown, min(cells - 1, cell_len(shown))).rstrip() + ELLIPSIS


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """`cut(text, cells)` padded with spaces to exactly `cells` cells; `right` sets it flush right."""
    shown = cut(text, cells)
    padding = " " * (cells - cell_len(shown))
    return padding + shown if right else shown + padding


def _plain_line(text: str) -> str:
    shown: list[str] = []
    marks = _MARKS_ON_A_LETTER  # a mark with nothing before it would join the neighbouring cell
    previous = ""
    composed = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    for index, char in enumerate(composed):
        following = composed[index + 1 : index + 2]
        glyph = stand_in(char)
        if _only_chooses_the_picture(previous, char, following):
            glyph = ""
        elif glyph is None and get_character_cell_size(char) == 0:
            marks += 1
            glyph = char if marks <= _MARKS_ON_A_LETTER else _code(char)
        else:
            marks = 0 if glyph is None and not char.isspace() else _MARKS_ON_A_LETTER
            glyph = char if glyph is None else glyph
        shown.append(glyph)
        previous = char
    return unicodedata.normalize("NFC", "".join(shown))


@lru_cache(maxsize=4096)
def stand_in(char: str) -> str | None:
    """The stand-in of a character that may not be shown as it is, None for one that may."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    category = unicodedata.category(char)
    if category in _UNSEEN_CATEGORIES or code in _UNSEEN_MARKS:
        return _code(char)
    if any(first <= code <= last for first, last in _UNSEEN_RANGES):
        return _code(char)
    if _REGIONAL_A <= code < _REGIONAL_A + 26:
        return chr(ord("A") + code - _REGIONAL_A)  # terminals disagree on the width of a flag, not of its letters
    if category[0] != "M" and get_character_cell_size(char) == 0:
        return _code(char)
    return None


def _only_chooses_the_picture(previous: str, char: str, following: str) -> bool:
    """Whether `char` may be left out because it changes which picture of an emoji is drawn, and nothing else.

    Emoji joined by U+200D are shown one beside the other, as UTS #51 §2.2 advises where a sequence is
    unsupported: terminals disagree on the width of the joined picture.
    """
    if char in _PICTURE_CHOOSERS:
        return following == _KEYCAP or (previous != "" and unicodedata.category(previous) == "So")
    if char == _JOINER and previous and following:
        drawn = unicodedata.category(previous) == "So" or previous in _PICTURE_CHOOSERS
        return drawn and unicodedata.category(following) == "So"
    return False


def _code(char: str) -> str:
    return f"«U+{ord(char):04X}»"
