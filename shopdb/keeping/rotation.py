"""The files of a folder of backups: their names, and which of them are kept.

Kept are all of the last two days, and the newest of each of 7 days, 4 weeks and 12 months that have one. A backup has
its name only since it was verified; files with other names, and backups of other sites, are nobody's here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from shopdb.store.dump.writing import DRAFT

PLAIN: Final = ".zip"
ENCRYPTED: Final = ".zip.sealed"
SUFFIXES: Final = (PLAIN, ENCRYPTED)
MOMENT: Final = "%Y%m%dT%H%M%S.%fZ"
NAME: Final = re.compile(r"[a-z0-9-]+-(?P<mark>[0-9a-f]{8})-(?P<moment>\d{8}T\d{6}\.\d{6}Z)\.zip(?:\.sealed)?")

ALL_FOR: Final = timedelta(days=2)
RULES: Final[tuple[tuple[int, Callable[[datetime], Hashable]], ...]] = (
    (7, lambda moment: moment.date()),
    (4, lambda moment: moment.isocalendar()[:2]),
    (12, lambda moment: (moment.year, moment.month)),
)


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """A backup in a folder, by the moment that it holds."""

    moment: datetime
    path: Path


def file_name(slug: str, mark: str, moment: datetime, *, encrypted: bool) -> str:
    """Return the name of a site's backup of this moment."""
    return f"{slug}-{mark}-{moment.astimezone(UTC):{MOMENT}}{ENCRYPTED if encrypted else PLAIN}"


def kept_in(folder: Path, mark: str | None = None) -> tuple[Kept, ...]:
    """Return the backups in a folder, of one site or of any, oldest first; a folder that is not there has none."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        name = NAME.fullmatch(path.name)
        if name and mark in (None, name["mark"]) and path.is_file() and not path.is_symlink():
            moment = _moment(name["moment"])
            if moment is not None:
                found.append(Kept(moment, path))
    return tuple(sorted(found))


def spare(moments: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
    """Return the moments that no rule keeps, oldest first; the newest is always kept."""
    newest_first = sorted(set(moments), reverse=True)
    kept = {moment for moment in newest_first if now - moment < ALL_FOR}
    kept.update(newest_first[:1])
    for number, period in RULES:
        newest: dict[Hashable, datetime] = {}
        for moment in newest_first:
            newest.setdefault(period(moment), moment)
        kept.update(list(newest.values())[:number])
    return tuple(moment for moment in reversed(newest_first) if moment not in kept)


def rotate(folder: Path, mark: str, now: datetime) -> tuple[Path, ...]:
    """Remove a site's backups that no rule keeps from the folder, and return what is gone.

    One that cannot be removed stays, and is tried again the next time.
    """
    there = kept_in(folder, mark)
    unneeded = set(spare((one.moment for one in there), now))
    gone = []
    for one in there:
        if one.moment in unneeded:
            try:
                one.path.unlink()
            except OSError:
                continue
            gone.append(one.path)
    return tuple(gone)


def forget_drafts(folder: Path, mark: str) -> None:
    """Remove what backups of a site left that were killed; the caller sees to it that none is being made."""
    for path in folder.glob(f".*-{mark}-*{DRAFT}") if folder.is_dir() else ():
        if NAME.fullmatch(path.name.removeprefix(".").removesuffix(DRAFT).rpartition(".")[0]):
            path.unlink(missing_ok=True)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
