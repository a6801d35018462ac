"""The whole terminal program under the pilot, over a site of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.pilot import Pilot

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.credentials import CredentialStore
from shopdb.domain.access import Origin
from shopdb.services import accounts
from shopdb.tui.app import ShopApp
from shopdb.tui.opening import REMEMBERED_PASSWORD, REMEMBERED_USER
from tests.tui.waiting import at_rest, until

PASSWORD = "correct-horse-battery"
ANYBODY = Origin("ben", "terminal")
TERMINAL = {"COLORTERM": "truecolor"}


class App(ShopApp):
    """The program, keeping what it says."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        super().__init__(settings, environ=TERMINAL, **options)
        self.told: list[str] = []

    def notify(self, message: str, **how: Any) -> None:
        self.told.append(message)
        super().notify(message, **how)

    @property
    def text(self) -> str:
        """All that is seen."""
        width, height = self.size
        # Textual exports a screen only as a picture.
        lines = self.screen._compositor.render_strips()[:height] if width else []  # noqa: SLF001
        return "\n".join("".join(segment.text for segment in line) for line in lines)

    def line(self, words: str) -> str:
        """The first line that is seen with these words in it, "" if none is."""
        return next((line for line in self.text.splitlines() if words in line), "")


class Keyboard:
    """Presses keys and types texts, and waits for what they bring about."""

    def __init__(self, app: App, pilot: Pilot[None]) -> None:
        self._app, self._pilot = app, pilot

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self._pilot.press(key)
            await self.settled()

    async def scan(self, code: str) -> None:
        """Type a code as a scanner does: ended by enter, and faster than any answer."""
        for character in f"{code}\r":
            self._app.post_message(events.Key("enter" if character == "\r" else character, character))
        await self.settled()

    async def hit(self, *keys: str) -> None:
        """Press keys without waiting for what they ask of the database."""
        await self._pilot.press(*keys)

    def pour(self, *keys: str) -> None:
        """Press keys faster than any of them is worked on, as what is pasted or scanned comes."""
        for key in keys:
            self._app.post_message(events.Key(key, key if len(key) == 1 else None))

    async def type(self, text: str) -> None:
        await self._pilot.press(*text)
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is being read or saved and all is drawn."""
        await at_rest(self._app)

    async def sees(self, words: str) -> None:
        """Wait until these words are on the screen."""
        try:
            await until(lambda: words in self._app.text)
        except AssertionError:
            raise AssertionError(f"{words!r} is not to be seen in\n{self._app.text}\nsaid: {self._app.told}") from None

    async def hears(self, words: str) -> None:
        """Wait until the program says these words."""
        try:
            await until(lambda: any(words in told for told in self._app.told))
        except AssertionError:
            raise AssertionError(f"{words!r} is not among {self._app.told}\n{self._app.text}") from None


@asynccontextmanager
async def at_the_terminal(app: App, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Keyboard]:
    """The keyboard of a program that has painted its first frame."""
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        yield Keyboard(app, pilot)


def add_user(shop: Shop, name: str, role: str) -> None:
    """Let somebody sign in."""
    shop.write(ANYBODY, lambda session: accounts.add_user(session, name, role, PASSWORD))


def sign_in_as(shop: Shop, site: Settings, role: str) -> None:
    """Let the program start signed in as somebody of this role and name."""
    add_user(shop, role, role)
    store = CredentialStore(site.home)
    store.set(REMEMBERED_USER, role)
    store.set(REMEMBERED_PASSWORD, PASSWORD)
