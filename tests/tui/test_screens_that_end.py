"""Screens that would end the program, or keep it from ending."""

import asyncio
import gc
import logging
import sys
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label

from tests.tui.test_containment import Home, House, works_on
from tests.tui.waiting import until

# Textual makes this coroutine for a screen that then never runs; Python tells of it when it is collected.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine 'Screen._watch_selections' was never awaited",
    "ignore:.*Screen._watch_selections:pytest.PytestUnraisableExceptionWarning",
)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.CRITICAL + 1)
    yield
    gc.collect()


def end() -> None:
    sys.exit("out of order")


class EndsInCompose(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Label("before")
        end()


class EndsInMount(Screen[None]):
    def on_mount(self) -> None:
        end()


class EndsInTimer(Screen[None]):
    def on_mount(self) -> None:
        self.set_interval(0.01, end)


class EndsInWorker(Screen[None]):
    def on_mount(self) -> None:
        self.end()

    @work
    async def end(self) -> None:
        end()


class EndsInThread(Screen[None]):
    def on_mount(self) -> None:
        self.end()

    @work(thread=True)
    def end(self) -> None:
        end()


class EndsInKey(Screen[None]):
    def on_key(self, event: events.Key) -> None:
        end()


class EndsInAction(Screen[None]):
    BINDINGS: ClassVar = [Binding("f", "end", "End")]

    def action_end(self) -> None:
        end()


class EndsInCallback(Screen[None]):
    def on_mount(self) -> None:
        self.call_after_refresh(end)


class EndsInWatcher(Screen[None]):
    count: reactive[int] = reactive(0)

    def watch_count(self) -> None:
        end()


class EndsWhenMade(Screen[None]):
    def __init__(self) -> None:
        super().__init__()
        end()


class Ending(Widget):
    def on_mount(self) -> None:
        end()


class HoldsAnEndingChild(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Ending()


class EndsInRender(Screen[None]):
    def render(self) -> str:
        sys.exit(1)


ENDING = [
    EndsInCompose, EndsInMount, EndsInTimer, EndsInWorker, EndsInThread, EndsInKey, EndsInAction, EndsInCallback,
    EndsInWatcher, EndsWhenMade, HoldsAnEndingChild, EndsInRender,
]  # fmt: skip


@pytest.mark.parametrize("screen", ENDING)
async def test_a_screen_that_asks_for_the_end_of_the_program_is_left_alone(screen: type[Screen[None]]) -> None:
    app = House()
    async with app.run_test(notifications=True, tooltips=True):
        await until(lambda: isinstance(app.screen, Home))
        app.open_screen("plugin", screen)
        app.post_message(events.Key("f", "f"))
        await until(lambda: app.failures != [])
        await until(lambda: isinstance(app.screen, Home))
        assert len(app.failures) == 1
        assert "SystemExit" in app.failures[0].reason
        await works_on(app)


class HangsInThread(Screen[None]):
    def on_mount(self) -> None:
        self.hang()

    @work(thread=True)
    def hang(self) -> None:
        threading.Event().wait(60)


def test_a_worker_that_hangs_does_not_keep_the_program_from_ending() -> None:
    async def story() -> None:
        app = House()
        async with app.run_test():
            await until(lambda: isinstance(app.screen, Home))
            app.open_screen("plugin", HangsInThread)
            await until(lambda: len(app.screen.workers) == 1)

    begun = time.monotonic()
    asyncio.run(story())
    assert time.monotonic() - begun < 30
