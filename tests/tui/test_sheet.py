from textual.app import ComposeResult

from shopdb.tui.safe_app import SafeApp
from shopdb.tui.widgets.sheet import Item, Section, Sheet

WIDTH = 90  # cells: two columns


class Paper(SafeApp):
    def __init__(self, *items: Item) -> None:
        super().__init__(environ={"COLORTERM": "truecolor"})
        self._items = items

    def compose(self) -> ComposeResult:
        yield Sheet()

    def on_mount(self) -> None:
        self.query_one(Sheet).show([Section("", self._items)])


async def test_a_text_that_is_too_long_for_a_column_is_seen_whole_across_both() -> None:
    words = [f"word-{n:02}" for n in range(12)]
    app = Paper(Item("short", "one"), Item("long", " ".join(words)))
    async with app.run_test(size=(WIDTH, 20)) as pilot:
        await pilot.pause()
        sheet = app.query_one(Sheet)
        seen = "\n".join(sheet.render_line(y).text for y in range(10))
        assert all(word in seen for word in words), seen
