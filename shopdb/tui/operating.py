"""Doing something with a plugin from the terminal: one thing at a time, told step by step, whatever else is opened.

Belongs to the terminal. The work goes on in a job of its own when nobody looks; what came of it is said at its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from textual.app import App

from shopdb.lifecycle.steps import Progress
from shopdb.lifecycle.trial import Trial
from shopdb.tui.deeds import Deed, Result, Then, forgotten
from shopdb.tui.failures import told
from shopdb.tui.screens.progress import Ending, ProgressScreen, line_of

MOST_LINES = 2000
LONG_ENOUGH_TO_READ = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Ended:
    """A deed that ended, and what came of it; None if it failed."""

    deed: Deed
    result: Result | None


class Operating:
    """What is being done with plugins in this terminal, if anything is."""

    def __init__(self, app: App[None], run: Callable[..., object], ended: Callable[[Ended], object]) -> None:
        """``run(work, then, failed)`` does work in a job; ``ended`` hears of the end of each deed."""
        self._app, self._run, self._ended = app, run, ended
        self._told: deque[Progress] = deque(maxlen=MOST_LINES)
        self._deed: Deed | None = None
        self._then: Then = forgotten
        self._screens: list[ProgressScreen] = []

    @property
    def deed(self) -> Deed | None:
        """What is being done."""
        return self._deed

    def start(self, deed: Deed, then: Then | None = None) -> None:
        """Begin something, and show how far it is; refused while something else is being done."""
        if self._deed is not None:
            self._app.notify(f"{self._deed.title} is not done yet.", severity="warning")
            self.show()
            return
        self._deed, self._then = deed, then or forgotten
        self._told.clear()

        def report(progress: Progress) -> None:
            self._app.call_later(self._hear, progress)

        self._run(lambda: deed.work(report), self._done, self._failed)
        self.show()

    def show(self) -> None:
        """Show how far it is."""
        if self._deed is None:
            self._app.notify("Nothing is being done with plugins here.")
        elif self._app.screen not in self._screens:
            screen = ProgressScreen(self._deed.title)
            for progress in self._told:
                screen.tell(progress.done, progress.total, progress.told)
            self._screens.append(screen)
            self._app.push_screen(screen)

    def _hear(self, progress: Progress) -> None:
        self._told.append(progress)
        for screen in self._screens:
            screen.tell(progress.done, progress.total, progress.told)

    def _done(self, result: Result) -> None:
        if isinstance(result, Trial):
            self._end(result, _of_trial(result))
        else:
            self._end(result, Ending(f"{result.told}.", result.log))

    def _failed(self, error: Exception) -> None:
        log = "\n".join(line_of(one.done, one.total, one.told) for one in self._told)
        self._end(None, Ending(told(error), log, is_good=False))

    def _end(self, result: Result | None, ending: Ending) -> None:
        deed, screens, then = self._deed, self._screens, self._then
        assert deed is not None
        self._deed, self._screens, self._then = None, [], forgotten
        for screen in screens:
            screen.end(ending)
        if self._app.screen not in screens:
            how: Literal["information", "error"] = "information" if ending.is_good else "error"
            title = deed.title if ending.is_good else f"{deed.title}: this did not work"
            self._app.notify(ending.told, title=title, severity=how, timeout=LONG_ENOUGH_TO_READ)
        then(result)
        self._ended(Ended(deed, result))


def _of_trial(trial: Trial) -> Ending:
    lines = [f"{one.title}: {'; '.join(one.problems) or 'well'} ({one.seconds:.1f} s)" for one in trial.steps]
    lines += ["", "What its migrations did:", *trial.schema] if trial.schema else []
    lines += ["", "What could be better:", *trial.hints] if trial.hints else []
    lines += ["", "What it wrote:", trial.log] if trial.log else []
    if trial.ok:
        return Ending("The rehearsal went well; nothing of this site was changed.", "\n".join(lines))
    return Ending("\n".join(("The rehearsal failed:", *trial.problems)), "\n".join(lines), is_good=False)
