"""A screen that fails is left, its reason is told, and the program goes on.

Belongs to the terminal. Textual ends the application on any error in a handler, and prints the local variables
of every frame, secrets included. Both are changed here and nowhere else, because it takes methods that Textual
keeps to itself; tests/tui/test_containment.py tries the ways in which a screen can fail.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from rich.text import Text
from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.dom import DOMNode
from textual.driver import Driver
from textual.message import Message
from textual.screen import Screen
from textual.worker import NoActiveWorker, WorkerFailed, get_current_worker

from shopdb.plugins.importing import plugin_in
from shopdb.tui.guarding import as_failure, guard
from shopdb.tui.safety import plain
from shopdb.tui.stacks import StackedApp
from shopdb.tui.stalls import Stalls

_log = logging.getLogger(__name__)


@dataclass
class ScreenFailed(Message):
    """The screen that a person knows as `name` was left because of `error`; `plugin` is whose code did it, if any's."""

    name: str
    error: Exception
    plugin: str = ""

    @property
    def reason(self) -> str:
        """One line for a person; not yet made harmless."""
        kind = type(self.error).__name__
        return f"{kind}: {self.error}" if str(self.error) else kind


class ContainedApp(StackedApp):
    """An application that survives its screens.

    Only the first screen of `home_mode` cannot be left. When it fails, or a failure cannot be traced to a
    screen, the program ends with a traceback without local variables. All other failures are logged and
    posted as ScreenFailed.
    """

    home_mode = App.DEFAULT_MODE

    def __init__(self, *, ansi_color: bool | None = None, driver_class: type[Driver] | None = None) -> None:
        super().__init__(ansi_color=ansi_color, driver_class=driver_class)
        self._leaving: WeakSet[Screen[Any]] = WeakSet()

    def on_load(self) -> None:
        """Guard what runs from now on."""
        loop = asyncio.get_running_loop()
        guard(loop, self._handle_exception)
        self._stalls = Stalls(loop)

    def on_unmount(self) -> None:
        """Watch no longer."""
        self._stalls.end()

    def on_screen_failed(self, message: ScreenFailed) -> None:
        """Tell why a screen was left."""
        self.notify(message.reason, title=f"{message.name} failed and was closed", severity="error", timeout=20)

    def open_mode(self, mode: str) -> None:
        """Switch to `mode`; if its screen cannot be made, stay and post ScreenFailed."""
        sources = self.stylesheet.source.copy()
        try:
            self.switch_mode(mode)
        except BaseException as error:  # noqa: BLE001  # the screen may be a plugin's
            self._failed_to_open(mode, as_failure(error), sources)

    def open_screen(self, name: str, make: Callable[[], Screen[Any]]) -> None:
        """Push the screen that `make` gives; if it cannot be shown, stay and post ScreenFailed with `name`."""
        sources = self.stylesheet.source.copy()
        try:
            self.push_screen(make())
        except BaseException as error:  # noqa: BLE001  # the screen may be a plugin's
            self._failed_to_open(name, as_failure(error), sources)

    # -- what Textual keeps to itself ----------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        if self._ends:
            _log.debug("an error at the end of the program", exc_info=error)
            return
        screens = list(_screens(error))
        known = [screen for screen in screens if self._mode_of(screen) is not None]
        if screens and not known:
            _log.error("a screen that had been left failed", exc_info=error)
        elif not known or known[0] is self._screen_stacks[self.home_mode][0]:
            _log.critical("the program ends", exc_info=error)
            super()._handle_exception(error)
        elif known[0] not in self._leaving:
            _log.error("%s failed and is left", _name(known[0]), exc_info=error)
            self._leaving.add(known[0])
            self.call_later(self._leave, known[0], error)

    async def _dispatch_message(self, message: Message) -> None:
        # An action runs in the loop of the application, which would end with the first error of a screen.
        try:
            await super()._dispatch_message(message)
        except BaseException as error:  # noqa: BLE001  # any screen's actions run here
            self._handle_exception(as_failure(error))

    def _fatal_error(self) -> None:
        self.bell()
        if self._exception is not None:
            told = "".join(traceback.format_exception(self._exception))
            self._exit_renderables.append(Text(plain(told, lines=True), overflow="fold"))
        self._close_messages_no_wait()

    def _leave(self, screen: Screen[Any], error: Exception) -> None:
        mode = self._mode_of(screen)
        if mode is None:
            return
        stack = self._screen_stacks[mode]
        if screen is stack[0]:
            self._close_mode(mode)
        elif mode == self.current_mode:
            for _ in stack[stack.index(screen) :]:
                self.pop_screen()
        else:
            for left in stack[stack.index(screen) :]:
                stack.remove(left)
                left.remove()
        self.post_message(ScreenFailed(_name(screen), error, plugin_behind(error, screen)))

    def _close_mode(self, mode: str) -> None:
        """Leave `mode` for the home mode; it is made anew when it is opened again."""
        if mode == self.current_mode:
            self.switch_mode(self.home_mode)
        base = self._modes[mode]
        self.remove_mode(mode)
        self._modes[mode] = base

    @property
    def _ends(self) -> bool:
        """Whether the program is being left: Textual has begun to take its screens away."""
        return self._is_mounted and not self._screen_stacks.get(self.current_mode)

    def _mode_of(self, screen: Screen[Any]) -> str | None:
        for mode, stack in self._screen_stacks.items():
            if screen in stack:
                return mode
        return None

    def _undo_opening(self, sources: Any) -> None:
        """Take away the styles and the screen of an opening that stopped half-way."""
        self.stylesheet.source = sources
        self.stylesheet.reparse()
        for node in list(self._nodes):
            if isinstance(node, Screen) and self._mode_of(node) is None and not self.is_screen_installed(node):
                node.remove()
        self.screen.post_message(events.ScreenResume())

    def _failed_to_open(self, name: str, error: Exception, sources: Any) -> None:
        self._undo_opening(sources)
        _log.error("%s could not be opened", name, exc_info=error)
        self.post_message(ScreenFailed(name, error, plugin_behind(error)))


def plugin_behind(error: BaseException, *nodes: DOMNode) -> str:
    """The plugin whose node or code it was that failed, "" if none can be made out."""
    if isinstance(error, WorkerFailed):
        error = error.error
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    modules = [type(node).__module__ for node in nodes]
    modules += [str(frame.f_globals.get("__name__", "")) for frame in reversed(frames)]
    return next((name for module in modules if (name := plugin_in(module))), "")


def _screens(error: Exception) -> Iterator[Screen[Any]]:
    """The screens that `error` may have come from, likeliest first."""
    for node in _nodes(error):
        for ancestor in node.ancestors_with_self:
            if isinstance(ancestor, Screen):
                yield ancestor


def _nodes(error: Exception) -> Iterator[DOMNode]:
    if isinstance(error, WorkerFailed):
        with suppress(NoActiveWorker):
            yield get_current_worker().node
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        node = frame.f_locals.get("self")
        if isinstance(node, DOMNode):
            yield node
    pump = active_message_pump.get(None)
    if isinstance(pump, DOMNode):
        yield pump


def _name(screen: Screen[Any]) -> str:
    return screen.name or screen.title or type(screen).__name__
