"""What a person is told of work that failed.

Belongs to the terminal.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from shopdb.exceptions import ShopdbError
from shopdb.tui.jobs import WorkEnded


def told(error: Exception) -> str:
    """Return the reason in a sentence; never a statement or its values."""
    if isinstance(error, ShopdbError | WorkEnded):
        return str(error)
    if isinstance(error, DBAPIError):
        return f"The database does not answer as it should ({error.orig})."
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
