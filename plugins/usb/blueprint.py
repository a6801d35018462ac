"""Endpoints under /api/usb: checking devices out and in."""

from datetime import date
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session

from shopdb.api import ValueRefusedError, write_shop

from .checkouts import check_in, check_out
from .models import UsbCheckout

LONGEST_NOTE = 255


class BodyRefusedError(ValueRefusedError):
    """The body of a check-out does not say which device goes to whom."""

    def __init__(self, problems: list[str]) -> None:
        """Name every member that does not do."""
        super().__init__("; ".join(problems))


def make_blueprint() -> Blueprint:
    """Return the endpoints, new for each application."""
    blueprint = Blueprint("usb", __name__)
    blueprint.post("/checkouts")(hand_out)
    blueprint.post("/checkouts/<int:checkout_id>/return")(take_back)
    return blueprint


def hand_out() -> tuple[dict[str, Any], int]:
    """Check a device out: ``{"device": id, "person": id, "due_on"?: date, "note"?: text}``; 201 with the check-out."""
    wanted = _wanted(request.get_json())

    def work(session: Session) -> dict[str, Any]:
        return _shown(check_out(session, **wanted))

    return write_shop(f"check out device {wanted['device_id']}", work), 201


def take_back(checkout_id: int) -> dict[str, Any]:
    """End a check-out; answers with it."""
    return write_shop(f"end check-out {checkout_id}", lambda session: _shown(check_in(session, checkout_id)))


def _wanted(body: Any) -> dict[str, Any]:
    """Return the arguments of a check-out; `BodyRefusedError` names every member that does not do."""
    given = body if isinstance(body, dict) else {}
    problems = [f"{name} must be a record's id" for name in ("device", "person") if type(given.get(name)) is not int]
    due_on, note = given.get("due_on"), given.get("note")
    if due_on is not None:
        try:
            due_on = date.fromisoformat(due_on)
        except (TypeError, ValueError):
            problems.append("due_on must be a date like 2026-01-31")
    if note is not None and not (isinstance(note, str) and len(note) <= LONGEST_NOTE):
        problems.append(f"note must be text of at most {LONGEST_NOTE} characters")
    if problems:
        raise BodyRefusedError(problems)
    return {"device_id": given["device"], "person_id": given["person"], "due_on": due_on, "note": note}


def _shown(checkout: UsbCheckout) -> dict[str, Any]:
    back = checkout.returned_at
    return {
        "id": checkout.id,
        "device": checkout.asset_id,
        "person": checkout.person_id,
        "holder": checkout.holder,
        "checked_out_at": checkout.checked_out_at.isoformat(),
        "due_on": checkout.due_on.isoformat() if checkout.due_on else None,
        "returned_at": back.isoformat() if back else None,
        "note": checkout.note,
    }
