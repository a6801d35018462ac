"""Trying a plugin before it is installed: in a process of its own, on a scratch database, with a limit of time.

Nothing of the plugin is imported here. What the process does is in `shopdb.authoring.trial`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shopdb.config import Settings
from shopdb.exceptions import TrialNotPossibleError
from shopdb.lifecycle.confined import Ending, run_confined
from shopdb.plugins.loader import bundled_folder
from shopdb.plugins.rules import fault

SECONDS = 60.0
COMMAND = ("plugin", "try-out")
ROWS_NEEDED = ("plugins", "settings")
"""The tables whose rows a scratch copy must have: which plugins are on, and whether this one is here already."""
LONGEST_TEXT = 2_000
MOST_TEXTS = 1_000

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried, in words, with all that was wrong with it; nothing if it did."""

    title: str
    problems: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """How a trial went.

    ``brings`` says what the plugin really adds, by kind (tables, resources, routes, screens, navigation, widgets,
    permissions, commands, services, collector); ``schema`` what its migrations did, one sentence each; ``hints`` what
    could be better and is no fault; ``log`` what it wrote meanwhile, cut to its beginning and its end.
    """

    steps: tuple[Tried, ...] = ()
    brings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schema: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    log: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """All that was wrong, each with its permanent code."""
        return tuple(problem for step in self.steps for problem in step.problems)

    @property
    def ok(self) -> bool:
        """Whether the plugin can be installed."""
        return not self.problems


def try_out(
    settings: Settings,
    folder: Path,
    *,
    scratch_url: str,
    seconds: float = SECONDS,
    thorough: bool = False,
    report: Report | None = None,
) -> Trial:
    """Return how a plugin does on a scratch copy of the site's database, which is not as it was afterwards.

    ``folder`` is named as the plugin; a copy of it is loaded, beside those that are on in the scratch copy. A plugin
    that the copy knows is upgraded from there. An empty scratch is made a site with the plugins that this one needs.
    ``thorough`` also pushes the examples of its collector schema.
    ``report`` hears what is being tried, in another thread. Raises `TrialNotPossibleError` if that is not the
    plugin's fault.
    """
    document = {
        "folder": str(folder.resolve()),
        "folders": [str(one) for one in (bundled_folder(), *settings.plugin_dirs)],
        "without": sorted(settings.disable_plugins),
        "scratch_url": scratch_url,
        "seconds": seconds,
        "thorough": thorough,
    }
    hearing = _Hearing(report)
    ending = run_confined(COMMAND, document, seconds=seconds, heard=hearing.heard)
    return hearing.trial(ending, seconds)


class _Hearing:
    """What the process tells, believed as far as it has the right form."""

    def __init__(self, report: Report | None) -> None:
        """Begin with nothing heard."""
        self._report = report
        self._steps: list[Tried] = []
        self._doing = "starting"
        self._is_done = False
        self._impossible = ""
        self._brings: Mapping[str, tuple[str, ...]] = {}
        self._texts: dict[str, tuple[str, ...]] = {}

    def heard(self, document: Mapping[str, Any]) -> None:
        """Take one message in."""
        match document:
            case {"begins": str(title)}:
                self._doing = title[:LONGEST_TEXT]
                if self._report is not None:
                    self._report(self._doing)
            case {"tried": str(title), "problems": list(problems), "seconds": float(seconds)}:
                self._steps.append(Tried(title[:LONGEST_TEXT], _texts(problems), seconds))
            case {"brings": dict(brings)}:
                self._brings = {str(kind): _texts(names) for kind, names in brings.items()}
            case {"schema": list(told)}:
                self._texts["schema"] = _texts(told)
            case {"hints": list(told)}:
                self._texts["hints"] = _texts(told)
            case {"impossible": str(reason)}:
                self._impossible = reason[:LONGEST_TEXT]
            case {"done": True}:
                self._is_done = True

    def trial(self, ending: Ending, seconds: float) -> Trial:
        """Return the trial, with what only its ending tells."""
        if self._impossible:
            raise TrialNotPossibleError(self._impossible)
        steps = list(self._steps)
        if ending.is_overtime:
            steps.append(Tried(self._doing, (fault("P090", f"it was ended after {seconds:g} s: {self._doing}"),)))
        elif not self._is_done:
            steps.append(Tried(self._doing, (fault("P093", f"it ended with {ending.told}: {self._doing}"),)))
        # A process that came to its end has told what it leaves by itself.
        if ending.left and not (ending.is_overtime or self._is_done):
            steps.append(Tried("Nothing goes on", tuple(fault("P092", f"{one} went on") for one in ending.left)))
        texts = self._texts
        return Trial(tuple(steps), self._brings, texts.get("schema", ()), texts.get("hints", ()), ending.log)


def _texts(told: Any) -> tuple[str, ...]:
    several = told if isinstance(told, list) else []
    return tuple(one[:LONGEST_TEXT] for one in several[:MOST_TEXTS] if isinstance(one, str))
