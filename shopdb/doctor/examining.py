"""Making the examinations, one after another, so that none of them can harm another or keep it waiting for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from shopdb.config import Reading
from shopdb.doctor.examinations import DATABASE, EXAMINATIONS, Answerer, Case, Examination
from shopdb.doctor.finding import Finding
from shopdb.exceptions import ShopdbError
from shopdb.store.base import utc_now
from shopdb.store.engine import open_engine

SEE_TO_IT = "See to what it says, and ask again; the other examinations are not touched by it."


@dataclass(frozen=True, slots=True)
class Examined:
    """An examination and what it found; ``answered`` is False for one that failed or took too long."""

    examination: Examination
    finding: Finding
    answered: bool = True

    def as_json(self) -> dict[str, str]:
        """Return it in JSON's types."""
        one, found = self.examination, self.finding
        told = {"id": one.id, "title": one.title, "state": found.state, "told": found.told}
        return told | {"why": one.why, "fix": found.fix}


def examine(reading: Reading, answerer: Answerer) -> Iterator[Examined]:
    """Yield what each examination found, as soon as it is known."""
    settings = reading.settings
    is_there = settings is not None and (settings.database_file is None or settings.database_file.exists())
    engine = open_engine(settings.database_url) if settings is not None and is_there else None
    case = Case(reading, utc_now(), answerer, engine)
    lacking = {} if settings is not None else dict.fromkeys(("settings", DATABASE), "the settings cannot be read")
    try:
        for one in EXAMINATIONS:
            found = _not_made(one, lacking[one.needs]) if one.needs in lacking else _made(one, case)
            if one.id == DATABASE and not found.answered:
                lacking.setdefault(DATABASE, "the database was not reached")
            yield found
    finally:
        if engine is not None:
            engine.dispose()


def _not_made(one: Examination, reason: str) -> Examined:
    return Examined(one, Finding("warning", f"Not examined: {reason}."), answered=False)


def _made(one: Examination, case: Case) -> Examined:
    """Return what is found, or that it failed or took too long; what takes too long is left to itself."""
    answers: list[Examined] = []

    def ask() -> None:
        try:
            answers.append(Examined(one, one.look(case)))
        except Exception as failure:  # noqa: BLE001 whatever breaks in one examination, the others go on
            answers.append(Examined(one, Finding("fault", _reason(failure), SEE_TO_IT), answered=False))

    asking = threading.Thread(target=ask, name=f"examining {one.id}", daemon=True)
    asking.start()
    asking.join(one.seconds)
    late = Finding("warning", f"No answer within {one.seconds:g} s.", "Ask again when host and database are quiet.")
    return answers[0] if answers else Examined(one, late, answered=False)


def _reason(failure: Exception) -> str:
    """Return what a failure says of itself, without statements, parameters and secrets."""
    if isinstance(failure, ShopdbError):
        return str(failure)
    if isinstance(failure, DBAPIError) and failure.orig is not None:
        told = " ".join(str(part) for part in failure.orig.args)
    elif isinstance(failure, OSError):
        told = f"{failure.filename or ''} {failure.strerror or failure}".strip()
    else:
        told = type(failure).__name__
    return f"The examination failed: {told}."
