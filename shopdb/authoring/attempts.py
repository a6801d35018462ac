"""Calling a plugin's code so that nothing of it gets away: not an exit, not a hang, not where it stood."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from shopdb.exceptions import OvertimeError, PluginContractError, PluginError
from shopdb.plugins.containment import reason_of
from shopdb.plugins.rules import fault

SECONDS_EACH = 10.0
SHARE_EACH = 0.25
"""Of the whole trial's time; what takes longer is not worth waiting for."""
SHARE_LEFT = 0.9


@dataclass(frozen=True, slots=True)
class Attempts:
    """How a plugin's code is called in one trial: its name, where it lies, and until when."""

    plugin: str
    folder: Path
    each: float
    until: float

    @classmethod
    def within(cls, seconds: float, plugin: str, folder: Path) -> Attempts:
        """Return attempts that leave time to tell of them before the starter's patience ends."""
        return cls(plugin, folder, min(SECONDS_EACH, seconds * SHARE_EACH), time.monotonic() + seconds * SHARE_LEFT)

    def call(self, code: str, doing: str, work: Callable[[], Any], *, patient: bool = False) -> Any:
        """Return what the work returns.

        Raises `PluginContractError` with the code if it raises anything, `OvertimeError` (P090) if it takes longer
        than others may; ``patient`` lets it have all the time that is left.
        """
        left = max(self.until - time.monotonic(), 0.1)
        seconds = left if patient else min(self.each, left)
        try:
            return self._limited(doing, work, seconds)
        except PluginError as known:
            raise self._placed(known) from known.__cause__
        except BaseException as failure:  # a plugin's, SystemExit included
            raise PluginContractError(self.plugin, [fault(code, self.told(doing, failure))]) from failure

    def told(self, doing: str, failure: BaseException) -> str:
        """Return what failed, why, and where in the plugin; in one line, without an SQL statement's values."""
        return f"{doing} raised {reason_of(failure).splitlines()[0]}{self.place(failure)}"

    def place(self, failure: BaseException | None) -> str:
        """Return where in the plugin a failure comes from, in brackets; "" if no line of the plugin was in it."""
        while failure is not None:
            frames = [frame for frame, _ in traceback.walk_tb(failure.__traceback__)]
            lines = [line for _, line in traceback.walk_tb(failure.__traceback__)]
            for frame, line in zip(reversed(frames), reversed(lines), strict=True):
                if where := self.within_plugin(frame.f_code.co_filename):
                    return f" ({where} line {line})"
            failure = failure.__cause__ or failure.__context__
        return ""

    def within_plugin(self, file: str) -> str:
        """Return the path of a file within the plugin; "" for any other."""
        try:
            return Path(file).relative_to(self.folder).as_posix()
        except ValueError:
            return ""

    def standing(self, frame: FrameType | None) -> str:
        """Return where in the plugin a running frame stands, in brackets; "" if it is nowhere in it."""
        for one in _callers(frame):
            if where := self.within_plugin(one.f_code.co_filename):
                return f" ({where} line {one.f_lineno})"
        return ""

    def _limited(self, doing: str, work: Callable[[], Any], seconds: float) -> Any:
        answers: list[Any] = []
        failures: list[BaseException] = []

        def run() -> None:
            try:
                answers.append(work())
            except BaseException as failure:  # noqa: BLE001 raised again, where it was asked for
                failures.append(failure)

        thread = threading.Thread(target=run, name=f"trying: {doing}", daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            where = self.standing(sys._current_frames().get(thread.ident or 0))  # noqa: SLF001 there is no other way
            told = f"{doing} takes longer than {seconds:.0f} s{where}"
            raise OvertimeError(self.plugin, [fault("P090", told)])
        if failures:
            raise failures[0]
        return answers[0]

    def _placed(self, known: PluginError) -> PluginError:
        """Return the error with the place in the plugin after its problem, if it has one alone.

        What befalls another plugin beside this one is this one's problem, and says which.
        """
        if known.plugin != self.plugin:
            told = (problem.partition(" ") for problem in known.problems)
            beside = f"beside it, {known.plugin} cannot be loaded:"
            return PluginContractError(self.plugin, [f"{code} {beside} {rest}" for code, _, rest in told])
        where = self.place(known.__cause__)
        if not where or len(known.problems) != 1 or known.problems[0].endswith(")"):
            return known
        return type(known)(known.plugin, [f"{known.problems[0]}{where}"])


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
