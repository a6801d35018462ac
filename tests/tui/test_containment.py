import gc
import io
import logging
from collections.abc import Iterator
from typing import ClassVar

import pytest
from rich.console import Console
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.pilot import Pilot
from textual.reactive import reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Label
from textual.widgets._toast import Toast

from shopdb.tui.containment import ScreenFailed
from shopdb.tui.safe_app import SafeApp
from tests.tui.waiting import until

SECRET = "hunter2-never-print-me"


class Home(Screen[None]):
    BINDINGS: ClassVar = [Binding("h", "greet", "Greet"), Binding("x", "stumble", "Stumble")]

    def compose(self) -> ComposeResult:
        yield Label("home")

    def action_greet(self) -> None:
        self.query_one(Label).update("greeted")

    def action_stumble(self) -> None:
        password = SECRET
        raise ValueError("home fell", len(password))


def fall() -> None:
    raise ValueError("[/foo] it fell\x1b[2J")


class FailsInCompose(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Label("before")
        fall()


class ComposesNonsense(Screen[None]):
    def compose(self) -> ComposeResult:
        yield "not a widget"  # type: ignore[misc]


class FailsInMount(Screen[None]):
    def on_mount(self) -> None:
        fall()


class FailsInTimer(Screen[None]):
    def on_mount(self) -> None:
        self.set_interval(0.01, fall)


class FailsInWorker(Screen[None]):
    def on_mount(self) -> None:
        self.fail()

    @work
    async def fail(self) -> None:
        fall()


class FailsInThread(Screen[None]):
    def on_mount(self) -> None:
        self.fail()

    @work(thread=True)
    def fail(self) -> None:
        fall()


class FailsInKey(Screen[None]):
    def on_key(self, event: events.Key) -> None:
        fall()


class FailsInAction(Screen[None]):
    BINDINGS: ClassVar = [Binding("f", "fail", "Fail")]

    def action_fail(self) -> None:
        fall()


class FailsInPriorityAction(Screen[None]):
    BINDINGS: ClassVar = [Binding("f", "fail", "Fail", priority=True)]

    def action_fail(self) -> None:
        fall()


class FailsInCallback(Screen[None]):
    def on_mount(self) -> None:
        self.call_after_refresh(fall)


class FailsInIdle(Screen[None]):
    def on_idle(self) -> None:
        fall()


class FailsInWatcher(Screen[None]):
    count: reactive[int] = reactive(0)

    def watch_count(self) -> None:
        fall()


class FailsWhenMade(Screen[None]):
    def __init__(self) -> None:
        super().__init__()
        fall()


class HasBadStyles(Screen[None]):
    CSS = "Label { color: no-such-colour; }"


class HasBadDefaultStyles(Screen[None]):
    DEFAULT_CSS = "HasBadDefaultStyles { colour: $no-such-token }"


class _Holding(Screen[None]):
    inner: type[Widget]

    def compose(self) -> ComposeResult:
        yield self.inner()


class RenderFails(Widget):
    def render(self) -> str:
        raise ValueError("it fell")


class LineFails(Widget):
    def render_line(self, y: int):  # type: ignore[no-untyped-def]  # noqa: ANN201
        raise ValueError("it fell")


class MarkupFails(Widget):
    def render(self) -> str:
        return "[/foo]"


class ChildFailsInMount(Widget):
    def on_mount(self) -> None:
        fall()


class FailsInRender(_Holding):
    inner = RenderFails


class FailsInLine(_Holding):
    inner = LineFails


class FailsInMarkup(_Holding):
    inner = MarkupFails


class HoldsAFailingChild(_Holding):
    inner = ChildFailsInMount


FAILING = [
    FailsInCompose, ComposesNonsense, FailsInMount, FailsInTimer, FailsInWorker, FailsInThread, FailsInKey,
    FailsInAction, FailsInPriorityAction, FailsInCallback, FailsInIdle, FailsInWatcher, FailsWhenMade, HasBadStyles,
    HasBadDefaultStyles, FailsInRender, FailsInLine, FailsInMarkup, HoldsAFailingChild,
]  # fmt: skip


class House(SafeApp):
    MODES: ClassVar = {"home": Home, "other": Home}
    home_mode = "home"

    def __init__(self) -> None:
        super().__init__(environ={"COLORTERM": "truecolor"})
        self.failures: list[ScreenFailed] = []

    def on_mount(self) -> None:
        self.switch_mode("home")

    def on_screen_failed(self, message: ScreenFailed) -> None:
        self.failures.append(message)


async def works_on(app: House) -> None:
    """Fail unless the screen that is seen answers a key."""
    await until(lambda: isinstance(app.screen, Home) and len(app.screen.query(Label)) == 1)
    app.post_message(events.Key("h", "h"))
    await until(lambda: str(app.screen.query_one(Label).content) == "greeted")


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


@pytest.mark.parametrize("screen", FAILING)
async def test_an_area_that_fails_is_left_for_home_and_its_reason_told(screen: type[Screen[None]]) -> None:
    app = House()
    async with app.run_test(notifications=True, tooltips=True):
        await until(lambda: isinstance(app.screen, Home))
        app.add_mode("plugin", screen)
        app.open_mode("plugin")
        app.post_message(events.Key("f", "f"))
        await until(lambda: app.failures != [])
        await until(lambda: isinstance(app.screen, Home))
        assert len(app.failures) == 1
        assert "home" not in app.failures[0].name
        await works_on(app)
        app.open_mode("plugin")
        app.post_message(events.Key("f", "f"))
        await until(lambda: len(app.failures) == 2)


@pytest.mark.parametrize("screen", FAILING)
async def test_a_screen_that_fails_on_top_of_another_is_taken_off(screen: type[Screen[None]]) -> None:
    app = House()
    async with app.run_test(notifications=True, tooltips=True):
        await until(lambda: isinstance(app.screen, Home))
        app.open_screen("plugin", screen)
        app.post_message(events.Key("f", "f"))
        await until(lambda: app.failures != [])
        await until(lambda: isinstance(app.screen, Home))
        assert len(app.failures) == 1
        await works_on(app)


async def test_a_dialog_over_a_failing_area_is_left_with_it() -> None:
    app = House()
    async with app.run_test(notifications=True):
        await until(lambda: isinstance(app.screen, Home))
        app.add_mode("plugin", Home)
        app.open_mode("plugin")
        area = app.screen
        app.open_screen("dialog", ModalScreen)
        area.call_later(fall)
        await until(lambda: app.failures != [])
        await until(lambda: app.current_mode == "home")
        await works_on(app)


async def test_an_area_that_fails_out_of_sight_does_not_disturb() -> None:
    app = House()
    async with app.run_test(notifications=True):
        await until(lambda: isinstance(app.screen, Home))
        app.open_mode("other")
        other = app.screen
        await until(lambda: other.is_running)
        app.open_mode("home")
        other.call_later(fall)
        await until(lambda: app.failures != [])
        assert app.current_mode == "home"
        await works_on(app)
        app.open_mode("other")
        await works_on(app)


async def test_styles_of_a_screen_that_could_not_be_opened_do_not_stay() -> None:
    app = House()
    async with app.run_test():
        await until(lambda: isinstance(app.screen, Home))
        before = set(app.stylesheet.source)
        app.open_screen("plugin", HasBadStyles)
        await until(lambda: app.failures != [])
        assert not any("HasBadStyles.CSS" in str(source) for source in set(app.stylesheet.source) - before)
        app.theme = "shopdb-light"  # parses all styles anew
        await works_on(app)


async def test_the_reason_is_shown_harmlessly() -> None:
    app = SafeApp(environ={"COLORTERM": "truecolor"})
    async with app.run_test(notifications=True):
        app.open_screen("plugin", FailsInMount)
        await until(lambda: len(app.screen.query(Toast)) == 1)
        assert "[/foo] it fell␛[2J" in str(app.screen.query_one(Toast).render())


async def test_the_end_of_the_program_prints_no_local_variables() -> None:
    app = House()
    printed = io.StringIO()
    app.error_console = Console(file=printed, markup=False, highlight=False)

    async def stumble(pilot: Pilot[object]) -> None:
        await until(lambda: isinstance(app.screen, Home))
        await pilot.press("x")

    await app.run_async(headless=True, auto_pilot=stumble)
    assert app.return_code == 1
    assert "home fell" in printed.getvalue()
    assert "action_stumble" in printed.getvalue()
    assert SECRET not in printed.getvalue()
