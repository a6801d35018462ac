import threading
from collections.abc import Sequence

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.widgets import Checkbox

from shopdb.tui.safe_app import SafeApp
from shopdb.tui.widgets.filterbar import Completion, Completions, FilterBar
from tests.tui.hostile import HOSTILE
from tests.tui.waiting import PATIENCE, at_rest, until

FIELDS = ("name", "serial", "status", "site")


def complete(text: str, cursor: int) -> Sequence[Completion]:
    """Fields whose names begin with the word at the cursor."""
    start = text.rfind(" ", 0, cursor) + 1
    word = text[start:cursor]
    return [Completion(f"{field}:", start, "a field") for field in FIELDS if word and field.startswith(word)]


class ListApp(SafeApp):
    def __init__(self, complete_with: object = complete) -> None:
        super().__init__(environ={"COLORTERM": "truecolor"})
        self.bar = FilterBar(self.jobs, complete_with)  # type: ignore[arg-type]
        self.asked: list[str] = []
        self.left = 0

    def compose(self) -> ComposeResult:
        yield self.bar
        yield Checkbox("the list")

    def on_filter_bar_asked(self, message: FilterBar.Asked) -> None:
        self.asked.append(message.text)

    def on_filter_bar_left(self) -> None:
        self.left += 1

    def on_mount(self) -> None:
        self.bar.focus()

    @property
    def offered(self) -> list[str]:
        """The completions that are seen."""
        completions = self.query_one(Completions)
        return [line.split()[0].lstrip(">") or line.split()[1] for line in str(completions.render()).splitlines()]


async def typed(pilot: Pilot[None], app: ListApp, keys: str) -> None:
    for key in keys.split():
        await pilot.press(key)
        await at_rest(app)


async def test_enter_asks_for_what_was_typed() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await typed(pilot, app, "a b c enter")
        assert app.asked == ["abc"]


async def test_tab_puts_the_first_completion_into_the_line() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await typed(pilot, app, "x space s e")
        assert app.offered == ["serial:"]
        await typed(pilot, app, "tab")
        assert app.bar.value == "x serial:"
        await typed(pilot, app, "7 enter")
        assert app.asked == ["x serial:7"]


async def test_arrows_choose_and_enter_takes_the_chosen_completion_before_it_asks() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await typed(pilot, app, "s")
        assert app.offered == ["serial:", "status:", "site:"]
        await typed(pilot, app, "down down enter")
        assert app.bar.value == "status:"
        assert app.asked == []
        await typed(pilot, app, "enter")
        assert app.asked == ["status:"]


async def test_a_completion_in_the_middle_keeps_what_follows() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        app.bar.value = " tail"
        await typed(pilot, app, "home n tab")
        assert app.bar.value == "name: tail"


async def test_escape_closes_the_completions_and_then_leaves() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await typed(pilot, app, "s escape")
        assert app.offered == []
        assert app.left == 0
        await typed(pilot, app, "escape")
        assert app.left == 1


async def test_tab_goes_on_to_the_next_widget_where_there_is_nothing_to_complete() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await typed(pilot, app, "x tab x")
        assert app.bar.value == "x"


async def test_typing_does_not_wait_for_completions_and_old_ones_are_not_shown() -> None:
    gate = threading.Event()

    def slow(text: str, cursor: int) -> Sequence[Completion]:
        gate.wait(PATIENCE)
        return [Completion(f"for-{text}", 0)]

    app = ListApp(slow)
    async with app.run_test() as pilot:
        await pilot.press("a", "b", "c")
        assert app.bar.value == "abc"
        gate.set()
        await until(lambda: app.offered == ["for-abc"])


async def test_what_is_wrong_stands_below_until_something_is_typed() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        app.bar.tell("[/foo] there is no field colour")
        await at_rest(app)
        assert app.bar.has_class("-problem")
        await typed(pilot, app, "x")
        assert not app.bar.has_class("-problem")


async def test_setting_the_text_offers_nothing() -> None:
    app = ListApp()
    async with app.run_test():
        app.bar.value = "s"
        await at_rest(app)
        assert app.offered == []


async def test_the_cursor_does_not_blink() -> None:
    app = ListApp()
    async with app.run_test():
        assert all(not line.cursor_blink for line in app.query("Input").results())  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_completions_and_problems_are_drawn_harmlessly(text: str) -> None:
    app = ListApp(lambda _text, _cursor: [Completion(text, 0, text)])
    async with app.run_test(notifications=True, tooltips=True) as pilot:
        await typed(pilot, app, "a down")
        app.bar.tell(text)
        await at_rest(app)
        assert "\x1b" not in str(app.query_one(Completions).render())
        assert app.is_running
