"""What the terminal shows, and the least that must be sent to change it.

Belongs to the terminal, under its driver. Textual repaints whole regions; over SSH on a bad link the bytes are what
a person waits for. `Cells` turns a painted frame into the difference; it knows of no tty.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, repeat
from operator import itemgetter
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

_TOKEN = re.compile(
    r"\x1b\[(?P<line>\d+);(?P<column>\d+)H"
    r"|\x1b\[(?P<sgr>[\d;]*)m"
    r"|\x1b\]8;(?P<link>[^\x00-\x1f\x7f-\x9f]*)\x1b\\"
    r"|(?P<feed>\n)"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)
_BEGINS_A_FRAME = re.compile(r"\x1b\[\d+;\d+H")
_DRAWS_NOTHING = re.compile(r"(?:\x1b\[[?<>=][\d;$]*[hlupqt]|\x1b\[6n|\x1b\](?!8;)[^\x07\x1b]*(?:\x07|\x1b\\)|\x07)*")
_ONE_CELL_EVERYWHERE = re.compile(r"[ -~\xa1-\xac\xae-\u02ff\u0370-\u0482\u2026\u2500-\u25fc\u2800-\u28ff]*")
_CHEAPER_THAN_A_MOVE = 4  # cells; moving the cursor right takes four bytes or five


class Pen(NamedTuple):
    """How a cell is drawn: parameters of SGR, and of OSC 8."""

    attributes: str = ""
    foreground: str = ""
    background: str = ""
    link: str = ""


Cell = tuple[str, Pen]  # the second cell of a wide character holds ""
Row = list[Cell | None]  # None: nobody knows what the terminal shows there


class Cells:
    """What the terminal shows, cell by cell."""

    def __init__(self) -> None:
        self._shown: dict[int, Row] = {}
        self._with_wide: set[int] = set()
        self._pen: Pen | None = None
        self._cursor: tuple[int, int] | None = None

    def forget(self) -> None:
        """Know nothing any more: whatever is painted next is sent."""
        self._shown.clear()
        self._with_wide.clear()
        self._pen = None
        self._cursor = None

    def difference(self, data: str) -> str:
        """What to send in place of `data`: less if it is a frame, the same if it is anything else."""
        wanted: dict[int, Row] = {}
        end = self._paint(data, wanted) if _BEGINS_A_FRAME.match(data) else None
        if end is None:
            if not _DRAWS_NOTHING.fullmatch(data):
                self.forget()
            return data
        pieces: list[str] = []
        for y, row in wanted.items():
            if y in self._with_wide:
                _blank_torn_halves(row)
            shown = self._shown.get(y, [])
            if row != shown:
                pieces += self._changed(y, row, shown)
                self._shown[y] = row
        if end != self._cursor:
            pieces.append(_to(*end))
            self._cursor = end
        return "".join(pieces)

    def _paint(self, data: str, wanted: dict[int, Row]) -> tuple[int, int] | None:
        """Paint the frame `data` into the rows `wanted`; where the cursor ends, or None if it is no frame."""
        x = y = position = 0
        pen = _interned(Pen())
        for token in _TOKEN.finditer(data):
            if token.start() != position:
                return None
            position = token.end()
            match token.lastgroup:
                case "text":
                    cells = _cells(token["text"], pen)
                    if y not in wanted:
                        wanted[y] = self._shown.get(y, []).copy()
                    self._put(wanted[y], x, y, cells)
                    x += len(cells)
                case "sgr":
                    pen = _pen(pen, token["sgr"])
                case "column":
                    x, y = int(token["column"]) - 1, int(token["line"]) - 1
                case "feed":
                    x, y = 0, y + 1
                case _:
                    pen = _interned(pen._replace(link="" if token["link"] == ";" else token["link"]))
        return (x, y) if position == len(data) else None

    def _put(self, row: Row, x: int, y: int, cells: tuple[Cell, ...]) -> None:
        if len(row) < x:
            row += [None] * (x - len(row))
        row[x : x + len(cells)] = cells
        if cells and not all(map(itemgetter(0), cells)):
            self._with_wide.add(y)

    def _changed(self, y: int, row: Row, shown: Row) -> Iterator[str]:
        """What turns line `y` from `shown` into `row`, cursor movements included."""
        for start, end in _changes(row, shown):
            yield self._move(start, y)
            cells = [cell for cell in row[start:end] if cell is not None]
            x, certain = start, True
            for pen, same_pen in groupby(cells, itemgetter(1)):
                if pen is not self._pen:
                    yield _change(self._pen, pen)
                    self._pen = pen
                chars = [char for char, _ in same_pen]
                if not certain or not _ONE_CELL_EVERYWHERE.fullmatch("".join(chars)):
                    chars, certain = _placed(chars, x, y, certain=certain)
                yield "".join(chars)
                x += len(chars)
            self._cursor = (end, y) if certain else None

    def _move(self, x: int, y: int) -> str:
        if self._cursor == (x, y):
            return ""
        if self._cursor is not None and self._cursor[1] == y and self._cursor[0] < x:
            return f"\x1b[{x - self._cursor[0]}C"
        return _to(x, y)


def _to(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def _placed(chars: list[str], x: int, y: int, *, certain: bool) -> tuple[list[str], bool]:
    """`chars` with a move before each that follows a glyph of uncertain width, and whether the last was certain.

    A terminal that gives the glyph another width than Unicode's tables must not shift what follows it.
    """
    placed: list[str] = []
    for at, char in enumerate(chars, x):
        if not _ONE_CELL_EVERYWHERE.fullmatch(char):
            certain = False
            placed.append(char)
        elif char and not certain:
            certain = True
            placed.append(_to(at, y) + char)
        else:
            placed.append(char)
    return placed, certain


def _changes(row: Row, shown: Row) -> Iterator[tuple[int, int]]:
    """Start and end of each stretch of `row` to be sent; narrow gaps of unchanged cells are sent too."""
    known = len(shown)
    start = end = -1
    for x, cell in enumerate(row):
        if cell is None:
            if start >= 0:
                yield start, end
                start = -1
            continue
        if x < known and cell == shown[x]:
            continue
        if start >= 0 and x - end > _CHEAPER_THAN_A_MOVE:
            yield start, end
            start = x
        elif start < 0:
            start = x
        end = x + 1
        while end < len(row) and _is_second_half(row[end]):
            end += 1
    if start >= 0:
        yield start, end


def _is_second_half(cell: Cell | None) -> bool:
    return cell is not None and not cell[0]


def _blank_torn_halves(row: Row) -> None:
    """Make a space of each half of a wide character whose other half was painted over, as terminals do."""
    for x, cell in enumerate(row):
        if cell is None:
            continue
        char, pen = cell
        if char == "":
            before = row[x - 1] if x else None
            whole = before is not None and cell_len(before[0]) == 2
        elif cell_len(char) == 2:
            whole = x + 1 < len(row) and _is_second_half(row[x + 1])
        else:
            continue
        if not whole:
            row[x] = (" ", pen)


@lru_cache(maxsize=512)
def _cells(text: str, pen: Pen) -> tuple[Cell, ...]:
    if _ONE_CELL_EVERYWHERE.fullmatch(text):
        return tuple(zip(text, repeat(pen)))
    spans, _ = split_graphemes(text)
    cells: list[Cell] = []
    for start, end, width in spans:
        cells += [(text[start:end], pen), ("", pen)][:width]
    return tuple(cells)


@lru_cache(maxsize=4096)
def _pen(pen: Pen, sgr: str) -> Pen:
    """`pen` after the parameters `sgr`, as Rich writes them: attributes, then colours (ECMA-48 §8.3.117)."""
    attributes = pen.attributes.split(";") if pen.attributes else []
    foreground, background = pen.foreground, pen.background
    parameters = iter(sgr.split(";"))
    for parameter in parameters:
        code = int(parameter or 0)
        colour = parameter
        if code in {38, 48}:
            space = next(parameters)
            levels = [next(parameters) for _ in range(3 if space == "2" else 1)]
            colour = ";".join([parameter, space, *levels])
        if code == 0:
            attributes, foreground, background = [], "", ""
        elif 30 <= code <= 39 or 90 <= code <= 97:
            foreground = "" if code == 39 else colour
        elif 40 <= code <= 49 or 100 <= code <= 107:
            background = "" if code == 49 else colour
        else:
            attributes.append(parameter)
    return _interned(Pen(";".join(attributes), foreground, background, pen.link))


@lru_cache(maxsize=4096)
def _interned(pen: Pen) -> Pen:
    """The one object that stands for all pens equal to `pen`, so that cells compare by identity first."""
    return pen


@lru_cache(maxsize=4096)
def _change(before: Pen | None, after: Pen) -> str:
    link_before = "" if before is None else before.link
    link = f"\x1b]8;{after.link or ';'}\x1b\\" if link_before != after.link else ""
    if before is None or before.attributes != after.attributes:
        parameters = ["0", after.attributes, after.foreground, after.background]
    else:
        parameters = []
        if before.foreground != after.foreground:
            parameters.append(after.foreground or "39")
        if before.background != after.background:
            parameters.append(after.background or "49")
    sgr = ";".join(filter(None, parameters))
    return f"{link}\x1b[{sgr}m" if sgr else link
