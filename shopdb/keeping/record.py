"""When this host last made a backup, and last proved that one can be brought back: a file in the home.

Not in the database: a backup is made by an account that may only read, and must not need the tables of this version.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from shopdb.exceptions import RecordNotWrittenError
from shopdb.store.ownership import hand_over

FILE: Final = "keeping.json"
Deed = Literal["backup", "drill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A backup that was made, or proved, at this moment; a drill says where it was rebuilt."""

    at: datetime
    path: Path
    size: int
    sha256: str
    rows: int
    encrypted: bool
    seconds: float
    where: str = ""


def last(home: Path, deed: Deed) -> Noted | None:
    """Return what was noted last; None if nothing ever was, or nobody can read it."""
    try:
        found = _read(home)[deed]
        return Noted(**{**found, "at": datetime.fromisoformat(found["at"]), "path": Path(found["path"])})
    except (KeyError, TypeError, ValueError):
        return None


def note(home: Path, deed: Deed, noted: Noted) -> None:
    """Keep it in place of the one before; raises `RecordNotWrittenError`."""
    document = {**_read(home), deed: {**dataclasses.asdict(noted), "path": str(noted.path)}}
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, draft = tempfile.mkstemp(dir=home, prefix=f".{FILE}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        hand_over(home, Path(draft))
        Path(draft).replace(home / FILE)
    except OSError as refused:
        raise RecordNotWrittenError(deed, home / FILE, refused.strerror or str(refused)) from refused


def _read(home: Path) -> Any:
    try:
        document = orjson.loads((home / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
