"""Endpoints under /api/gauges: what is due, and calibrating."""

from datetime import date
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session

from shopdb.api import ValueRefusedError, read_shop, write_shop

from .calibrations import calibrate
from .dashboard import due
from .models import Calibration

LONGEST_NOTE = 255
MOST_DAYS = 3650


class RequestUnfitError(ValueRefusedError):
    """A parameter or body does not say what it must."""

    def __init__(self, problems: list[str]) -> None:
        """Name every member that does not do."""
        super().__init__("; ".join(problems))


def make_blueprint() -> Blueprint:
    """Return the endpoints, new for each application."""
    blueprint = Blueprint("gauges", __name__)
    blueprint.get("/due")(what_is_due)
    blueprint.post("/<int:gauge_id>/calibrations")(calibrated)
    return blueprint


def what_is_due() -> dict[str, Any]:
    """Return the gauges that are due within ``?days=`` (30)."""
    text = request.args.get("days", "30")
    if not (text.isdecimal() and text.isascii() and len(text) <= 4 and int(text) <= MOST_DAYS):
        raise RequestUnfitError([f"days must be a whole number up to {MOST_DAYS}"])
    gauges = read_shop(lambda session: due(session, int(text)))
    return {
        "items": [
            {"id": one.id, "number": one.number, "name": one.name, "due_on": one.due_on.isoformat()} for one in gauges
        ]
    }


def calibrated(gauge_id: int) -> tuple[dict[str, Any], int]:
    """Note a calibration: ``{"result": "passed", "on"?: date, "note"?: text}``; 201 with it."""
    wanted = _wanted(request.get_json())

    def work(session: Session) -> dict[str, Any]:
        return _shown(calibrate(session, gauge_id, **wanted))

    return write_shop(f"calibrate gauge {gauge_id}", work), 201


def _wanted(body: Any) -> dict[str, Any]:
    given = body if isinstance(body, dict) else {}
    problems = []
    on, note = given.get("on"), given.get("note")
    if on is not None:
        try:
            on = date.fromisoformat(on)
        except (TypeError, ValueError):
            problems.append("on must be a date like 2026-01-31")
    if note is not None and not (isinstance(note, str) and len(note) <= LONGEST_NOTE):
        problems.append(f"note must be text of at most {LONGEST_NOTE} characters")
    if problems:
        raise RequestUnfitError(problems)
    return {"result": given.get("result"), "on": on, "note": note}


def _shown(calibration: Calibration) -> dict[str, Any]:
    return {
        "id": calibration.id,
        "gauge": calibration.asset_id,
        "on": calibration.calibrated_on.isoformat(),
        "result": calibration.result,
        "due_on": calibration.due_on.isoformat(),
        "by": calibration.calibrated_by,
        "note": calibration.note,
    }
