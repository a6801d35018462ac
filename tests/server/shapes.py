"""The one shape that every refusal has."""

from typing import Any

MEMBERS = {"code", "message", "fields", "request_id"}


def assert_refused(answer: Any, status: int | None = None, code: str | None = None) -> dict[str, Any]:
    """Return the error of an answer, which must be in the one shape (and have this status and code)."""
    assert answer.mimetype == "application/json", answer.data[:200]
    assert set(answer.json) == {"error"}
    error: dict[str, Any] = answer.json["error"]
    assert set(error) - {"current"} == MEMBERS
    assert isinstance(error["message"], str)
    assert error["message"]
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert all(isinstance(reason, str) for reasons in error["fields"].values() for reason in reasons)
    assert status in (None, answer.status_code), answer.text
    assert code in (None, error["code"]), answer.text
    return error
