from typing import Any

import pytest
from textual.app import ComposeResult
from textual.content import Content

from shopdb.tui.safe_app import SafeApp
from shopdb.tui.widgets.choice import Answer, Choice
from tests.tui.hostile import HOSTILE
from tests.tui.waiting import at_rest

STATES = [Answer("active", "Active"), Answer("store", "In store"), Answer("repair", "In repair"), Answer("", "none")]


class Form(SafeApp):
    def __init__(self, choice: Choice) -> None:
        super().__init__(environ={"COLORTERM": "truecolor"})
        self.choice = choice
        self.changes: list[str] = []
        self.shown = Content()

    def compose(self) -> ComposeResult:
        yield self.choice

    def on_choice_changed(self, message: Choice.Changed) -> None:
        self.changes.append(message.value)


async def chosen(keys: str, *, answers: Any = STATES, value: str = "store") -> Form:
    """The form after `keys`."""
    app = Form(Choice(answers, value))
    async with app.run_test(notifications=True, tooltips=True) as pilot:
        app.choice.focus()
        await pilot.press(*keys.split())
        await at_rest(app)
        app.shown = app.choice.render()
    return app


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("", "store"),
        ("right", "repair"),
        ("space space", ""),
        ("right right right", "active"),
        ("left left", ""),
        ("home", "active"),
        ("end", ""),
        ("a", "active"),
        ("i n space r", "repair"),
        ("r e p", "repair"),
        ("x", "store"),
        ("a backspace r e p", "repair"),
    ],
)
async def test_keys_choose_the_answer_that_they_say(keys: str, value: str) -> None:
    assert (await chosen(keys)).choice.value == value


async def test_every_change_is_told_once_and_a_key_that_changes_nothing_is_not() -> None:
    assert (await chosen("right right x home home")).changes == ["repair", "", "active"]


async def test_a_value_that_is_no_answer_is_the_first() -> None:
    assert (await chosen("", value="scrapped")).choice.value == "active"


async def test_without_answers_no_key_does_harm() -> None:
    app = await chosen("right left home end a", answers=[])
    assert app.choice.value == ""
    assert app.changes == []


async def test_the_line_says_which_of_how_many() -> None:
    assert str((await chosen("right")).shown) == "< In repair > 3/4"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_label_fits_into_the_line(text: str) -> None:
    shown = (await chosen("", answers=[Answer("x", text)])).shown
    assert shown.cell_length <= 80
    assert "\x1b" not in shown.plain
