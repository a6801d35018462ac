"""Everything that a plugin is held to, for whoever writes it: as one file, as source, and as it runs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from shopdb.authoring.quality import quality_hints, tests_of
from shopdb.config import Settings, load_settings
from shopdb.exceptions import ArchiveRefusedError
from shopdb.lifecycle.trial import SECONDS, Trial, try_out
from shopdb.plugins.archive import Archive, packed_folder, read_archive
from shopdb.plugins.survey import survey

SEVERAL = 3
"""Times that an install waits for a trial: the author's also runs every migration many times."""

State = Literal["ok", "hint", "fault"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what breaks a rule, each with its code, and what could be better."""

    title: str
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """What came of it."""
        return "fault" if self.problems else "hint" if self.hints else "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A plugin and all that was looked at; ``tests`` are its own, which are for pytest to run.

    ``brings``, ``schema`` and ``log`` are those of its trial; name and version are "" where it says none.
    """

    name: str = ""
    version: str = ""
    checks: tuple[Check, ...] = ()
    tests: tuple[str, ...] = ()
    brings: Mapping[str, tuple[str, ...]]
    schema: tuple[str, ...] = ()
    log: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """All that breaks a rule."""
        return tuple(problem for check in self.checks for problem in check.problems)

    @property
    def hints(self) -> tuple[str, ...]:
        """All that could be better."""
        return tuple(hint for check in self.checks for hint in check.hints)

    @property
    def ok(self) -> bool:
        """Whether a site can install it."""
        return not self.problems


def check(path: Path, plugin_dirs: Sequence[Path] = (), *, seconds: float = SECONDS * SEVERAL) -> Checked:
    """Return what comes of a plugin in a folder or a zip.

    What it needs is looked for among the bundled plugins, in ``plugin_dirs``, and beside its folder. Raises
    `TrialNotPossibleError` if it cannot be tried for a reason of this host's.
    """
    path = path.resolve()
    title = "It can be packed" if path.is_dir() else "Its archive can be taken"
    try:
        archive = packed_folder(path, sealed=False) if path.is_dir() else read_archive(path)
    except ArchiveRefusedError as refused:
        return Checked(checks=(Check(title, refused.problems),), brings={})
    beside = (path.parent,) if path.is_dir() else ()
    trial = _tried(archive, (*plugin_dirs, *beside), seconds)
    return Checked(
        name=archive.name,
        version=archive.meta.version,
        checks=(Check(title), *_source_checks(archive), *_trial_checks(trial)),
        tests=tests_of(archive.files),
        brings=trial.brings,
        schema=trial.schema,
        log=trial.log,
    )


def _source_checks(archive: Archive) -> tuple[Check, ...]:
    problems = survey(archive.files, archive.meta).problems
    return (
        Check("Its source can be read and imports what it may", problems),
        Check("It is easy to get to know", hints=tuple(quality_hints(archive))),
    )


def _trial_checks(trial: Trial) -> tuple[Check, ...]:
    checks = [Check(step.title, step.problems) for step in trial.steps]
    if trial.hints:
        checks.append(Check("It is easy to find one's way in", hints=trial.hints))
    return tuple(checks)


def _tried(archive: Archive, plugin_dirs: Sequence[Path], seconds: float) -> Trial:
    """Return the trial of what an installed archive would be, on a site that is made for it."""
    with TemporaryDirectory(prefix="shopdb-check-") as temporary:
        home = Path(temporary)
        folder = home / "new" / archive.name
        for path, content in archive.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        settings = replace(_settings(home), plugin_dirs=tuple(plugin_dirs))
        return try_out(settings, folder, scratch_url=settings.database_url, seconds=seconds, thorough=True)


def _settings(home: Path) -> Settings:
    given = {"SHOPDB_HOME": str(home), "SHOPDB_ENV": "test", "SHOPDB_SECRET_KEY": secrets.token_urlsafe(48)}
    return load_settings(given)
