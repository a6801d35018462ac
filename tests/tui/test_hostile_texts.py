"""Hostile texts through every way in which a text can reach the terminal, on a terminal that counts."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import (
    Button,
    Checkbox,
    DataTable,
    Header,
    Input,
    Label,
    OptionList,
    RichLog,
    Static,
    TabbedContent,
    TabPane,
    TextArea,
    Tree,
)

from shopdb.tui.safe_app import SafeApp
from shopdb.tui.safety import content
from tests.tui.hostile import HOSTILE
from tests.tui.screens import recording_driver
from tests.tui.waiting import at_rest, until

ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SEQUENCE = re.compile(r"\x1b\[[\d;]*[Hm]|\n|\x1b\]22;[a-z-]*\x07")  # the last is the shape of the mouse pointer

HEIGHT = 4  # lines of each widget

every_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def acting(frames: Iterable[str]) -> set[str]:
    """Characters in `frames` that act on a terminal, beyond moving the cursor and changing the pen."""
    drawn = SEQUENCE.sub("", "".join(frames))
    return {char for char in drawn if unicodedata.category(char) in ACTING}


def table(text: str) -> Widget:
    shown: DataTable[Text] = DataTable()
    shown.add_column(Text(text))
    shown.add_row(Text(text))
    return shown


def tree(text: str) -> Widget:
    shown: Tree[None] = Tree(Text(text))
    shown.root.add_leaf(Text(text))
    shown.root.expand()
    return shown


def titled(text: str) -> Widget:
    shown = Static("inside")
    shown.styles.border = ("solid", "white")
    shown.border_title = Content(text)
    shown.border_subtitle = Content(text)
    return shown


def log(text: str) -> Widget:
    shown = RichLog()
    shown.write(Text(text))
    return shown


WIDGETS: dict[str, Callable[[str], Widget]] = {
    "content": lambda text: Static(Content(text)),
    "rich text": lambda text: Static(Text(text)),
    "no markup": lambda text: Static(text, markup=False),
    "label": lambda text: Label(Content(text)),
    "button": lambda text: Button(Content(text)),
    "checkbox": lambda text: Checkbox(Content(text)),
    "options": lambda text: OptionList(Content(text), Content("other")),
    "table": table,
    "tree": tree,
    "input": Input,
    "placeholder": lambda text: Input(placeholder=text),
    "text area": TextArea,
    "title": titled,
    "log": log,
}


class Wall(SafeApp):
    """Shows widgets and keeps what would be sent to the terminal."""

    def __init__(self, *shown: Callable[[], Widget]) -> None:
        self.driver = recording_driver()
        super().__init__(environ={"COLORTERM": "truecolor"}, driver_class=self.driver)
        self.shown = shown

    def compose(self) -> ComposeResult:
        for make in self.shown:
            widget = make()
            widget.styles.height = HEIGHT
            yield widget


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
async def test_what_a_widget_lets_through_stops_at_the_gate(make: Callable[[str], Widget]) -> None:
    app = Wall(*(partial(make, text) for text in HOSTILE.values()))
    async with app.run_test(headless=False, size=(80, HEIGHT * len(HOSTILE)), notifications=True, tooltips=True):
        await at_rest(app)
        assert acting(app.driver.sent) == set()
        assert app.is_running


async def test_without_the_gate_the_same_texts_do_reach_the_terminal() -> None:
    app = Wall(*(partial(Static, Content(text)) for text in HOSTILE.values()))
    app.get_line_filters = list  # type: ignore[method-assign]
    async with app.run_test(headless=False):
        await at_rest(app)
        assert acting(app.driver.sent) != set()


@every_text
async def test_titles_notices_and_tooltips_do_no_harm(text: str) -> None:
    label = Label("label")
    app = Wall(Header, lambda: label)
    async with app.run_test(headless=False, notifications=True, tooltips=True) as pilot:
        app.title = app.sub_title = text
        label.tooltip = content(text)
        await pilot.hover(Label)
        await at_rest(app)  # the tooltip is there a moment later; one that covers its own label goes at once
        app.notify(text, title=text, timeout=60)
        label.notify(text, title=text, markup=True, timeout=60)
        await until(lambda: len(app.screen.query("Toast")) == 2)
        await at_rest(app)
        assert acting(app.driver.sent) == set()
        assert app.is_running


async def test_a_tab_pane_with_a_hostile_name_is_drawn() -> None:
    app = Wall(TabbedContent)
    async with app.run_test(headless=False):
        await app.query_one(TabbedContent).add_pane(TabPane(content("[@click=app.quit]x\x1b[2J"), Label("inside")))
        await at_rest(app)
        assert acting(app.driver.sent) == set()
        assert app.is_running
