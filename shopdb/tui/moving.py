"""Letting what is open go on with other plugins, each area as soon as nothing that was typed would be lost.

Belongs to the terminal. A plugin's own screen stays as it is while its code has not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from shopdb.plugins.importing import plugin_in
from shopdb.tui.desk import Desk
from shopdb.tui.frame import AreaScreen
from shopdb.tui.stacks import StackedApp

Make = Callable[[], Screen[Any]]


class Moving:
    """The areas of one signed-in person, and which of them still wait to go on with other plugins."""

    def __init__(
        self, app: StackedApp, again: Callable[[Screen[Any]], Screen[Any] | None], leave: Callable[[], object]
    ) -> None:
        """``again`` makes a plugin's own screen anew if it still can; ``leave`` goes away from an area that is gone."""
        self._app, self._again, self._leave = app, again, leave
        self._desk: Desk | None = None
        self._makes: Mapping[str, Make] = {}
        self._modules: frozenset[str] = frozenset()
        self._waiting: set[str] = set()

    @property
    def waiting(self) -> frozenset[str]:
        """The areas on which something lies that a person has to leave first."""
        return frozenset(self._waiting)

    def begin(self, desk: Desk, makes: Mapping[str, Make], modules: frozenset[str]) -> None:
        """Open areas for somebody who has just signed in; ``modules`` are those of the plugins that are on."""
        self._desk, self._makes, self._modules = desk, makes, modules
        for name, make in makes.items():
            self._app.add_mode(name, make)

    def go_on(self, desk: Desk, makes: Mapping[str, Make], modules: frozenset[str]) -> None:
        """Go on with other plugins."""
        self._waiting |= self._makes.keys() | makes.keys()
        self._desk, self._makes, self._modules = desk, makes, modules
        self.catch_up()

    def catch_up(self) -> None:
        """Let those areas go on that waited and need to no longer."""
        for name in sorted(self._waiting):
            stack = self._app.stack_of(name)
            if any(self._holds(screen) for screen in stack):
                continue
            self._waiting.discard(name)
            if name in self._makes:
                self._app.put_stack(name, self._makes[name], self._renewed(self._makes[name], stack))
                continue
            if name == self._app.current_mode:
                self._leave()
            self._app.drop_mode(name)

    def end(self) -> None:
        """Close every area."""
        for name in {*self._makes, *self._waiting}:
            self._app.drop_mode(name)
        self._desk, self._makes, self._waiting = None, {}, set()

    # -- one stack -----------------------------------------------------------------------------------------

    def _holds(self, screen: Screen[Any]) -> bool:
        """Whether something lies on a screen that would be lost."""
        if isinstance(screen, AreaScreen) or getattr(screen, "IS_ABOVE_PLUGINS", False) or self._is_same(screen):
            return False
        if plugin_in(type(screen).__module__) and not isinstance(screen, ModalScreen):
            typed = [*screen.query(Input), *screen.query(TextArea)]
            return any(one.value if isinstance(one, Input) else one.text for one in typed)
        return True

    def _renewed(self, make: Make, stack: Sequence[Screen[Any]]) -> list[Screen[Any]]:
        screens = (self._one(make, screen, lowest=at == 0) for at, screen in enumerate(stack))
        return [screen for screen in screens if screen is not None]

    def _one(self, make: Make, screen: Screen[Any], *, lowest: bool) -> Screen[Any] | None:
        assert self._desk is not None
        if isinstance(screen, AreaScreen):
            anew = make() if lowest else screen.over(self._desk)
            if isinstance(anew, AreaScreen):
                anew.go_on(screen)
            return anew
        if self._is_same(screen) or not plugin_in(type(screen).__module__):
            return screen
        return self._again(screen)

    def _is_same(self, screen: Screen[Any]) -> bool:
        """Whether the code of a plugin's screen is what it was."""
        return _package(type(screen).__module__) in self._modules


def modules_of(plugins: Mapping[str, Any]) -> frozenset[str]:
    """Return the packages that hold the code of plugins."""
    return frozenset(_package(type(plugin).__module__) for plugin in plugins.values())


def _package(module: str) -> str:
    return ".".join(module.split(".")[:2]) if plugin_in(module) else ""
