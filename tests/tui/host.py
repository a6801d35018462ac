"""A terminal program with one desk and no door: what the tests of screens start from."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any

from sqlalchemy import func, select
from textual import events
from textual.driver import Driver
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.services.undo import undo
from shopdb.store.models import Batch
from shopdb.tui.desk import Desk, Frame
from shopdb.tui.messages import Done, ListAsked, RecordAsked, StateRead, UndoAsked
from shopdb.tui.opening import desk_for
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.state import ShopState
from tests.tui.waiting import at_rest, until

EVERYTHING = frozenset({"*.view", "*.change"})


class Host(SafeApp):
    """Shows screens at a desk, and keeps what they ask and say."""

    def __init__(
        self,
        shop: Shop,
        *,
        permissions: frozenset[str] = EVERYTHING,
        actor: str = "ana",
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(environ={"COLORTERM": "truecolor"}, driver_class=driver_class)
        self.shop = shop
        self.state = StateRead(None, "unknown")
        self.desk: Desk = desk_for(
            shop, Origin(actor, "terminal", permissions=permissions), UTC, self.jobs, self._frame
        )
        self.asked: list[Message] = []
        self.told: list[str] = []
        self.last_batch: int | None = None

    def _frame(self) -> Frame:
        return Frame("Test shop", 8420, (), self.state)

    def on_list_asked(self, message: ListAsked) -> None:
        self.asked.append(message)

    def on_record_asked(self, message: RecordAsked) -> None:
        self.asked.append(message)

    def on_done(self, message: Done) -> None:
        self.told.append(message.text)
        self.last_batch = message.batch_id

    def on_undo_asked(self, message: UndoAsked) -> None:
        self.asked.append(message)

    def notify(self, message: str, **how: Any) -> None:
        self.told.append(message)
        super().notify(message, **how)

    @property
    def words(self) -> str:
        """All that is seen, without frames and line breaks."""
        return " ".join(re.sub("[\u2500-\u257f]", " ", self.text).split())

    def shows(self, *kinds: type[Screen[Any]]) -> bool:
        """Whether the screen in front is of one of these kinds."""
        return isinstance(self.screen, kinds)

    def line(self, words: str) -> str:
        """The first line that is seen with these words in it, "" if none is."""
        return next((line for line in self.text.splitlines() if words in line), "")

    def undo_last(self) -> None:
        """Take the last batch back, as the application does."""
        assert self.last_batch is not None
        batch_id = self.last_batch
        self.desk.write(f"undo batch {batch_id}", lambda session: undo(session, batch_id))

    def bring_news(self) -> None:
        """Tell the screen in front what the application reads every two seconds."""
        with self.shop.reading() as session:
            last = session.scalar(select(func.max(Batch.id))) or 0
        self.state = StateRead(ShopState(0, 0, last, ()), "down")
        self.screen.post_message(self.state)

    @property
    def text(self) -> str:
        """All that is seen."""
        return "\n".join("".join(segment.text for segment in line) for line in self._lines())

    def _lines(self) -> list[Any]:
        width, height = self.size
        # Textual exports a screen only as a picture.
        return self.screen._compositor.render_strips()[:height] if width else []  # noqa: SLF001


@asynccontextmanager
async def shown(
    host: Host, make: Callable[[Desk], Screen[Any]], size: tuple[int, int] = (80, 24), *, headless: bool = True
) -> AsyncIterator["Keys"]:
    """The keys of a terminal with a screen of the host's desk that has read what it shows.

    Only a terminal that is not ``headless`` draws by the host's driver class.
    """
    async with host.run_test(headless=headless, size=size, notifications=True, tooltips=True) as pilot:
        host.bring_news()
        host.push_screen(make(host.desk))
        await at_rest(host)
        yield Keys(host, pilot)
        await at_rest(host)


class Keys:
    """Presses keys and types texts, and waits until what they asked for is done."""

    def __init__(self, host: Host, pilot: Pilot[None]) -> None:
        self._host, self._pilot = host, pilot

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self._pilot.press(key)
            await at_rest(self._host)

    async def type(self, text: str) -> None:
        await self._pilot.press(*text)
        await at_rest(self._host)

    async def paste(self, text: str) -> None:
        """Put a text into the focused field at once, as a terminal pastes it."""
        assert self._host.focused is not None
        self._host.focused.post_message(events.Paste(text))
        await at_rest(self._host)

    async def see(self, words: str) -> None:
        """Wait until these words are seen."""
        await until(lambda: words in self._host.words)

    async def wait(self) -> None:
        """Wait for what was asked for by other means than keys."""
        await at_rest(self._host)
